"""Headers that every answer carries."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.google.endpoints import Endpoints
from app.settings import Settings


class SecurityHeaders:
    """Plain ASGI, for streams must pass through untouched."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = headers_of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def headers_of(settings: Settings) -> dict[str, str]:
    """The headers' names and values."""
    headers = {
        "Content-Security-Policy": _content_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "private, no-cache",
    }
    if settings.public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _content_policy(settings: Settings) -> str:
    """Chromium applies `form-action` to redirects too, hence the origin of the sign-in page."""
    accounts = urlsplit(Endpoints.from_settings(settings).authorize)
    return (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; object-src 'none'; "
        f"form-action 'self' {accounts.scheme}://{accounts.netloc}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
