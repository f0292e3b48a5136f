"""A simulated Google Cloud for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.simulator import SimulatorThread, running


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[SimulatorThread]:
    """A fresh simulator, a thousand times as fast as Google."""
    with running(tmp_path / "cloud") as simulator:
        yield simulator


@pytest.fixture
def slow_cloud(tmp_path: Path) -> Iterator[SimulatorThread]:
    """A fresh simulator in which nothing finishes during a test."""
    with running(tmp_path / "cloud", speed=0.01) as simulator:
        yield simulator
