"""A Kubernetes API to talk to: the simulator's own, with no controllers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.kube.client import KubeClient
from app.kube.resources import Resources
from app.simulator.clock import Clock
from app.simulator.kubernetes import KubernetesServer
from tests.simulator.clusters import api_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[KubernetesServer]:
    async with api_server(tmp_path / "cluster", Clock(1000)) as started:
        yield started


@pytest.fixture
async def client(server: KubernetesServer) -> AsyncIterator[KubeClient]:
    async def token(instead_of: str = "") -> str:
        return server.admin_token

    async with await KubeClient.connect(server.url, server.ca_certificate, token) as connected:
        yield connected


@pytest.fixture
async def resources(client: KubeClient) -> Resources:
    found = Resources(client)
    await found.refresh()
    return found
