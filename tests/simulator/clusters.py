"""A cluster for tests: the simulator's API server with its controllers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.simulator.clock import Clock
from app.simulator.controllers import Controllers, PodFate
from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.kinds import Kind
from app.simulator.kubernetes import KubernetesServer
from app.simulator.timings import Timings
from app.simulator.world import ClusterAccess, ClusterFacts
from tests.simulator.clouds import MemoryCloud

FACTS = ClusterFacts("a-project", "123", "us-central1-a", "kf-1", 2, "n1-standard-8")
VERSION = "v1.35.8-gke.1036000"


@dataclass(frozen=True)
class TestCluster:
    """A running cluster, a client of its API, and the cloud around it."""

    __test__ = False

    client: KubernetesClient
    cloud: MemoryCloud
    access: ClusterAccess

    async def create(self, kind: Kind, obj: dict[str, Any]) -> dict[str, Any]:
        """Create an object, waiting for its namespace and its kind to be there."""
        while True:
            try:
                return await self.client.create(kind, obj, "test")
            except ApiError as error:
                if error.status != 404:
                    raise
                await asyncio.sleep(0.02)

    async def until(
        self, kind: Kind, namespace: str, name: str, is_so: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        """The object once it is as wanted; one that is not there yet is waited for."""
        while True:
            with suppress(ApiError):
                found = await self.client.get(kind, namespace, name)
                if is_so(found):
                    return found
            await asyncio.sleep(0.02)

    async def until_gone(self, kind: Kind, namespace: str, name: str) -> None:
        """Wait until the object is no more."""
        while True:
            try:
                await self.client.get(kind, namespace, name)
            except ApiError as error:
                if error.status == 404:
                    return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def api_server(directory: Path, clock: Clock) -> AsyncIterator[KubernetesServer]:
    """An API server without controllers."""
    server = KubernetesServer(
        directory=directory,
        version=VERSION,
        host="127.0.0.1",
        port=None,
        authenticate=lambda _: None,
        clock=clock,
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def running_controllers(
    server: KubernetesServer,
    cloud: MemoryCloud,
    clock: Clock,
    timings: Timings,
    fate: PodFate | None = None,
) -> AsyncIterator[TestCluster]:
    """Controllers at work on an API server; they end with the block."""
    controllers = Controllers(
        url=server.url,
        ca_certificate=server.ca_certificate,
        token=server.admin_token,
        cluster=FACTS,
        world=cloud,
        clock=clock,
        timings=timings,
        fate=fate,
    )
    access = ClusterAccess(FACTS, server.url, server.ca_certificate, server.admin_token)
    task = asyncio.create_task(controllers.run())
    try:
        async with KubernetesClient(
            server.url, server.ca_certificate, server.admin_token
        ) as client:
            yield TestCluster(client, cloud, access)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def running_cluster(
    directory: Path,
    speed: float = 400,
    timings: Timings | None = None,
    fate: PodFate | None = None,
) -> AsyncIterator[TestCluster]:
    """A cluster with everything, in a cloud of its own."""
    clock = Clock(speed)
    async with (
        api_server(directory, clock) as server,
        running_controllers(server, MemoryCloud(), clock, timings or Timings(), fate) as cluster,
    ):
        cluster.cloud.running.append(cluster.access)
        yield cluster
