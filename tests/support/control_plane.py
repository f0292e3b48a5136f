"""A Kubernetes cluster for tests and benchmarks, on either of two servers.

The server is the simulator's own API ("simulated") or a real control plane ("real"); on both the
simulator's controllers play nodes, cert-manager, GKE and the rest. Without real binaries,
`available()` says no and tests skip through `tests.support.tools.missing(HOW_TO_GET_THEM)`.
Both are of the Kubernetes minor that the variable `KUBERNETES` names (`make test KUBERNETES=1.34`),
else of the catalogue's; a test may ask for another.

In the test's own event loop: `async with cluster(tmp_path, "real") as running: ...`.
In a thread of its own, for a session's fixtures: `with cluster_thread(path, "real") as running:`.
In a process of its own, for measuring: `python -m tests.support.control_plane DIRECTORY real`
prints one line of JSON (`url`, `ca_certificate`, `token`, `pids`) and works until its stdin ends.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.kubeflow.catalogue import releases
from app.simulator.clock import Clock
from app.simulator.controllers import Controllers, PodFate, until_served
from app.simulator.controllers.client import KubernetesClient
from app.simulator.controlplane import HOW_TO_GET_THEM as HOW_TO_GET_THE_USUAL
from app.simulator.controlplane import ControlPlane, find
from app.simulator.servers import ClusterServer, ControlPlaneKind, new_server
from app.simulator.timings import Timings
from app.simulator.webhooks import WebhookServers
from app.simulator.world import ClusterFacts
from tests.simulator.clouds import MemoryCloud
from tests.support.threads import LoopThread

__all__ = ["HOW_TO_GET_THEM", "SERVERS", "RunningCluster", "available", "cluster", "cluster_thread"]

T = TypeVar("T")

SERVERS: tuple[ControlPlaneKind, ...] = ("simulated", "real")
AT_ONCE = 1e6  # speed: whatever the controllers wait for is over at once
FACTS = ClusterFacts("a-project", "123", "us-central1-a", "kf-1", 2, "n1-standard-8")
MINOR = os.environ.get("KUBERNETES") or next(iter(releases().values())).kubernetes
HOW_TO_GET_THEM = f"{HOW_TO_GET_THE_USUAL} MINOR={MINOR}"


def available(minor: str = "") -> bool:
    """Whether this machine has a real control plane of that minor, or else of the usual one."""
    return find(minor or MINOR) is not None


@dataclass(frozen=True)
class RunningCluster:
    """A cluster at work; `cloud` is what its GKE controllers see around it."""

    server: ClusterServer
    cloud: MemoryCloud

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.server.url

    @property
    def ca_certificate(self) -> str:
        """PEM of who signed the API server's certificate."""
        return self.server.ca_certificate

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self.server.admin_token

    @property
    def webhooks(self) -> WebhookServers:
        """What answers behind webhooks; add to `silent` those that never shall."""
        return self.server.webhooks


def server_for(
    directory: Path, kind: ControlPlaneKind, minor: str = "", users: dict[str, str] | None = None
) -> ClusterServer:
    """A server that is not started; `users` are the emails of further tokens."""
    return new_server(
        kind,
        directory=directory,
        version=f"v{minor or MINOR}.4-gke.1036000",
        host="127.0.0.1",
        port=None,
        authenticate=(users or {}).get,
        clock=Clock(AT_ONCE),
    )


@asynccontextmanager
async def started(server: ClusterServer) -> AsyncIterator[ClusterServer]:
    """The server alone, without controllers of ours."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def cluster(
    directory: Path,
    kind: ControlPlaneKind,
    *,
    minor: str = "",
    users: dict[str, str] | None = None,
    speed: float = AT_ONCE,
    timings: Timings | None = None,
    fate: PodFate | None = None,
) -> AsyncIterator[RunningCluster]:
    """A server with everything that works on it; `fate` decides what becomes of Pods."""
    async with started(server_for(directory, kind, minor, users)) as server:
        running = RunningCluster(server, MemoryCloud())
        task = asyncio.create_task(
            _controllers(running, Clock(speed), timings or Timings(), fate).run()
        )
        try:
            async with KubernetesClient(server.url, server.ca_certificate, running.token) as client:
                await until_served(client)
            yield running
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _controllers(
    running: RunningCluster, clock: Clock, timings: Timings, fate: PodFate | None
) -> Controllers:
    server = running.server
    return Controllers(
        url=server.url,
        ca_certificate=server.ca_certificate,
        token=server.admin_token,
        cluster=FACTS,
        world=running.cloud,
        clock=clock,
        timings=timings,
        fate=fate,
        workloads=not server.runs_workloads,
        issue=server.issue,
    )


@dataclass(frozen=True)
class ClusterThread(RunningCluster):
    """A cluster that works in a thread of its own."""

    thread: LoopThread

    def restart_api_server(self, away: float = 0.0) -> None:
        """Kill the API server and wait until it is back; `away` seconds nobody listens."""
        self.thread.run(self.server.restart_api_server(away))


@contextmanager
def cluster_thread(
    directory: Path, kind: ControlPlaneKind, **options: Any
) -> Iterator[ClusterThread]:
    """What `cluster` is, in a thread, so that fixtures may outlive a test's event loop."""
    with LoopThread() as thread:
        context = cluster(directory, kind, **options)
        running = thread.run(_entered(context))
        try:
            yield ClusterThread(running.server, running.cloud, thread)
        finally:
            thread.run(_left(context))


async def _entered(context: AbstractAsyncContextManager[T]) -> T:
    return await context.__aenter__()


async def _left(context: AbstractAsyncContextManager[Any]) -> None:
    await context.__aexit__(None, None, None)


async def _serve(directory: Path, kind: ControlPlaneKind) -> None:
    async with cluster(directory, kind) as running:
        pids = running.server.pids if isinstance(running.server, ControlPlane) else {}
        told = {"url": running.url, "ca_certificate": running.ca_certificate}
        told |= {"token": running.token}
        sys.stdout.write(json.dumps({**told, "pids": pids}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), "real" if sys.argv[2:] == ["real"] else "simulated"))
