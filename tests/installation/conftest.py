"""Clusters to install on: one of the simulator's, and one with a real control plane."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import control_plane
from tests.support.control_plane import HOW_TO_GET_THEM, SERVERS, RunningCluster, available
from tests.support.tools import missing


@pytest.fixture(params=SERVERS)
async def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningCluster]:
    """An empty cluster at work: the test runs once on each server."""
    if request.param == "real" and not available():
        missing(HOW_TO_GET_THEM)
    async with control_plane.cluster(tmp_path, request.param) as running:
        yield running
