"""How calls reach Google: whose credentials, which hosts, and off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from app.google.endpoints import Endpoints
from app.google.errors import Answer, of_answer, translated

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession
    from google.oauth2.credentials import Credentials

T = TypeVar("T")
PATIENCE = 60.0  # seconds for one call; Google's own deadlines are shorter
_THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="google")


@dataclass
class Transport:
    """What every thin client needs. The REST transports are synchronous: calls run in threads."""

    credentials: "Credentials"
    endpoints: Endpoints
    patience: float = PATIENCE
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _made: dict[str, Any] = field(init=False, default_factory=dict)
    _calls: set[asyncio.Future[Any]] = field(init=False, default_factory=set)

    async def run(self, call: Callable[[], T]) -> T:
        """Carry out `call` in a thread; raises ours for Google's errors."""
        under_way = asyncio.get_running_loop().run_in_executor(_THREADS, call)
        self._calls.add(under_way)
        under_way.add_done_callback(self._calls.discard)
        try:
            return await asyncio.shield(under_way)
        except Exception as error:
            ours = translated(error)
            if ours is None:
                raise
            raise ours from error

    async def settled(self) -> None:
        """Wait until no call is on its way: one whose caller was cancelled goes on all the same."""
        if self._calls:
            await asyncio.wait(self._calls)

    def lazily(self, name: str, make: Callable[[], T]) -> T:
        """The client called `name`, made in the thread that first needs it: imports are slow."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            client: T = self._made[name]
            return client

    async def request(self, method: str, url: str, body: Any = None) -> Any:
        """A plain JSON request, for what an official client cannot do; its JSON answer."""
        return await self.run(lambda: self._request(method, url, body))

    async def token(self, instead_of: str = "") -> str:
        """An access token that is good for a while yet; not the one that was refused."""
        return await self.run(lambda: self._token(instead_of))

    def session(self) -> "AuthorizedSession":
        """A session of this owner's, kept: it holds connections open."""

        def make() -> "AuthorizedSession":
            from google.auth.transport.requests import AuthorizedSession

            return AuthorizedSession(self.credentials)

        return self.lazily("session", make)

    def _request(self, method: str, url: str, body: Any) -> Any:
        response = self.session().request(method, url, json=body, timeout=PATIENCE)
        if response.ok:
            return response.json() if response.content else {}
        from google.api_core.exceptions import from_http_response

        error = translated(from_http_response(response))
        raise error or of_answer(Answer(response.status_code, response.text))

    def _token(self, instead_of: str) -> str:
        with self._lock:
            if not self.credentials.valid or self.credentials.token == instead_of:
                self.credentials.refresh(self._refresher())
            return str(self.credentials.token)

    def _refresher(self) -> Any:
        from google.auth.transport.requests import Request

        return Request()
