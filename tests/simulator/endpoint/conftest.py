"""A deployed Kubeflow and a browser without a window."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.simulator.clock import Clock
from app.simulator.controllers.client import KubernetesClient
from app.simulator.endpoint import endpoint_app
from app.simulator.world import ClusterAccess
from tests.simulator.clouds import MemoryCloud
from tests.simulator.clusters import FACTS, api_server
from tests.simulator.endpoint import deployed


@dataclass(frozen=True)
class Endpoint:
    """The endpoint as a visitor sees it, and what is behind it."""

    browser: httpx.AsyncClient
    client: KubernetesClient
    cloud: MemoryCloud


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Endpoint]:
    """A cluster with nothing in it."""
    cloud = MemoryCloud()
    async with api_server(tmp_path, Clock()) as server:
        access = ClusterAccess(FACTS, server.url, server.ca_certificate, server.admin_token)
        cloud.running.append(access)
        transport = httpx.ASGITransport(endpoint_app(cloud, speed=40))
        async with (
            KubernetesClient(access.url, access.ca_certificate, access.token) as client,
            httpx.AsyncClient(
                transport=transport,
                base_url=f"http://{deployed.HOST}.localhost:8080",
                headers={"Accept": "text/html"},
            ) as browser,
        ):
            yield Endpoint(browser, client, cloud)


@pytest.fixture
async def endpoint(empty: Endpoint) -> Endpoint:
    """A Kubeflow that is ready behind its name."""
    await deployed.deploy(empty.client)
    empty.cloud.dns[deployed.HOST] = deployed.ADDRESS
    return empty
