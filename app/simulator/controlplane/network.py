"""The way from the API server to Pods: a proxy that plays the network and the webhooks' servers.

The API server's egress selector sends `CONNECT address:port` to a Unix socket. Only the address of
a ready endpoint is connected; behind it TLS is spoken for whatever name the client asks for, and
reviews are answered.
"""

import asyncio
import json
import shutil
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.simulator.controllers.client import KubernetesClient
from app.simulator.controllers.informer import Informer
from app.simulator.controllers.kinds import ENDPOINT_SLICE
from app.simulator.issuing import Issue
from app.simulator.webhooks import WebhookServers

_LARGEST_REVIEW = 16 * 2**20
_CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class PodNetwork:
    """Listens on `socket`, whose path is short enough for a Unix socket, until it is stopped."""

    def __init__(self, issue: Issue, webhooks: WebhookServers) -> None:
        self._issue = issue
        self._webhooks = webhooks
        self._home = Path(tempfile.mkdtemp(prefix="kfportal-"))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._endpoints: Informer | None = None
        self._following: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], str] = {}

    @property
    def socket(self) -> Path:
        """The Unix socket of the proxy."""
        return self._home / "egress"

    async def start(self) -> None:
        """Take connections; all are refused until the endpoints are known."""
        self._home.mkdir(exist_ok=True)
        self._server = await asyncio.start_unix_server(
            self._serve, self.socket, limit=_LARGEST_REVIEW
        )

    def follow(self, client: KubernetesClient) -> None:
        """Learn from the API which endpoints are ready; to be called once it answers."""
        self._endpoints = Informer(client, ENDPOINT_SLICE, None)
        self._endpoints.subscribe(lambda *_: self._cut_off())
        self._following = asyncio.create_task(self._endpoints.run())

    async def stop(self) -> None:
        """Drop every connection."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        shutil.rmtree(self._home, ignore_errors=True)

    def _ready(self) -> set[str]:
        slices = self._endpoints.all() if self._endpoints is not None else []
        return {
            f"{address}:{port['port']}"
            for each in slices
            for endpoint in each.get("endpoints") or []
            if (endpoint.get("conditions") or {}).get("ready") is not False
            for address in endpoint["addresses"]
            for port in each.get("ports") or []
        }

    def _cut_off(self) -> None:
        """End the connections to what is no longer ready: the Pod behind them is gone."""
        if not self._connections:
            return
        ready = self._ready()
        for connection, target in self._connections.items():
            if target not in ready:
                connection.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        try:
            target = _target(await reader.readuntil(b"\r\n\r\n"))
            if target not in self._ready():
                writer.write(_REFUSED)
                await writer.drain()
                return
            self._connections[connection] = target
            writer.write(_CONNECTED)
            await writer.drain()
            await self._speak(reader, writer)
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            # the API server hung up or does not trust the certificate, or the Pod is gone
            pass
        finally:
            self._connections.pop(connection, None)
            writer.transport.abort()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: list[str] = []
        await writer.start_tls(self._listening_context(asked))
        while True:
            review = json.loads(await _request_body(reader))
            body = json.dumps(await self._webhooks.answer(asked[0], review)).encode()
            head = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
            writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
            await writer.drain()

    def _listening_context(self, asked: list[str]) -> ssl.SSLContext:
        """One that notes the name asked for, and goes on with that name's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: Any, name: str | None, _: ssl.SSLContext) -> None:
            asked.append(name or "")
            connection.context = self._context_for(name or "")

        context.sni_callback = choose
        return context

    def _context_for(self, host: str) -> ssl.SSLContext:
        if host not in self._contexts:
            issued = self._issue(host, [host], datetime.now(UTC))
            chain = self._home / "serving.pem"
            chain.touch(mode=0o600)
            chain.write_bytes(issued.certificate + issued.key)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            self._contexts[host] = context
        return self._contexts[host]


def _target(head: bytes) -> str:
    """The address and port of a CONNECT."""
    method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
    if method != "CONNECT":
        raise ConnectionError(f"{method} is not CONNECT")
    return target


async def _request_body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    lengths = [int(value) for name, _, value in lines if name == "content-length"]
    if not lengths:
        raise ConnectionError("a review without Content-Length")
    return await reader.readexactly(lengths[0])
