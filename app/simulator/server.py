"""The simulator's process: Google's APIs, sign-in, DNS, clusters and endpoints on loopback."""

import asyncio
import importlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.responses import FileResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.simulator import ports
from app.simulator.admin import Admin
from app.simulator.clock import Clock
from app.simulator.dns import DnsResponder
from app.simulator.fault_routes import FaultRoutes
from app.simulator.faults import parse_fault
from app.simulator.fleet import Fleet
from app.simulator.frontdoor import FrontDoor
from app.simulator.google import projects, tokens
from app.simulator.google.cloud import DEMO_CLIENT, Cloud, OAuthClient
from app.simulator.google.metadata import Metadata
from app.simulator.google.oauth import OAuth
from app.simulator.google.signin import SignIn
from app.simulator.outside import Outside
from app.simulator.servers import ControlPlaneKind
from app.simulator.state import State
from app.simulator.switch import ABORT, Switch
from app.simulator.timings import Timings
from app.simulator.transcript import Transcript

_LOADED_LATER = (
    "app.simulator.kubernetes",
    "app.simulator.controllers",
    "app.simulator.endpoint",
    "google.cloud.container_v1.types",
)
_LATER = 4.0
_STYLES = Path(__file__).parent / "pages" / "accounts.css"


@dataclass(frozen=True, slots=True)
class Settings:
    """`port` 0 takes a free one at the first start and the same one from then on.

    `public_host` is the name by which browsers and clients reach the simulator. The clusters' own
    APIs listen on 127.0.0.1 alone. With `control_plane` "real" they are a real one's. `faults`
    are armed at the start, as NAME or NAME:ARG; `transcript` is where requests are written to.
    """

    directory: Path
    host: str = "127.0.0.1"
    port: int = 0
    speed: float = 40.0
    public_host: str = ""
    timings: Timings = field(default_factory=Timings)
    oauth_clients: tuple[OAuthClient, ...] = (DEMO_CLIENT,)
    control_plane: ControlPlaneKind = "simulated"
    transcript: Path | None = None
    faults: tuple[str, ...] = ()


class Simulator:
    """One simulated Google Cloud; `url` once it is made, serving between `start` and `stop`."""

    def __init__(self, settings: Settings) -> None:
        settings.directory.mkdir(parents=True, exist_ok=True)
        self._state = State(settings.directory / "cloud.sqlite")
        self._host = settings.host
        self._socket = _listen(settings.host, _port(self._state, settings.host, settings.port))
        self.port = int(self._socket.getsockname()[1])
        self._state.put("settings", "port", {"port": self.port})
        public_host = settings.public_host or settings.host.replace("0.0.0.0", "127.0.0.1")
        self.url = f"http://{public_host}:{self.port}"
        self.cloud = Cloud(
            state=self._state,
            clock=Clock(settings.speed),
            timings=settings.timings,
            base_url=self.url,
            oauth_clients=settings.oauth_clients,
        )
        projects.seed(self.cloud)
        for text in settings.faults:
            self.cloud.faults.arm_named(*parse_fault(text))
        self._transcript = Transcript(settings.transcript) if settings.transcript else None
        self._fleet = Fleet(self.cloud, settings.directory / "clusters", settings.control_plane)
        self._door = FrontDoor(self.cloud, settings.directory, self._fleet.running)
        self._server = _Server(_uvicorn_config(self._app()))
        self._serving: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._dns: asyncio.BaseTransport | None = None

    @property
    def world(self) -> Outside:
        """The cloud as controllers see it."""
        return self._fleet.world

    async def start(self) -> None:
        """Serve; from its return on, connections are taken and requests answered."""
        tokens.sweep(self.cloud)
        loop = asyncio.get_running_loop()
        await self._door.start(self._host)
        await self._fleet.start()
        self._dns, _ = await loop.create_datagram_endpoint(
            lambda: DnsResponder(self.world.resolves_to),
            local_addr=(self._host, self.port),
        )
        self._socket.listen()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        self._loading = asyncio.create_task(_load_the_rest())

    def quit(self) -> None:
        """Let `wait` return."""
        self._server.should_exit = True

    async def wait(self) -> None:
        """Until `quit` has ended the serving."""
        assert self._serving is not None
        await self._serving

    async def stop(self) -> None:
        """End everything; the state stays for the next start."""
        self.quit()
        if self._loading is not None:
            self._loading.cancel()
        if self._serving is not None:
            await self._serving
        if self._dns is not None:
            self._dns.close()
        await self._door.stop()
        await self._fleet.stop()
        self._socket.close()
        self._state.close()
        if self._transcript is not None:
            self._transcript.close()

    def _app(self) -> ASGIApp:
        admin = Admin(self.cloud)
        sign_in, oauth = SignIn(self.cloud), OAuth(self.cloud)
        router = Router(
            [
                *admin.routes(),
                *Metadata(self.cloud).routes(),
                *FaultRoutes(self.cloud).routes(),
                Route("/_simulator/accounts.css", _styles),
                Route("/_simulator/roots.pem", self._roots),
                Route("/accounts/o/oauth2/v2/auth", sign_in.authorize),
                Route("/accounts/signin/{request}", sign_in.choose, methods=["GET", "POST"]),
                Route(
                    "/accounts/signin/{request}/consent",
                    sign_in.consent,
                    methods=["GET", "POST"],
                ),
                Route("/accounts/token", oauth.token, methods=["POST"]),
                Route("/accounts/revoke", oauth.revoke, methods=["POST"]),
                Route("/accounts/oauth2/v3/certs", oauth.keys),
                Route("/accounts/v1/userinfo", oauth.userinfo, methods=["GET", "POST"]),
                Route("/accounts/tokeninfo", oauth.tokeninfo, methods=["GET", "POST"]),
                Route("/accounts/.well-known/openid-configuration", oauth.configuration),
            ]
        )
        return Switch(self.cloud, admin, router, self.world, self._transcript)

    async def _roots(self, request: object) -> Response:
        """What the simulated internet trusts."""
        return Response(self._door.authority.roots, media_type="application/x-pem-file")


class _Connection(HttpToolsProtocol):
    """A connection that a fault can drop."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope.setdefault("extensions", {})[ABORT] = {"abort": self.transport.abort}


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, which would end the process before the clusters."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _load_the_rest() -> None:
    """Load what clusters need while nothing else goes on: the first page comes first."""
    await asyncio.sleep(_LATER)
    for module in _LOADED_LATER:
        await asyncio.to_thread(importlib.import_module, module)


async def _styles(request: object) -> Response:
    return FileResponse(_STYLES, headers={"cache-control": "max-age=300"})


def _port(state: State, host: str, wanted: int) -> int:
    kept = state.get("settings", "port")
    if wanted:
        return wanted
    return int(kept["port"]) if kept else ports.lasting(host)


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named: 40 ms a request
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def _uvicorn_config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Connection,
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
        server_header=False,
    )
