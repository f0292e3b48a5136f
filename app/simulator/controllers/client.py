"""A small Kubernetes client: JSON over HTTPS, and watches."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from app.simulator.controllers.kinds import Kind
from app.simulator.controllers.objects import Object

_METADATA = "g=meta.k8s.io;v=v1,application/json"
_MERGE_PATCH = "application/merge-patch+json"
_REQUESTS_AT_ONCE = 8
_WATCH_SECONDS = 1800


@dataclass
class ApiError(Exception):
    """What the API server answered instead of what was asked for."""

    status: int
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.status} {self.reason}: {self.message}"


@dataclass(frozen=True)
class Listing:
    """A collection at one moment of its history."""

    items: list[Object]
    version: str


@dataclass
class KubernetesClient:
    """Requests to one API server; at most eight at a time besides watches."""

    url: str
    ca_certificate: str
    token: str
    _session: aiohttp.ClientSession | None = None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_REQUESTS_AT_ONCE))

    async def __aenter__(self) -> "KubernetesClient":
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
            connector=aiohttp.TCPConnector(
                ssl=ssl.create_default_context(cadata=self.ca_certificate), limit=0
            ),
            timeout=aiohttp.ClientTimeout(total=30),
            auto_decompress=True,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def list(self, kind: Kind, namespace: str = "", selector: str = "") -> Listing:
        """All objects of a kind, each with its apiVersion and kind."""
        parameters = {"labelSelector": selector} if selector else None
        answer = await self.request(
            "GET",
            kind.path(namespace),
            params=parameters,
            headers=_accept(kind, "PartialObjectMetadataList"),
        )
        identity = {"apiVersion": kind.api_version, "kind": kind.name}
        items = [item | identity for item in answer.get("items") or []]
        return Listing(items, answer["metadata"]["resourceVersion"])

    async def watch(self, kind: Kind, version: str) -> AsyncGenerator[tuple[str, Object], None]:
        """(type, object) from `version` on, bookmarks included, until the server hangs up."""
        parameters = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        async with self._open.get(
            self.url + kind.path(),
            params=parameters,
            headers=_accept(kind, "PartialObjectMetadata"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        ) as response:
            await _raise_for(response)
            async for line in _lines(response):
                event = orjson.loads(line)
                identity = {"apiVersion": kind.api_version, "kind": kind.name}
                is_error = event["type"] == "ERROR"
                yield event["type"], event["object"] | ({} if is_error else identity)

    async def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object, whole."""
        return await self.request("GET", kind.path(namespace, name))

    async def create(self, kind: Kind, obj: Object, manager: str) -> Object:
        """Create an object in its namespace; returns it as stored."""
        body = {"apiVersion": kind.api_version, "kind": kind.name} | obj
        path = kind.path(obj["metadata"].get("namespace", ""))
        return await self.request("POST", path, params={"fieldManager": manager}, json=body)

    async def merge(
        self, kind: Kind, obj: Object, patch: Object, manager: str, subresource: str = ""
    ) -> Object:
        """Apply a JSON merge patch to an object; returns it as stored."""
        metadata = obj["metadata"]
        path = kind.path(metadata.get("namespace", ""), metadata["name"], subresource)
        return await self.request(
            "PATCH",
            path,
            params={"fieldManager": manager},
            json=patch,
            headers={"Content-Type": _MERGE_PATCH},
        )

    async def delete(self, kind: Kind, obj: Object, grace: int | None = None) -> Object:
        """Delete this very object, not one that was made anew under its name."""
        metadata = obj["metadata"]
        body: Object = {"preconditions": {"uid": metadata["uid"]}}
        body |= {} if grace is None else {"gracePeriodSeconds": grace}
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        return await self.request("DELETE", path, json=body)

    async def request(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        json: Object | None = None,
        headers: dict[str, str] | None = None,
    ) -> Object:
        """One exchange; raises ApiError for every answer that is not a success."""
        sent = {"Content-Type": "application/json"} | (headers or {})
        async with (
            self._slots,
            self._open.request(
                method,
                self.url + path,
                params=params,
                data=None if json is None else orjson.dumps(json),
                headers=sent,
            ) as response,
        ):
            await _raise_for(response)
            answer: Object = orjson.loads(await response.read())
            return answer

    async def text(self, path: str) -> str:
        """What a path outside the API proper answers, such as /readyz."""
        async with self._open.get(self.url + path) as response:
            await _raise_for(response)
            return await response.text()

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the client is used outside its `async with`")
        return self._session


def _accept(kind: Kind, as_: str) -> dict[str, str]:
    if not kind.metadata_only:
        return {}
    return {"Accept": f"application/json;as={as_};{_METADATA}"}


async def _raise_for(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    body = await response.read()
    raise _error_of(response.status, body)


def _error_of(status: int, body: bytes) -> ApiError:
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    told = answer if isinstance(answer, dict) else {}
    text = str(told.get("message") or body[:200].decode(errors="replace"))
    return ApiError(status, str(told.get("reason", "")), text)


async def _lines(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """Lines of any length; aiohttp's own reader stops at 64 KB, a CRD does not."""
    rest = b""
    async for chunk in response.content.iter_any():
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            if line:
                yield line
