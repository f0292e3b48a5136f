"""One cluster's control plane, started and stopped as a whole."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controlplane import commands, keys
from app.simulator.controlplane.binaries import Binaries
from app.simulator.controlplane.network import PodNetwork
from app.simulator.controlplane.processes import Child
from app.simulator.controlplane.reviews import Reviews
from app.simulator.issuing import Authority, Issue
from app.simulator.servers import Permits
from app.simulator.webhooks import WebhookServers

_PAUSE = 0.05
_AT_MOST = 60.0  # seconds until the API server must be ready, on a machine with much else to do


class ControlPlane:
    """etcd, API server and controller manager over one directory.

    Everything they need to go on after a restart lives in `directory`, the port as well unless
    `port` says one. `authenticate` answers the user's email for a bearer token, or None.
    `permits` says which permissions of IAM the user has, all of them if it is left out.
    `controllers` are those of kube-controller-manager, as its option of that name takes them.
    `webhooks` are the servers that the API server calls; `issue` signs their certificates.
    """

    def __init__(
        self,
        *,
        binaries: Binaries,
        directory: Path,
        authenticate: Callable[[str], str | None],
        host: str = "127.0.0.1",
        port: int | None = None,
        controllers: str = commands.CONTROLLERS,
        permits: Permits | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._binaries = binaries
        self._files = keys.Files(directory)
        self._host = host
        self._controllers = controllers
        keys.prepare(self._files, host)
        self.port = port or int(self._kept("port") or 0)
        self.ca_certificate = self._files.text("ca.crt")
        self.admin_token = self._files.text("admin-token")
        self.runs_workloads = True
        self.webhooks = WebhookServers()
        self.issue: Issue = Authority.kept(directory, datetime.now(UTC)).issue
        self._reviews = Reviews(authenticate, permits)
        self._running: contextlib.AsyncExitStack | None = None
        self._children: dict[str, Child] = {}

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        """The process of each program that runs, by the program's name."""
        return {child.name: child.pid for child in self._children.values() if child.pid}

    async def start(self) -> None:
        """Start all; returns once the API server is ready."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start_around(stack)
            for child in self._children.values():
                stack.push_async_callback(child.kill)
            await self._children["etcd"].start()
            await self._children["api_server"].start()
            client = await stack.enter_async_context(
                KubernetesClient(self.url, self.ca_certificate, self.admin_token)
            )
            await self._until_ready(client)
            await self._children["controller_manager"].start()
            self._network.follow(client)
            self._running = stack.pop_all()

    async def stop(self) -> None:
        """End all; the state stays on disk."""
        if self._running is not None:
            await self._running.aclose()
            self._running = None

    async def restart_api_server(self, away: float = 0.0) -> None:
        """Kill the API server; it is ready again, at the same address, on return.

        `away` is how many seconds nobody listens before it comes back.
        """
        await self._children["api_server"].kill()
        await asyncio.sleep(away)
        await self._children["api_server"].start()
        async with KubernetesClient(self.url, self.ca_certificate, self.admin_token) as client:
            await self._until_ready(client)

    async def _start_around(self, stack: contextlib.AsyncExitStack) -> None:
        """What the programs need: ports, the token reviews, the way to Pods."""
        etcd_port, peer_port = (_held(stack, "127.0.0.1", 0) for _ in range(2))
        self.port = _held(stack, self._host, self.port)
        self._files.write("port", str(self.port))
        await self._reviews.start()
        stack.push_async_callback(self._reviews.stop)
        self._network = PodNetwork(self.issue, self.webhooks)
        await self._network.start()
        stack.push_async_callback(self._network.stop)
        files = self._files
        reviews = self._reviews.tokens_url, self._reviews.access_url
        keys.write_configurations(files, self.port, *reviews, self._network.socket)
        self._children = {
            "etcd": self._child(commands.etcd(self._binaries, files, etcd_port, peer_port)),
            "api_server": self._child(
                commands.api_server(self._binaries, files, self._host, self.port, etcd_port)
            ),
            "controller_manager": self._child(
                commands.controller_manager(self._binaries, files, self._controllers)
            ),
        }

    def _child(self, command: list[str]) -> Child:
        return Child(command, self._files.directory)

    async def _until_ready(self, client: KubernetesClient) -> None:
        async with asyncio.timeout(_AT_MOST):
            while not await _is_ready(client):
                for child in self._children.values():
                    child.check()
                await asyncio.sleep(_PAUSE)

    def _kept(self, name: str) -> str:
        path = self._files.directory / name
        return path.read_text() if path.exists() else ""


async def _is_ready(client: KubernetesClient) -> bool:
    with contextlib.suppress(ApiError, aiohttp.ClientError, OSError):
        return await client.text("/readyz") == "ok"
    return False


def _held(stack: contextlib.AsyncExitStack, host: str, port: int) -> int:
    """A port, reserved for our children until the end by a socket that does not listen."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stack.callback(holder.close)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((host, port))
    found: int = holder.getsockname()[1]
    return found
