"""Workers say that they are alive; the runs of one that is silent are another's."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from app.domain.status import RunState
from app.settings import Settings
from app.store import changes, runs, schema, workers
from app.store.database import Database
from app.store.tables import Worker
from app.workflows.engine import Engine
from app.workflows.heartbeat import Heartbeat
from tests.support import samples

_AT_ONCE, _NEVER = 0.0, 3600.0


class _Engine(Engine):
    """Has nothing to resume, and remembers from whom it should."""

    def __init__(self) -> None:
        self.taken_over: list[str] = []

    async def take_over(self, executor_id: str) -> None:
        self.taken_over.append(executor_id)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Database]:
    found = Database.from_settings(settings)
    await schema.prepare(found)
    yield found
    await found.close()


def _worker(settings: Settings, store: Database, name: str, lease: float) -> Heartbeat:
    named = settings.model_copy(update={"executor_id": name})
    return Heartbeat(named, store, _Engine(), lease=lease)


def _taken_over(worker: Heartbeat) -> list[str]:
    assert isinstance(worker.engine, _Engine)
    return worker.engine.taken_over


async def test_a_silent_workers_runs_are_anothers_and_it_learns_so(
    settings: Settings, store: Database
) -> None:
    silent, other = (_worker(settings, store, f"portal-{n}", _AT_ONCE) for n in (1, 2))
    await silent.begin()
    await other.begin()
    deployment = await samples.deployment(store)
    async with store.write() as tx:
        (run_id,) = await runs.claim(tx, "portal-1", 10)
    assert await other.once()
    assert _taken_over(other) == ["portal-1"]
    async with store.read() as session:
        (run,) = await runs.unfinished(session)
    assert (run.id, run.executor_id, run.state) == (run_id, "portal-2", RunState.CLAIMED)
    assert run.deployment_id == deployment.id
    assert not await silent.once()


async def test_while_a_worker_beats_or_its_lease_lasts_nothing_is_taken_from_it(
    settings: Settings, store: Database
) -> None:
    one, other = (_worker(settings, store, f"portal-{n}", _NEVER) for n in (1, 2))
    await one.begin()
    await other.begin()
    for _ in range(2):
        assert await one.once()
        assert await other.once()
    assert _taken_over(one) == _taken_over(other) == []


async def test_of_two_workers_of_one_name_the_newer_counts(
    settings: Settings, store: Database
) -> None:
    older, newer = (_worker(settings, store, "portal-1", _NEVER) for _ in range(2))
    await older.begin()
    await newer.begin()
    assert not await older.once()
    assert await newer.once()


async def test_what_a_worker_began_to_take_over_before_it_died_another_finishes(
    settings: Settings, store: Database
) -> None:
    class _DiesInTheMiddle(_Engine):
        async def take_over(self, executor_id: str) -> None:
            raise ConnectionError("killed")

    await _worker(settings, store, "portal-1", _NEVER).begin()
    dying = Heartbeat(
        settings.model_copy(update={"executor_id": "portal-2"}),
        store,
        _DiesInTheMiddle(),
        lease=_AT_ONCE,
    )
    await dying.begin()
    with pytest.raises(ConnectionError):
        await dying.once()
    other = _worker(settings, store, "portal-3", _NEVER)
    await other.begin()
    assert await other.once()
    assert _taken_over(other) == ["portal-1"]


async def test_a_worker_ends_that_another_has_taken_over_from(
    settings: Settings, store: Database, tmp_path: Path
) -> None:
    names = {"DATABASE_URL": settings.database_url, "DATA_DIR": str(tmp_path)}
    environment = os.environ | {f"KFPORTAL_{name}": value for name, value in names.items()}
    command = (sys.executable, "-m", "app.cli", "worker")
    worker = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        async with changes.following(store) as followed:
            while not (found := await _known(store)):
                await followed.wait(followed.count, timeout=1)
        async with store.write() as tx:
            assert await workers.declare_dead(tx, found[0])
        assert await worker.wait() == 1
    finally:
        with suppress(ProcessLookupError):
            worker.kill()


async def _known(store: Database) -> Sequence[Worker]:
    async with store.read() as session:
        return await workers.others(session, "nobody")
