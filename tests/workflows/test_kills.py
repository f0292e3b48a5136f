"""Killed at any moment and started again, a run leaves nothing out and says nothing twice."""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from app.domain.plan import plan_for
from app.domain.status import DeploymentState, EventKind, StepState
from app.settings import Settings
from app.store import deployments, events, schema, steps, users
from app.store.database import Database
from tests.support import samples


@pytest.mark.parametrize("seed", range(2))
async def test_a_run_killed_again_and_again_is_carried_out_whole(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    database = Database.from_settings(Settings(data_dir=tmp_path, database_url=database_url))
    await schema.prepare(database)
    owner = await samples.user(database)
    async with database.write() as tx:
        await users.keep_grant(tx, owner.id, "refresh-token", "scopes")
    deployment = await samples.deployment(database, owner)

    moments = random.Random(seed)
    while not await _is_final(database, deployment.id):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.workflows.process", str(tmp_path), database_url
        )
        await _something_happens(database, deployment.id)
        await asyncio.sleep(moments.uniform(0, 0.4))
        process.kill()
        await process.wait()

    async with database.read() as session:
        found = await steps.of_deployment(session, deployment.id)
        told = await events.after(session, deployment.id, 0)
        state = (await deployments.get(session, deployment.id)).state
    await database.close()
    assert state == DeploymentState.READY
    assert {step.state for step in found} == {StepState.DONE}
    ended = {line.split()[1] for line in (tmp_path / "diary").read_text().splitlines()}
    assert ended == set(plan_for(deployment.spec).names)
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    told_of = Counter((event.kind, event.step) for event in told if event.kind != EventKind.NOTE)
    assert set(told_of.values()) == {1}


async def _is_final(database: Database, deployment_id: str) -> bool:
    async with database.read() as session:
        return (await deployments.get(session, deployment_id)).state.is_final


async def _something_happens(database: Database, deployment_id: str) -> None:
    """Wait for the next event: the process has started and is at work."""
    async with database.read() as session:
        before = (await deployments.get(session, deployment_id)).last_seq
    while True:
        async with database.read() as session:
            now = await deployments.get(session, deployment_id)
        if now.last_seq > before or now.state.is_final:
            return
        await asyncio.sleep(0.02)
