"""The simulator's own JSON: what exists, what was waited for and asked."""

from collections import deque
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.simulator.fault_names import NAMED
from app.simulator.google import accounts, constraints, metadata, tokens
from app.simulator.google.cloud import CLOUD_PLATFORM, Cloud
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
    ("Forwarding rules", "forwarding_rules", ("Name", "Project")),
    ("Endpoint groups", "network_endpoint_groups", ("Name", "Project", "Scope")),
    ("Certificates", "ssl_certificates", ("Name", "Project")),
    ("Firewall rules", "firewalls", ("Name", "Project")),
    ("Disks", "disks", ("Name", "Project", "Scope")),
    ("Routers", "routers", ("Name", "Project", "Scope")),
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
            Route("/_simulator/", self.overview),
            Route("/_simulator/inventory", self.everything),
            Route("/_simulator/waits", self.waits),
            Route("/_simulator/requests", self.recorded),
            Route("/_simulator/tokens", self.mint, methods=["POST"]),
            Route("/_simulator/machine", self.machine, methods=["POST"]),
            Route("/_simulator/revocations", self.revoke, methods=["POST"]),
            Route("/_simulator", _to_overview),
            Route("/_simulator/quotas/{project}", self.quotas, methods=["POST"]),
            Route("/_simulator/constraints/{project}", self.constrain, methods=["POST"]),
        ]

    async def health(self, request: Request) -> Response:
        """That it runs, and how fast its clock is."""
        return _json({"status": "ok", "speed": self._cloud.clock.speed})

    async def overview(self, request: Request) -> Response:
        """What exists and what goes wrong, as a page, with buttons for the latter."""
        found = inventory(self._cloud)
        tables = [
            (title, columns, [[row.get(c.lower()) or "–" for c in columns] for row in found[kind]])
            for title, kind, columns in _TABLES
        ]
        return page(
            "overview.html",
            speed=self._cloud.clock.speed,
            tables=tables,
            faults=NAMED,
            armed=self._cloud.faults.named,
            others=self._cloud.faults.armed(),
        )

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
        account = accounts.described(self._cloud, str(email)) or accounts.find_or_add(
            self._cloud, str(email)
        )
        if account is None:
            return _json({"error": "email is not an address"}, 422)
        scopes = ["openid", CLOUD_PLATFORM]
        return _json({"access_token": tokens.mint_access(self._cloud, account["email"], scopes)})

    async def machine(self, request: Request) -> Response:
        """Whom a machine with a metadata server acts as: `{"email": ..., "project": ...}`."""
        wanted = await _body(request)
        email, project = str(wanted.get("email", "")), str(wanted.get("project", ""))
        if email and accounts.described(self._cloud, email) is None:
            return _json({"error": "nobody has this address"}, 422)
        metadata.set_machine(self._cloud, email, project)
        return _json({"email": email, "project": project})

    async def revoke(self, request: Request) -> Response:
        """End all grants of `{"email": ...}`, as that person could on their account's page."""
        email = (await _body(request)).get("email", "")
        with self._cloud.state.change():
            return _json({"revoked": tokens.revoke_account(self._cloud, str(email))})

    async def quotas(self, request: Request) -> Response:
        """Set limits of a project's quotas, by metric."""
        project = self._cloud.state.get("projects", request.path_params["project"])
        if project is None:
            return _json({"error": "no such project"}, 404)
        project["quotas"] |= await _body(request)
        self._cloud.state.put("projects", project["projectId"], project)
        return _json(project["quotas"])

    async def constrain(self, request: Request) -> Response:
        """Set an organisation's policies for a project: `{"constraints": [...]}`."""
        project = self._cloud.state.get("projects", request.path_params["project"])
        wanted = (await _body(request)).get("constraints", [])
        if project is None or not isinstance(wanted, list) or set(wanted) - set(constraints.KNOWN):
            return _json({"error": f"no such project or constraint: {constraints.KNOWN}"}, 422)
        project["constraints"] = wanted
        self._cloud.state.put("projects", project["projectId"], project)
        return _json({"constraints": wanted})


async def _to_overview(request: Request) -> Response:
    return RedirectResponse("/_simulator/", 307)


async def _body(request: Request) -> dict[str, Any]:
    content = orjson.loads(await request.body() or b"{}")
    return content if isinstance(content, dict) else {}


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
