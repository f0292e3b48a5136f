"""Who a bearer token of the cloud stands for, and what IAM lets it do: the API server asks GKE."""

from collections.abc import Callable

from aiohttp import web

from app.simulator.kubernetes.access import permission_for, refusal_by
from app.simulator.kubernetes.authorization import attempt_of
from app.simulator.servers import Permits

_TOKENS, _ACCESS = "/token-reviews", "/access-reviews"
Status = dict[str, object]


class Reviews:
    """Answers TokenReviews and SubjectAccessReviews on a port of its own, by HTTP on loopback.

    Whoever is known may do what `permits` says, and everything if there is none.
    """

    def __init__(
        self, authenticate: Callable[[str], str | None], permits: Permits | None = None
    ) -> None:
        self._authenticate = authenticate
        self._permits = permits
        self._runner: web.AppRunner | None = None
        self._address = ""

    @property
    def tokens_url(self) -> str:
        """Where TokenReviews are answered."""
        return self._address + _TOKENS

    @property
    def access_url(self) -> str:
        """Where SubjectAccessReviews are answered."""
        return self._address + _ACCESS

    async def start(self) -> None:
        """Listen."""
        application = web.Application()
        application.router.add_post(_TOKENS, self._answer_token)
        application.router.add_post(_ACCESS, self._answer_access)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer_token(self, request: web.Request) -> web.Response:
        review = await request.json()
        email = self._authenticate(review["spec"]["token"])
        status: Status = {"authenticated": email is not None}
        if email is not None:
            groups = ["system:masters"] if self._permits is None else []
            status["user"] = {"username": email, "groups": [*groups, "system:authenticated"]}
        return web.json_response({**review, "status": status})

    async def _answer_access(self, request: web.Request) -> web.Response:
        review = await request.json()
        return web.json_response({**review, "status": self._decision(review["spec"])})

    def _decision(self, spec: dict[str, object]) -> Status:
        attempt, name = attempt_of(spec), str(spec.get("user", ""))
        if self._permits is None or "@" not in name or attempt.path:
            return {"allowed": False}
        permission = permission_for(attempt)
        if self._permits(name, permission):
            return {"allowed": True}
        return {"allowed": False, "reason": refusal_by(permission)}
