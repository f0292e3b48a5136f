"""Steps against a simulated Google Cloud that runs a thousand times as fast."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from app.simulator.timings import Timings
from app.store import schema
from app.store.database import Database
from tests.steps.carrying_out import SPEED, Bench
from tests.support.meddler import Meddler, meddling
from tests.support.simulator import SimulatorThread, running

_QUICK = Timings(create_cluster=120, certificate=60, ingress_address=40, pod_most=30)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with running(tmp_path_factory.mktemp("cloud"), speed=SPEED, timings=_QUICK) as thread:
        yield thread


@pytest.fixture
def settings(tmp_path: Path, simulator: SimulatorThread) -> Settings:
    return Settings(
        cloud="simulated",
        simulator_url=simulator.url,
        clock_speed=SPEED,
        data_dir=tmp_path,
    )


@pytest.fixture
async def bench(settings: Settings, simulator: SimulatorThread) -> AsyncIterator[Bench]:
    """Where deployments are made and their steps carried out."""
    database = Database.from_settings(settings)
    await schema.prepare(database)
    yield Bench(settings, database, simulator)
    await database.close()


@pytest.fixture
def meddler(simulator: SimulatorThread) -> Iterator[Meddler]:
    with meddling(simulator.url) as found:
        yield found


@pytest.fixture
def meddled(bench: Bench, settings: Settings, meddler: Meddler) -> Bench:
    """Like `bench`, with all of its calls through the meddler."""
    through = settings.model_copy(update={"simulator_url": meddler.url})
    return Bench(through, bench.database, bench.simulator)
