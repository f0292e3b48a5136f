"""The endpoint as a visitor without a session finds it."""

import asyncio
import base64
import binascii
import re
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

from app.domain.findings import Answer
from app.google.endpoints import endpoint_request
from app.settings import Settings

if TYPE_CHECKING:
    import httpx

_PATIENCE = 10.0  # real seconds for one answer
_BEGINNING = 2000  # characters of a body
_ERROR_PAGE = "/signin/oauth/error"
_REFUSAL = re.compile(r"Error \d{3}: (\w+)")
_REFUSALS = ("redirect_uri_mismatch", "invalid_client", "deleted_client", "org_internal")


class Visitor:
    """Asks what a browser would ask; use it as a context."""

    def __init__(self, settings: Settings, host: str) -> None:
        self._url, self._headers = endpoint_request(settings, host)
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._client = await asyncio.to_thread(_client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def answer(self) -> Answer | None:
        """What the endpoint answers; None if nothing, as a load balancer just made does."""
        found = await self._get(self._url, self._headers)
        if found is None:
            return None
        return Answer(
            status=found.status_code,
            location=found.headers.get("location", ""),
            by_iap="x-goog-iap-generated-response" in found.headers,
            body=found.text[:_BEGINNING],
        )

    async def refusal(self, location: str) -> str | None:
        """Google's name for what it dislikes about a sign-in; empty if nothing, None if unknown.

        A wrong OAuth client is never redirected back: Google shows a page of its own.
        """
        found = await self._get(location, {}, follow=True)
        return None if found is None or found.status_code >= 500 else _refusal(found)

    async def _get(
        self, url: str, headers: dict[str, str], *, follow: bool = False
    ) -> "httpx.Response | None":
        import httpx

        assert self._client is not None
        try:
            return await self._client.get(url, headers=headers, follow_redirects=follow)
        except httpx.HTTPError:
            return None


def _client() -> "httpx.AsyncClient":
    """Not made on the event loop: it reads every certificate authority the machine trusts."""
    import httpx

    return httpx.AsyncClient(timeout=_PATIENCE)


def _refusal(found: "httpx.Response") -> str:
    parts = urlsplit(str(found.url))
    if parts.path.startswith(_ERROR_PAGE):
        told = parse_qs(parts.query).get("authError", [""])[0]
        words = _decoded(told)
        return next((name for name in _REFUSALS if name in words), "error")
    named = _REFUSAL.search(found.text)
    return named[1] if named and found.status_code >= 400 else ""


def _decoded(text: str) -> str:
    """Google's error page carries its reason as a base64 message of its own format."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
