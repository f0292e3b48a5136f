"""Names under `localhost` lead to this machine (RFC 6761), also where the C library knows none.

Imported late: the official client takes a while to load.
"""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from kubernetes.aio.client.rest import RESTClientObject

_LOOPBACK = "127.0.0.1"


class RestClient(RESTClientObject):  # type: ignore[misc]  # the package has no types
    """The official client's connections, to names under `localhost` too."""

    def _create_connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            limit=self.maxsize, ssl=self.ssl_context, resolver=_LoopbackNames()
        )


class _LoopbackNames(AbstractResolver):
    def __init__(self) -> None:
        self._others = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if not host.endswith(".localhost"):
            return await self._others.resolve(host, port, family)
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(
                hostname=host,
                host=_LOOPBACK,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=numeric,
            )
        ]

    async def close(self) -> None:
        await self._others.close()
