"""From an HTTP request to a handler and back, for all of Google's JSON APIs alike.

A handler is a plain function from `Call` to the answer's JSON. It runs inside one change of the
state, so a refusal leaves nothing behind. One that must wait is a coroutine function; it opens
its own changes.
"""

import asyncio
import inspect
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from app.simulator.google import enabled, policies, tokens, troubles
from app.simulator.google.cloud import CLOUD_PLATFORM, Cloud
from app.simulator.google.discovery import RequestRules, document, rules_for
from app.simulator.google.errors import (
    ApiError,
    ConnectionCut,
    Json,
    bad_credentials,
    billing_disabled,
    internal,
    invalid,
    malformed,
    no_credentials,
    not_found,
    permission_denied,
    quota_project_denied,
    scope_missing,
    service_disabled,
    too_often,
)
from app.simulator.google.projects import find_project
from app.simulator.google.rates import Rate

_log = logging.getLogger(__name__)
_READ_ONLY = "https://www.googleapis.com/auth/cloud-platform.read-only"


@dataclass
class Call:
    """One authenticated request to one API."""

    cloud: Cloud
    api: "Api"
    account: str
    params: dict[str, str]
    query: QueryParams
    body: Json = field(default_factory=dict)

    def project(self, permission: str, resource: str = "") -> Json:
        """The project of the path, if the caller has `permission` in it.

        `resource` is what the refusal names, below `projects/P/`; PERMISSION_DENIED otherwise,
        also where the API is not enabled.
        """
        project = find_project(self.cloud, self.params["project"], self.account)
        if self.api.gated:
            self.require_service(project)
        if self.api.costs and not project["billing"]:
            raise billing_disabled(self.api.service, project["projectNumber"])
        if self.api.rate:
            self.spend(project, self.api.rate)
        self.require(project, permission, resource)
        return project

    def require(self, project: Json, permission: str, resource: str = "") -> None:
        """Refuse callers without `permission` in `project`."""
        if not policies.allows(self.cloud, project["projectId"], self.account, permission):
            name = f"projects/{project['projectId']}" + (f"/{resource}" if resource else "")
            raise permission_denied(self.api.service, permission, name)

    def spend(self, project: Json, rate: Rate) -> None:
        """Count a request against what the project may ask for in a minute, or refuse it."""
        most = int(project["quotas"].get(rate.setting, rate.most))
        number = project["projectNumber"]
        if not self.cloud.rates.spend(f"{number} {rate.setting}", most):
            raise too_often(self.api.service, rate.metric, rate.limit, most, number)

    def require_service(self, project: Json) -> None:
        """Refuse while this API is not enabled in `project`."""
        if not enabled.is_usable(self.cloud, project["projectId"], self.api.service):
            raise service_disabled(self.api.service, self.api.title, project["projectNumber"])


