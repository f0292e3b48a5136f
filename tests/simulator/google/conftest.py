"""Simulated Google Clouds whose every answer is held to Google's discovery documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.simulator.timings import Timings
from tests.support.simulator import SimulatorThread, running
from tests.support.transcripts import answers_that_stray, exchanges


@contextmanager
def documented(
    folder: Path, *, speed: float = 1000, timings: Timings | None = None
) -> Iterator[SimulatorThread]:
    """A simulator; whatever it has answered in the end is as Google's documents have it."""
    transcript = folder / "transcript.jsonl"
    with running(folder / "cloud", speed=speed, timings=timings, transcript=transcript) as found:
        yield found
    assert answers_that_stray(exchanges(transcript)) == []


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[SimulatorThread]:
    """A fresh simulator, a thousand times as fast as Google."""
    with documented(tmp_path) as simulator:
        yield simulator


@pytest.fixture
def slow_cloud(tmp_path: Path) -> Iterator[SimulatorThread]:
    """A fresh simulator in which nothing finishes during a test."""
    with documented(tmp_path, speed=0.01) as simulator:
        yield simulator
