"""The simulator's own JSON: what exists, what was waited for and asked, and how to upset it."""

from collections import deque
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.simulator.faults import KINDS, Fault
from app.simulator.google import accounts, tokens
from app.simulator.google.api import CLOUD_PLATFORM
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json
from app.simulator.google.pages import page
from app.simulator.inventory import inventory

_REQUESTS_KEPT = 5000
_TABLES = (
    ("Clusters", "clusters", ("Name", "Project", "Location", "Status", "Endpoint")),
    ("Static addresses", "addresses", ("Name", "Project", "Address", "Status")),
    ("Published names", "endpoints_services", ("Service", "Project", "Address")),
    ("Service accounts", "service_accounts", ("Email",)),
    ("Backend services", "backend_services", ("Name", "Project", "Id")),
)


class Admin:
    """The overview, and routes below `/_simulator`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.requests: deque[Json] = deque(maxlen=_REQUESTS_KEPT)

    def routes(self) -> list[Route]:
        """The Starlette routes."""
        return [
            Route("/_simulator/health", self.health),
            Route("/", self.overview),
            Route("/_simulator/inventory", self.everything),
            Route("/_simulator/waits", self.waits),
            Route("/_simulator/requests", self.recorded),
            Route("/_simulator/tokens", self.mint, methods=["POST"]),
            Route("/_simulator/revocations", self.revoke, methods=["POST"]),
            Route("/_simulator/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_simulator/quotas/{project}", self.quotas, methods=["POST"]),
        ]

    async def health(self, request: Request) -> Response:
        """That it runs, and how fast its clock is."""
        return _json({"status": "ok", "speed": self._cloud.clock.speed})

    async def overview(self, request: Request) -> Response:
        """The same as a page."""
        found = inventory(self._cloud)
        tables = [
            (title, columns, [[row.get(c.lower()) or "–" for c in columns] for row in found[kind]])
            for title, kind, columns in _TABLES
        ]
        return page("overview.html", speed=self._cloud.clock.speed, tables=tables)

    async def everything(self, request: Request) -> Response:
        """Everything that exists in the cloud at this moment."""
        return _json(inventory(self._cloud))

    async def waits(self, request: Request) -> Response:
        """Every wait that the simulator imposed."""
        return _json(self._cloud.waits())

    async def recorded(self, request: Request) -> Response:
        """The latest requests to Google's APIs."""
        return _json(list(self.requests))

    async def mint(self, request: Request) -> Response:
        """An access token for `{"email": ...}`, for scripts that have no browser."""
        email = (await _body(request)).get("email", "")
        account = accounts.find_or_add(self._cloud, str(email))
        if account is None:
            return _json({"error": "email is not an address"}, 422)
        scopes = ["openid", CLOUD_PLATFORM]
        return _json({"access_token": tokens.mint_access(self._cloud, account["email"], scopes)})

    async def revoke(self, request: Request) -> Response:
        """End all grants of `{"email": ...}`, as that person could on their account's page."""
        email = (await _body(request)).get("email", "")
        with self._cloud.state.change():
            return _json({"revoked": tokens.revoke_account(self._cloud, str(email))})

    async def faults(self, request: Request) -> Response:
        """List, arm (`{"kind", "call", "times", "seconds"}`) or clear faults."""
        if request.method == "POST":
            body = await _body(request)
            fault = Fault(
                str(body.get("kind", "")),
                str(body.get("call", "*")),
                body.get("times"),
                float(body.get("seconds", 0)),
            )
            if fault.kind not in KINDS:
                return _json({"error": f"kind must be one of {', '.join(KINDS)}"}, 422)
            self._cloud.faults.arm(fault)
        elif request.method == "DELETE":
            self._cloud.faults.clear()
        return _json([_shown(fault) for fault in self._cloud.faults.armed()])

    async def quotas(self, request: Request) -> Response:
        """Set limits of a project's quotas, by metric."""
        project = self._cloud.state.get("projects", request.path_params["project"])
        if project is None:
            return _json({"error": "no such project"}, 404)
        project["quotas"] |= await _body(request)
        self._cloud.state.put("projects", project["projectId"], project)
        return _json(project["quotas"])


def _shown(fault: Fault) -> Json:
    return {
        "kind": fault.kind,
        "call": fault.call,
        "times": fault.times,
        "seconds": fault.seconds,
    }


async def _body(request: Request) -> dict[str, Any]:
    content = orjson.loads(await request.body() or b"{}")
    return content if isinstance(content, dict) else {}


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
