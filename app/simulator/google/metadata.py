"""The metadata server of a machine in the simulated cloud: whom it acts as, and in which project.

Clients find it by `GCE_METADATA_HOST` (and google-auth's first look by `GCE_METADATA_IP`). Without
a machine, which is the usual case, there is no such server. The machine's account may be a user's,
as in Cloud Shell.
"""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.simulator.google import accounts, tokens
from app.simulator.google.cloud import CLOUD_PLATFORM, Cloud
from app.simulator.google.errors import Json

_ROOT = "/computeMetadata/v1"
_SCOPES = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    CLOUD_PLATFORM,
]
_FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
_FORBIDDEN = "Missing Metadata-Flavor:Google header.\n"
_Endpoint = Callable[[Request], Awaitable[Response]]


def set_machine(cloud: Cloud, email: str, project: str) -> None:
    """Let the machine act as the account, in the project; without an account there is none."""
    if email:
        cloud.state.put("settings", "machine", {"email": email, "project": project})
    else:
        cloud.state.delete("settings", "machine")


class Metadata:
    """Answers below `/computeMetadata/v1`, and at the root for who looks whether there is one."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._signer = tokens.Signer(cloud)

    def routes(self) -> list[Route]:
        """The Starlette routes."""
        account = f"{_ROOT}/instance/service-accounts/{{account}}"
        return [
            Route("/", self.root),
            Route(f"{_ROOT}/project/project-id", self._asked(self.project)),
            Route(f"{_ROOT}/project/numeric-project-id", self._asked(self.number)),
            Route(f"{_ROOT}/universe/universe-domain", self._asked(self.universe)),
            Route(f"{_ROOT}/instance/service-accounts/", self._asked(self.accounts)),
            Route(f"{account}/", self._asked(self.account)),
            Route(f"{account}/email", self._asked(self.email)),
            Route(f"{account}/scopes", self._asked(self.scopes)),
            Route(f"{account}/token", self._asked(self.token)),
            Route(f"{account}/identity", self._asked(self.identity)),
        ]

    async def root(self, request: Request) -> Response:
        """That this is a metadata server, for who asks like one of its clients."""
        if self._machine() is None or "metadata-flavor" not in request.headers:
            return RedirectResponse("/_simulator/", 307)
        return _text("computeMetadata/\n")

    async def project(self, request: Request) -> Response:
        """The project's id."""
        return _text(self._project()["projectId"])

    async def number(self, request: Request) -> Response:
        """The project's number."""
        return _text(self._project()["projectNumber"])

    async def universe(self, request: Request) -> Response:
        """Google's own."""
        return _text("googleapis.com")

    async def accounts(self, request: Request) -> Response:
        """The names under which there are accounts."""
        return _text(f"default/\n{self._email()}/\n")

    async def account(self, request: Request) -> Response:
        """The account, whole with `recursive=true`."""
        if request.query_params.get("recursive", "").lower() != "true":
            return _text("aliases\nemail\nidentity\nscopes\ntoken\n")
        return _json({"aliases": ["default"], "email": self._email(), "scopes": _SCOPES})

    async def email(self, request: Request) -> Response:
        """Whom the machine acts as."""
        return _text(self._email())

    async def scopes(self, request: Request) -> Response:
        """What the machine's tokens are good for, a scope a line."""
        return _text("".join(f"{scope}\n" for scope in _SCOPES))

    async def token(self, request: Request) -> Response:
        """An access token; scopes that were asked for do not count on a machine."""
        access = tokens.mint_access(self._cloud, self._email(), _SCOPES)
        lasts = int(tokens.LIFETIME.total_seconds()) - 1
        return _json({"access_token": access, "expires_in": lasts, "token_type": "Bearer"})

    async def identity(self, request: Request) -> Response:
        """An ID token for `audience`."""
        audience = request.query_params.get("audience", "")
        if not audience:
            return _text("non-empty audience parameter required\n", 400)
        email = self._email()
        account = {"email": email, "sub": accounts.subject(self._cloud, email)}
        claims = {"email": email, "email_verified": True}
        return _text(self._signer.id_token(self._cloud, account, audience, claims))

    def _asked(self, answer: _Endpoint) -> _Endpoint:
        """Only who says that it wants metadata is answered, and about this machine's account."""

        async def endpoint(request: Request) -> Response:
            if request.headers.get("metadata-flavor") != "Google":
                return _text(_FORBIDDEN, 403)
            named = request.path_params.get("account", "default")
            if self._machine() is None or named not in ("default", self._email()):
                return _text("Not Found\n", 404)
            return await answer(request)

        return endpoint

    def _machine(self) -> Json | None:
        return self._cloud.state.get("settings", "machine")

    def _email(self) -> str:
        machine = self._machine()
        return str(machine["email"]) if machine else ""

    def _project(self) -> Json:
        machine = self._machine()
        found = self._cloud.state.get("projects", machine["project"]) if machine else None
        return found or {"projectId": "", "projectNumber": ""}


def _text(content: str, status: int = 200) -> Response:
    return Response(content, status, _FLAVOR, media_type="application/text")


def _json(content: Json) -> Response:
    return Response(orjson.dumps(content), 200, _FLAVOR, media_type="application/json")
