"""From an HTTP request to a handler and back, for all of Google's JSON APIs alike.

A handler is a plain function from `Call` to the answer's JSON. It runs inside one change of the
state, so a refusal leaves nothing behind. One that must wait is a coroutine function; it opens
its own changes.
"""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from app.simulator.google import policies, tokens
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import (
    ApiError,
    Json,
    bad_credentials,
    invalid,
    no_credentials,
    not_found,
    permission_denied,
    quota_project_denied,
    scope_missing,
    service_disabled,
)
from app.simulator.google.projects import find_project

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
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
        self.require(project, permission, resource)
        return project

    def require(self, project: Json, permission: str, resource: str = "") -> None:
        """Refuse callers without `permission` in `project`."""
        if not policies.allows(self.cloud, project["projectId"], self.account, permission):
            name = f"projects/{project['projectId']}" + (f"/{resource}" if resource else "")
            raise permission_denied(self.api.service, permission, name)

    def require_service(self, project: Json) -> None:
        """Refuse while this API is not enabled in `project`."""
        enabled = self.cloud.state.get("services", f"{project['projectId']}/{self.api.service}")
        if not enabled or not self.cloud.passed(enabled["enabled_at"]):
            raise service_disabled(self.api.service, self.api.title, project["projectNumber"])


Handler = Callable[[Call], Json] | Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


class Api:
    """One API: its handlers and how it refuses.

    `gated` APIs answer SERVICE_DISABLED for a project in which they are not enabled. Paths may
    begin with `root`, which some clients take for a part of the endpoint and some do not.
    """

    def __init__(
        self,
        prefix: str,
        service: str,
        title: str,
        *,
        gated: bool = False,
        compute: bool = False,
        root: str = "",
    ) -> None:
        self.prefix = prefix
        self.service = service
        self.title = title
        self.gated = gated
        self.compute = compute
        self.root = root
        self._routes: list[_Route] = []

    def on(self, method: str, *paths: str) -> Callable[[Handler], Handler]:
        """Serve `method` on these paths; `{name}` is one segment, without a colon."""

        def register(handler: Handler) -> Handler:
            self._routes.extend(_Route(method, _compile(path), handler) for path in paths)
            return handler

        return register

    async def serve(self, cloud: Cloud, path: str, scope: Scope, receive: Receive) -> Response:
        """Answer a request; `path` is decoded and begins after the prefix."""
        request = Request(scope, receive)
        try:
            return await self._answer(cloud, path, request)
        except ApiError as error:
            return _json(error.body(self.compute), error.code)

    async def _answer(self, cloud: Cloud, path: str, request: Request) -> Response:
        account = self._authenticate(cloud, request)
        route, params = self._route(request.method, path.removeprefix(self.root))
        await self._suffer_faults(cloud, route)
        body = _parse(await request.body())
        call = Call(cloud, self, account, params, request.query_params, body)
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

    def _route(self, method: str, path: str) -> tuple[_Route, dict[str, str]]:
        for route in self._routes:
            match = route.pattern.fullmatch(path) if route.method == method else None
            if match:
                return route, match.groupdict()
        raise not_found(f"The requested URL {path} was not found on this server.")

    async def _suffer_faults(self, cloud: Cloud, route: _Route) -> None:
        call = f"{self.prefix}.{route.handler.__name__}"
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
        raise invalid(f"Invalid JSON payload received. {error}") from error
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Root element must be a message.")
    return body


def _json(content: Json, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json; charset=UTF-8")
