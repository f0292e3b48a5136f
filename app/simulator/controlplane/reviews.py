"""Who a bearer token of the cloud stands for: the API server asks, GKE answers."""

from collections.abc import Callable

from aiohttp import web

_PATH = "/token-reviews"
# IAM gives whoever may get the cluster all of it, beside RBAC and not through it.
_GROUPS = ["system:masters", "system:authenticated"]


class TokenReviews:
    """Answers TokenReviews on a port of its own, by HTTP on loopback."""

    def __init__(self, authenticate: Callable[[str], str | None]) -> None:
        self._authenticate = authenticate
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Listen."""
        application = web.Application()
        application.router.add_post(_PATH, self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}{_PATH}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        review = await request.json()
        email = self._authenticate(review["spec"]["token"])
        status: dict[str, object] = {"authenticated": email is not None}
        if email is not None:
            status["user"] = {"username": email, "groups": _GROUPS}
        return web.json_response({**review, "status": status})
