"""The DNS endpoints of all clusters' control planes: one door, as Google has it.

The name in the Host header says which cluster is meant. Who may not `container.clusters.connect`
is turned away here; what passes goes on, byte by byte, to the cluster's own API server, which asks
for the token again. The certificate is one that everybody trusts, not the cluster's.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httptools
import orjson

from app.simulator import ports
from app.simulator.google import catalogue, policies, tokens
from app.simulator.google.cloud import Cloud
from app.simulator.google.clusters import DNS_SUFFIX, dns_name, key_of
from app.simulator.google.errors import Json
from app.simulator.trust import PublicAuthority
from app.simulator.world import ClusterAccess

_log = logging.getLogger(__name__)
_CHUNK = 65536
_PERMISSION = "container.clusters.connect"
_REASONS = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound"}


@dataclass
class _Refusal(Exception):
    status: int
    message: str


class FrontDoor:
    """Listens at `port` from `start` on; `port` 0 takes a free one, which is then kept.

    `running` gives the clusters whose API servers are up.
    """

    def __init__(
        self, cloud: Cloud, directory: Path, running: Callable[[], list[ClusterAccess]]
    ) -> None:
        self._cloud = cloud
        self._directory = directory
        self._running = running
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()
        self.authority = PublicAuthority(directory)

    async def start(self, host: str) -> None:
        """Listen; the port is in `cloud.dns_endpoint_port` afterwards."""
        kept = self._cloud.state.get("settings", "dns-endpoint")
        port = int(kept["port"]) if kept else 0
        if not port or not ports.is_free(host, port):
            port = ports.lasting(host)  # clusters tell where the door is now
        self._server = await asyncio.start_server(self._visit, host, port, ssl=self._context())
        self._cloud.dns_endpoint_port = self._server.sockets[0].getsockname()[1]
        self._cloud.state.put("settings", "dns-endpoint", {"port": self._cloud.dns_endpoint_port})

    async def stop(self) -> None:
        """Close the door and send everybody away."""
        if self._server is not None:
            self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _context(self) -> ssl.SSLContext:
        names = [f"*.{region}{DNS_SUFFIX}" for region in sorted(catalogue.ZONES)]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.issue(self._directory, names))
        return context

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        try:
            await _Visit(self._admit, reader, writer).run()
        except (ConnectionError, ssl.SSLError, TimeoutError) as error:
            _log.debug("a visitor of a control plane went away: %s", error)
        finally:
            self._visits.discard(task)
            writer.transport.abort()

    def _admit(self, host: str, token: str) -> ClusterAccess:
        """The cluster called `host`, if `token` is one of somebody who may connect to it."""
        for access in self._running():
            facts = access.facts
            key = key_of(facts.project, facts.location, facts.name)
            document = self._cloud.state.get("clusters", key)
            if document is not None and dns_name(document) == host:
                self._check(document, token)
                return access
        raise _Refusal(404, f"no control plane is called {host}")

    def _check(self, document: Json, token: str) -> None:
        asked = document["spec"].get("controlPlaneEndpointsConfig", {}).get("dnsEndpointConfig", {})
        if not asked.get("allowExternalTraffic"):
            raise _Refusal(403, "External traffic is not allowed for this DNS endpoint.")
        email = tokens.email_of(self._cloud, token)
        if email is None:
            raise _Refusal(401, "Unauthorized")
        if not policies.allows(self._cloud, document["project"], email, _PERMISSION):
            where = f"projects/{document['project']}/locations/{document['location']}"
            name = f"{where}/clusters/{document['name']}"
            text = f"Permission '{_PERMISSION}' denied on resource '{name}' (or it may not exist)."
            raise _Refusal(403, text)


@dataclass
class _Visit:
    """One connection: requests are looked at as they pass, and never held up."""

    admit: Callable[[str, str], ClusterAccess]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _host: str = ""
    _token: str = ""
    _behind: ClusterAccess | None = None
    _refused: _Refusal | None = None
    _upgraded: bool = False
    _parser: httptools.HttpRequestParser = field(init=False)

    def __post_init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        """A new request: nothing is known of it."""
        self._host = self._token = ""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note where the request goes and whose it is."""
        if name.lower() == b"host":
            self._host = value.decode("latin-1").partition(":")[0].lower()
        elif name.lower() == b"authorization":
            self._token = value.decode("latin-1").partition(" ")[2].strip()

    def on_headers_complete(self) -> None:
        """Let the request pass, or refuse it."""
        try:
            self._behind = self.admit(self._host, self._token)
        except _Refusal as refusal:
            self._refused = refusal

    async def run(self) -> None:
        """Until one of the two sides has had enough."""
        first = await self._look()
        if self._refused is not None or self._behind is None:
            await self._refuse(self._refused or _Refusal(404, "no request came"))
            return
        inner, outer = await _connect(self._behind)
        try:
            outer.write(first)
            back = asyncio.create_task(_pump(inner, self.writer))
            await asyncio.wait(
                {back, asyncio.create_task(self._forward(outer))},
                return_when=asyncio.FIRST_COMPLETED,
            )
            back.cancel()
        finally:
            outer.transport.abort()

    async def _look(self) -> bytes:
        """What the visitor says, up to the end of the first request's headers."""
        said = b""
        while self._behind is None and self._refused is None:
            chunk = await self.reader.read(_CHUNK)
            if not chunk:
                break
            said += chunk
            self._read(chunk)
        return said

    async def _forward(self, outer: asyncio.StreamWriter) -> None:
        while chunk := await self.reader.read(_CHUNK):
            self._read(chunk)
            if self._refused is not None:
                await self._refuse(self._refused)
                return
            outer.write(chunk)
            await outer.drain()

    def _read(self, chunk: bytes) -> None:
        if self._upgraded:
            return
        try:
            self._parser.feed_data(chunk)
        except httptools.HttpParserUpgrade:
            self._upgraded = True
        except httptools.HttpParserError as error:
            self._refused = _Refusal(400, str(error))

    async def _refuse(self, refusal: _Refusal) -> None:
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": refusal.message,
            "reason": _REASONS.get(refusal.status, "BadRequest"),
            "code": refusal.status,
        }
        body = orjson.dumps(status)
        head = (
            f"HTTP/1.1 {refusal.status} {status['reason']}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        with suppress(ConnectionError):
            await self.writer.drain()
            self.writer.close()
            await self.writer.wait_closed()


async def _connect(access: ClusterAccess) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = access.url.removeprefix("https://").rpartition(":")
    context = ssl.create_default_context(cadata=access.ca_certificate)
    # the cluster's CA lacks what newer versions of Python want of one
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return await asyncio.open_connection(host, int(port), ssl=context)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
