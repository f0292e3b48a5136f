"""Clusters to install on: one of the simulator's, and one with a real control plane."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.simulator.controllers.kubelet.fate import Fate
from app.steps.installation import Installation
from tests.installation.installing import Fates, Story, connected, few
from tests.support import control_plane
from tests.support.control_plane import (
    HOW_TO_GET_THEM,
    SERVERS,
    ClusterThread,
    RunningCluster,
    available,
    cluster_thread,
)
from tests.support.tools import missing


@pytest.fixture(params=SERVERS)
async def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningCluster]:
    """A cluster in which nothing was ever installed: the test runs once on each server."""
    _need(request.param)
    async with control_plane.cluster(tmp_path, request.param) as running:
        yield running


@pytest.fixture(scope="session")
def fates() -> Fates:
    return Fates()


@pytest.fixture(scope="session", params=SERVERS)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fates: Fates
) -> Iterator[ClusterThread]:
    """A cluster of all tests that take things out again; a real one takes seconds to start."""
    _need(request.param)
    with cluster_thread(tmp_path_factory.mktemp("shared"), request.param, fate=fates) as running:
        yield running


@pytest.fixture
async def cluster(shared: ClusterThread, fates: Fates) -> AsyncIterator[ClusterThread]:
    """A cluster at work in which nothing is installed: the test runs once on each server."""
    yield shared
    shared.webhooks.silent.clear()
    fates.of_all = Fate(0)
    async with connected(shared) as client:
        await Installation(client, few(), Story()).remove()


def _need(server: str) -> None:
    if server == "real" and not available():
        missing(HOW_TO_GET_THEM)
