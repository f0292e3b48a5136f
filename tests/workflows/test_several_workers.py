"""Several workers on one database share the work, and never begin the same run twice."""

import asyncio
from collections import Counter
from pathlib import Path

from app.domain.status import DeploymentState, RunKind
from app.settings import Settings
from app.store import runs, schema, users
from app.store.database import Database
from tests.conftest import new_postgresql_database
from tests.support import samples
from tests.workflows.test_kills import Machine


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


async def test_two_workers_share_what_is_asked_for(postgresql_server: str, tmp_path: Path) -> None:
    url = new_postgresql_database(postgresql_server)
    database = Database.from_settings(Settings(data_dir=tmp_path, database_url=url))
    await schema.prepare(database)
    owner = await samples.user(database)
    async with database.write() as tx:
        await users.keep_grant(tx, owner.id, "refresh-token", "scopes")
    machine = Machine(tmp_path, database, owner)
    workers = [await machine.start(f"portal-{n}") for n in (1, 2)]
    asked = [await samples.deployment(database, owner, name=f"kubeflow-{n}") for n in range(8)]
    ends = await asyncio.gather(*(machine.over(deployment.id) for deployment in asked))
    assert set(ends) == {DeploymentState.READY}
    for worker in workers:
        worker.kill()
        await worker.wait()
    await database.close()
    begun = Counter((step, run) for what, step, run, _ in machine.diary() if what == "began")
    assert set(begun.values()) == {1}
    by_run: dict[str, set[str]] = {}
    for _, _, run, executor_id in machine.diary():
        by_run.setdefault(run, set()).add(executor_id)
    assert [len(executors) for executors in by_run.values()] == [1] * 8
