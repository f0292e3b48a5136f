"""An API through google-api-python-client, with the discovery document that ships inside it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from app.errors import PortalError
from app.google.errors import is_missing
from app.google.transport import Transport

_PATHS = {"compute": "/compute/v1/"}  # what the client adds to the host; nothing for others


class DiscoveredApi:
    """Calls to one API at `base_url`; answers are its JSON."""

    def __init__(self, transport: Transport, name: str, version: str, base_url: str) -> None:
        self._transport = transport
        self._name = name
        self._version = version
        self._url = base_url + _PATHS.get(name, "/")

    async def call(self, order: Callable[[Any], Any]) -> dict[str, Any]:
        """Carry out what `order` makes of the API, as `lambda api: api.things().get(...)`."""

        def execute() -> dict[str, Any]:
            answer = order(self._api()).execute(http=self._http())
            return answer if isinstance(answer, dict) else {}

        return await self._transport.run(execute)

    async def find(self, order: Callable[[Any], Any]) -> dict[str, Any] | None:
        """What `call` gives, or None where Google says that there is no such thing."""
        try:
            return await self.call(order)
        except PortalError as error:
            if is_missing(error):
                return None
            raise

    def _api(self) -> Any:
        def make() -> Any:
            from googleapiclient.discovery import build_from_document

            return build_from_document(
                document(self._name, self._version),
                http=self._http(),
                client_options={"api_endpoint": self._url},
            )

        return self._transport.lazily(f"discovered-{self._name}", make)

    def _http(self) -> Any:
        """One each call: httplib2's connections must not be shared between threads."""
        import httplib2
        from google_auth_httplib2 import AuthorizedHttp

        http = httplib2.Http(timeout=self._transport.patience)
        return AuthorizedHttp(self._transport.credentials, http=http)


@cache
def document(name: str, version: str) -> dict[str, Any]:
    """An API's discovery document, read once: compute's takes the interpreter 0.1 s."""
    from googleapiclient import discovery_cache

    text = discovery_cache.get_static_doc(name, version)
    if text is None:
        raise LookupError(f"google-api-python-client has no document of {name} {version}")
    read: dict[str, Any] = json.loads(text)
    return read