Handler = Callable[[Call], Json] | Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and where it answers; `path` has its variable parts in braces."""

    method: str
    path: str
    pattern: re.Pattern[str]
    handler: Handler


class Api:
    """One API: its handlers and how it refuses.

    `gated` APIs answer SERVICE_DISABLED for a project in which they are not enabled, those that
    cost (`costs`) BILLING_DISABLED for one that nobody pays for. All calls count against a
    project's `rate`. Paths may
    begin with `root`, which some clients take for a part of the endpoint and some do not.
    Requests are held to Google's discovery documents of the `versions`.
    """

    def __init__(
        self,
        prefix: str,
        service: str,
        title: str,
        *,
        gated: bool = False,
        costs: bool = False,
        rate: Rate | None = None,
        compute: bool = False,
        root: str = "",
        versions: tuple[str, ...] = ("v1",),
    ) -> None:
        self.prefix = prefix
        self.service = service
        self.title = title
        self.gated = gated
        self.costs = costs
        self.rate = rate
        self.compute = compute
        self.root = root
        self.versions = versions
        self.routes: list[Route] = []

    def on(self, method: str, *paths: str) -> Callable[[Handler], Handler]:
        """Serve `method` on these paths; `{name}` is one segment, without a colon."""

        def register(handler: Handler) -> Handler:
            self.routes.extend(Route(method, path, _compile(path), handler) for path in paths)
            return handler

        return register

    async def serve(self, cloud: Cloud, path: str, scope: Scope, receive: Receive) -> Response:
        """Answer a request; `path` is decoded and begins after the prefix."""
        request = Request(scope, receive)
        try:
            return await self._answer(cloud, path, request)
        except ApiError as error:
            return _json(error.body(self.compute), error.code)
        except ConnectionCut:
            raise
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            return _json(internal().body(self.compute), 500)

    def rules(self, method: str, path: str) -> RequestRules | None:
        """What the documents say of a route, or None if they do not know it."""
        version = self.versions[0] if self.compute else path.split("/")[1]
        name = f"{self.prefix}.{version}"
        return rules_for(name, method, path.removeprefix("/"), self.compute)

    async def _answer(self, cloud: Cloud, path: str, request: Request) -> Response:
        account = self._authenticate(cloud, request)
        path = path.removeprefix(self.root)
        route, params = self._route(request.method, path)
        await self._suffer_faults(cloud, route, account)
        query, body = self._read(route, path, request, await request.body())
        call = Call(cloud, self, account, params, query, body)
        self._check_quota_project(call, request)
        if inspect.iscoroutinefunction(route.handler):
            return _json(await route.handler(call))
        with cloud.state.change():
            return _json(cast(Json, route.handler(call)))

    def _authenticate(self, cloud: Cloud, request: Request) -> str:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if kind.lower() == "bearer" else request.query_params.get("access_token", "")
        if not token:
            raise no_credentials()
        grant = tokens.access(cloud, token.strip())
        if grant is None:
            raise bad_credentials()
        scopes = grant["scopes"]
        if CLOUD_PLATFORM not in scopes and not (request.method == "GET" and _READ_ONLY in scopes):
            raise scope_missing(self.service)
        return str(grant["email"])

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        for route in self.routes:
            match = route.pattern.fullmatch(path) if route.method == method else None
            if match:
                return route, match.groupdict()
        raise self._unknown(method, path)

    def _unknown(self, method: str, path: str) -> ApiError:
        """What the document does not have is no place; what only the simulator lacks is told."""
        for version in self.versions:
            found = document(f"{self.prefix}.{version}").method_at(method, path.removeprefix("/"))
            if found is not None:
                return ApiError(
                    "UNIMPLEMENTED",
                    f"Operation is not implemented, or supported, or enabled: the simulator has "
                    f"no {found.id}.",
                )
        return not_found(f"The requested URL {path} was not found on this server.")

    def _read(
        self, route: Route, path: str, request: Request, content: bytes
    ) -> tuple[QueryParams, Json]:
        """Query and body as the document has them; INVALID_ARGUMENT for what it does not know."""
        body = _parse(content)
        rules = self.rules(route.method, route.path)
        if rules is None:
            return request.query_params, body
        problems = rules.read_path(path.removeprefix("/"))
        query, others = rules.read_query(request.query_params.multi_items())
        message, more = rules.read_body(body)
        problems += others + more
        if problems:
            raise malformed(problems)
        return QueryParams(query), message

    async def _suffer_faults(self, cloud: Cloud, route: Route, account: str) -> None:
        call = f"{self.prefix}.{route.handler.__name__}"
        await troubles.suffer(cloud, call, account)
        for fault in cloud.faults.strike(call):
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "denied":
                raise ApiError("PERMISSION_DENIED", "The caller does not have permission")
            else:
                raise ApiError("UNAVAILABLE", "The service is currently unavailable.")

    def _check_quota_project(self, call: Call, request: Request) -> None:
        quota_project = request.headers.get("x-goog-user-project")
        if not quota_project:
            return
        project = call.cloud.state.get("projects", quota_project)
        if project is None or not policies.allows(
            call.cloud, quota_project, call.account, "serviceusage.services.use"
        ):
            raise quota_project_denied(quota_project)
        call.require_service(project)


def _compile(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/:]+)", path))


def _parse(content: bytes) -> Json:
    if not content.strip():
        return {}
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        place = content[:40].decode(errors="replace")
        text = f"Invalid JSON payload received. Unexpected token.\n{place}\n^"
        raise invalid(text) from error
    if not isinstance(body, dict):
        text = 'Invalid JSON payload received. Unknown name "": Root element must be a message.'
        raise invalid(text)
    return body


def _json(content: Json, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json; charset=UTF-8")
