"""Several workers on one database share the work, and never begin the same run twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.plan import plan_for
from app.domain.status import DeploymentState, RunKind
from app.settings import Settings
from app.store import changes, runs, schema, users
from app.store.database import Database
from app.store.tables import Deployment
from tests.conftest import new_postgresql_database
from tests.support import samples
from tests.workflows.test_kills import Machine, all_was_done_and_told_once


async def test_a_run_is_claimed_by_one_executor_only(database: Database) -> None:
    for number in range(12):
        await samples.deployment(database, name=f"kubeflow-{number}")

    async def claim(executor_id: str) -> list[str]:
        async with database.write() as tx:
            return list(await runs.claim(tx, executor_id, 5))

    claimed = await asyncio.gather(*(claim(f"portal-{n}") for n in range(6)))
    flat = [run_id for ids in claimed for run_id in ids]
    assert len(flat) == len(set(flat))
    async with database.write() as tx:
        flat += await runs.claim(tx, "portal-7", 100)
    assert len(flat) == len(set(flat)) == 12


async def test_a_deployments_runs_are_claimed_one_after_the_other(database: Database) -> None:
    deployment = await samples.deployment(database)
    async with database.write() as tx:
        await runs.request(tx, deployment.id, RunKind.RETRY)
    async with database.write() as tx:
        first = await runs.claim(tx, "portal-1", 10)
    async with database.write() as tx:
        assert await runs.claim(tx, "portal-2", 10) == []
        await runs.stop(tx, deployment.id)
        assert len(first) == 1


@pytest.fixture
async def machine(postgresql_server: str, tmp_path: Path) -> AsyncIterator[Machine]:
    """Where workers share a PostgreSQL database."""
    url = new_postgresql_database(postgresql_server)
    database = Database.from_settings(Settings(data_dir=tmp_path, database_url=url))
    await schema.prepare(database)
    owner = await samples.user(database)
    async with database.write() as tx:
        await users.keep_grant(tx, owner.id, "refresh-token", "scopes")
    yield Machine(tmp_path, database, owner)
    await database.close()


async def test_two_workers_share_what_is_asked_for(machine: Machine) -> None:
    workers = [await machine.start(f"portal-{n}") for n in (1, 2)]
    asked = await _ask_for(machine, 8)
    ends = await asyncio.gather(*(machine.over(deployment.id) for deployment in asked))
    assert set(ends) == {DeploymentState.READY}
    for worker in workers:
        worker.kill()
        await worker.wait()
    begun = Counter((step, run) for what, step, run, _ in machine.diary() if what == "began")
    assert set(begun.values()) == {1}
    assert [len(executors) for executors in _executors(machine).values()] == [1] * 8


async def test_the_runs_of_a_worker_that_never_comes_back_are_taken_over(
    machine: Machine,
) -> None:
    lost = await machine.start("portal-1", lease=2)
    asked = await _ask_for(machine, 3)
    async with changes.following(machine.database) as followed:
        while len(_executors(machine)) < 3:
            await followed.wait(followed.count, timeout=1)
    other = await machine.start("portal-2", lease=2)
    lost.kill()
    await lost.wait()
    assert {await machine.over(each.id) for each in asked} == {DeploymentState.READY}
    other.kill()
    await other.wait()
    for deployment in asked:
        await all_was_done_and_told_once(machine, deployment, set(plan_for(deployment.spec).names))
    assert list(_executors(machine).values()) == [{"portal-1", "portal-2"}] * 3


async def _ask_for(machine: Machine, count: int) -> list[Deployment]:
    names = [f"kubeflow-{number}" for number in range(count)]
    return [await samples.deployment(machine.database, machine.owner, name=n) for n in names]


def _executors(machine: Machine) -> dict[str, set[str]]:
    """Who worked on each run."""
    by_run: dict[str, set[str]] = {}
    for _, _, run, executor_id in machine.diary():
        by_run.setdefault(run, set()).add(executor_id)
    return by_run
