"""How much a request may carry."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 64 * 1024  # bytes; the largest form that makes sense has some two thousand


class BodyLimit:
    """Refuses what is larger while it comes in, whatever its headers say of its size."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_at_most() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_at_most, send)
