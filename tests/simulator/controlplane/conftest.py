"""One real control plane, with all our controllers, for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.simulator.controllers.client import KubernetesClient
from tests.support.control_plane import HOW_TO_GET_THEM, ClusterThread, available, cluster_thread
from tests.support.tools import missing

USERS = {"token-of-alice": "alice@example.com"}


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterThread]:
    if not available():
        missing(HOW_TO_GET_THEM)
    with cluster_thread(tmp_path_factory.mktemp("plane"), "real", users=USERS) as running:
        yield running


@pytest.fixture
async def client(plane: ClusterThread) -> AsyncIterator[KubernetesClient]:
    async with KubernetesClient(plane.url, plane.ca_certificate, plane.token) as connected:
        yield connected
