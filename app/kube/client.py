"""A cluster's Kubernetes API, in plain JSON.

The official asynchronous client carries the requests (TLS, token, connections); its models are
left aside: most of what Kubeflow brings has none, and plain JSON is several times as fast.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import urlencode

import orjson

from app.kube.errors import KubeUnavailable, refusal

if TYPE_CHECKING:
    import aiohttp

Json = dict[str, Any]

MANAGER = "kfportal"
PATIENCE = 60.0  # seconds for one answer
QUIET = 330.0  # seconds a watch may say nothing before it is begun anew
METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
_APPLY = "application/apply-patch+yaml"


class Token(Protocol):
    """Where bearer tokens come from; never again the one that the server has just refused."""

    async def __call__(self, instead_of: str = "") -> str: ...


class KubeClient:
    """Requests to one API server; `token` is asked before each for a bearer token.

    One that has expired in the middle of things is replaced, and its request sent once more.
    """

    def __init__(self, url: str, ca_certificate: str, token: Token) -> None:
        from kubernetes.aio.client.configuration import Configuration

        from app.kube.loopback import RestClient

        configuration = Configuration(host=url)
        configuration.ca_cert_data = ca_certificate or None
        # Python 3.13 and later want an extension that the CAs of GKE's clusters lack
        configuration.disable_strict_ssl_verification = True
        configuration.refresh_api_key_hook = self._refresh
        configuration.api_key_prefix["authorization"] = "Bearer"
        self._configuration = configuration
        self._rest = RestClient(configuration)
        self._token = token
        self._refused_token = ""

    @classmethod
    async def connect(cls, url: str, ca_certificate: str, token: Token) -> "KubeClient":
        """A client, with what is slow to import imported off the event loop."""
        await asyncio.to_thread(_import_official_client)
        return cls(url, ca_certificate, token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._rest.close()

    async def get(self, path: str, *, accept: str = "application/json", **query: str) -> Json:
        """One object or list; raises `KubeRefused` with status 404 where nothing is."""
        return await self._json("GET", _with(path, query), accept=accept)

    async def apply(self, path: str, body: Json) -> Json:
        """Server-side apply as our field manager, taking over fields that others hold.

        The answer holds the object's metadata only.
        """
        query = {"fieldManager": MANAGER, "force": "true"}
        return await self._json(
            "PATCH", _with(path, query), body=body, content_type=_APPLY, accept=METADATA_ONLY
        )

    async def try_out(self, path: str, body: Json) -> Json:
        """The whole object as `apply` would leave it; nothing is changed."""
        query = {"fieldManager": MANAGER, "force": "true", "dryRun": "All"}
        return await self._json("PATCH", _with(path, query), body=body, content_type=_APPLY)

    async def delete(self, path: str, *, uid: str = "") -> Json:
        """Delete an object, of this `uid` only where one is given; its dependents follow it."""
        options: Json = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        return await self._json("DELETE", path, body=options)

    async def watch(self, path: str, resource_version: str, **query: str) -> AsyncIterator[Json]:
        """Watch events from a resource version on, until the server ends the watch."""
        import aiohttp

        asked = {
            **query,
            "watch": "true",
            "resourceVersion": resource_version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": "300",
        }
        timeout = aiohttp.ClientTimeout(total=None, connect=PATIENCE, sock_read=QUIET)
        async with self._answer("GET", _with(path, asked), timeout=timeout) as answer:
            async for line in _lines(answer):
                yield orjson.loads(line)

    async def _json(self, method: str, url: str, **options: Any) -> Json:
        try:
            return await self._json_once(method, url, **options)
        except KubeUnavailable as error:
            if error.status != 401:
                raise
            return await self._json_once(method, url, **options)

    async def _json_once(self, method: str, url: str, **options: Any) -> Json:
        async with self._answer(method, url, **options) as answer:
            body: Json = orjson.loads(await answer.read())
            return body

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: "aiohttp.ClientTimeout | None" = None,
    ) -> AsyncIterator["aiohttp.ClientResponse"]:
        import aiohttp

        authorization = await self._authorization()
        headers = {
            "Accept": accept,
            "Content-Type": content_type,
            # the answers are small or come over a fast line: packing costs the server more
            "Accept-Encoding": "identity",
            "Authorization": authorization,
        }
        try:
            sent = await self._rest.request(
                method,
                self._configuration.host + path,
                headers=headers,
                body=body,
                _request_timeout=timeout or aiohttp.ClientTimeout(total=PATIENCE),
            )
            answer: aiohttp.ClientResponse = sent.response
            async with answer:
                if answer.status == 401:
                    self._refused_token = authorization.removeprefix("Bearer ")
                if answer.status >= 400:
                    after = answer.headers.get("Retry-After", "")
                    raise refusal(answer.status, await answer.read(), after)
                yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubeUnavailable(
                f"The cluster's API could not be reached: {error or type(error).__name__}"
            ) from error

    async def _authorization(self) -> str:
        return str(await self._configuration.get_api_key_with_prefix("authorization"))

    async def _refresh(self, configuration: Any) -> None:
        configuration.api_key["authorization"] = await self._token(self._refused_token)


def _import_official_client() -> None:
    import app.kube.loopback  # noqa: F401


def _with(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


async def _lines(answer: "aiohttp.ClientResponse") -> AsyncIterator[bytes]:
    """The lines of a body as they come; one may be longer than the client's own limit."""
    rest = b""
    async for chunk in answer.content.iter_any():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line:
                yield line
    if rest:
        yield rest
