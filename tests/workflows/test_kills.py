"""Killed at any moment and started again, a run leaves nothing out and says nothing twice."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain.endpoint import with_endpoint
from app.domain.plan import StepName, making_for, plan_for, teardown_for
from app.domain.spec import Login
from app.domain.status import DeploymentState, EventKind, StepState
from app.settings import Settings
from app.store import changes, deployments, events, schema, steps, users
from app.store.database import Database
from app.store.tables import Deployment, User
from tests.support import samples

_PASSWORD = "plum tractor window"
_ONCE_A_STEP = (EventKind.STARTED, EventKind.DONE, EventKind.FAILED)


@dataclass(frozen=True)
class Machine:
    """Where workers live, and die."""

    folder: Path
    database: Database
    owner: User

    async def start(
        self, executor_id: str = "portal-1", lease: float = 60
    ) -> asyncio.subprocess.Process:
        """A worker; without a beat for `lease` seconds, another takes over from it."""
        arguments = (str(self.folder), self.database.url, executor_id, str(lease))
        module = "tests.workflows.process"
        return await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments)

    async def work(self, deployment_id: str, moments: random.Random | None) -> DeploymentState:
        """Have workers go on until the deployment is over; at random `moments` they are killed."""
        while not (state := await self.state(deployment_id)).is_final:
            process = await self.start()
            await self.something_happens(deployment_id)
            if moments is None:
                await self.over(deployment_id)
            else:
                await asyncio.sleep(moments.uniform(0, 0.4))
            process.kill()
            await process.wait()
        return state

    async def state(self, deployment_id: str) -> DeploymentState:
        async with self.database.read() as session:
            return (await deployments.get(session, deployment_id)).state

    def diary(self) -> list[list[str]]:
        """What was done: what, step, run and executor."""
        written = self.folder / "diary"
        return (
            [line.split() for line in written.read_text().splitlines()] if written.exists() else []
        )

    async def over(self, deployment_id: str) -> DeploymentState:
        """Wait until nothing goes on any more."""
        async with changes.following(self.database) as followed:
            while not (state := await self.state(deployment_id)).is_final:
                await followed.wait(followed.count, timeout=1)
        return state

    async def something_happens(self, deployment_id: str) -> None:
        """Wait for the next event: the process has started and is at work."""
        before = await self._last(deployment_id)
        while await self._last(deployment_id) == before:
            if (await self.state(deployment_id)).is_final:
                return
            await asyncio.sleep(0.02)

    async def _last(self, deployment_id: str) -> int:
        async with self.database.read() as session:
            return (await deployments.get(session, deployment_id)).last_seq


@pytest.fixture
async def machine(database_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    database = Database.from_settings(Settings(data_dir=tmp_path, database_url=database_url))
    await schema.prepare(database)
    owner = await samples.user(database)
    async with database.write() as tx:
        await users.keep_grant(tx, owner.id, "refresh-token", "scopes")
    yield Machine(tmp_path, database, owner)
    await database.close()


@pytest.mark.parametrize("seed", range(2))
async def test_a_run_killed_again_and_again_is_carried_out_whole(
    machine: Machine, seed: int
) -> None:
    deployment = await samples.deployment(machine.database, machine.owner)
    state = await machine.work(deployment.id, random.Random(seed))
    assert state == DeploymentState.READY
    await all_was_done_and_told_once(machine, deployment, set(plan_for(deployment.spec).names))


async def test_a_teardown_killed_again_and_again_is_carried_out_whole(machine: Machine) -> None:
    deployment = await samples.deployment(machine.database, machine.owner)
    assert await machine.work(deployment.id, None) == DeploymentState.READY
    await _delete(machine, deployment)
    assert await machine.work(deployment.id, random.Random(3)) == DeploymentState.DELETED
    plans = (plan_for(deployment.spec), teardown_for(deployment.spec))
    everything = {name for plan in plans for name in plan.names}
    await all_was_done_and_told_once(machine, deployment, everything)


async def test_an_endpoint_is_added_whole_although_workers_are_killed(machine: Machine) -> None:
    deployment = await samples.deployment(machine.database, machine.owner, login=Login.LATER)
    assert await machine.work(deployment.id, None) == DeploymentState.READY
    before = len(machine.diary())
    form = {"login": "password"} | dict.fromkeys(("password", "password_again"), _PASSWORD)
    spec, secrets = with_endpoint(deployment.spec, machine.owner.email, form)
    async with machine.database.write() as tx:
        await deployments.add_endpoint(tx, deployment.id, spec, secrets, making_for(spec))
    for moment in (0.05, 0.3):
        process = await machine.start()
        await machine.something_happens(deployment.id)
        await asyncio.sleep(moment)
        process.kill()
        await process.wait()
    assert await machine.work(deployment.id, None) == DeploymentState.READY
    ended = {line[1] for line in machine.diary()[before:] if line[0] == "ended"}
    assert ended == set(making_for(spec).names)
    async with machine.database.read() as session:
        found = await steps.of_deployment(session, deployment.id)
        told = await events.after(session, deployment.id, 0)
    assert {step.state for step in found} == {StepState.DONE}
    assert [event.seq for event in told] == list(range(1, len(told) + 1))


async def test_a_run_that_is_to_end_ends_although_its_worker_is_killed(machine: Machine) -> None:
    deployment = await samples.deployment(machine.database, machine.owner)
    process = await machine.start()
    await machine.something_happens(deployment.id)
    process.kill()
    await process.wait()
    async with machine.database.write() as tx:
        assert await deployments.cancel(tx, deployment.id)
    assert await machine.work(deployment.id, None) == DeploymentState.CANCELLED
    before = len(machine.diary())
    await _delete(machine, deployment)
    assert await machine.work(deployment.id, random.Random(4)) == DeploymentState.DELETED
    assert {line[1] for line in machine.diary()[before:]} <= set(
        teardown_for(deployment.spec).names
    )


async def test_a_deletion_in_mid_run_goes_through_although_workers_are_killed(
    machine: Machine,
) -> None:
    deployment = await samples.deployment(machine.database, machine.owner)
    process = await machine.start()
    await machine.something_happens(deployment.id)
    await _delete(machine, deployment)
    process.kill()
    await process.wait()
    assert await machine.work(deployment.id, random.Random(5)) == DeploymentState.DELETED


async def _delete(machine: Machine, deployment: Deployment) -> None:
    async with machine.database.write() as tx:
        assert await deployments.delete(tx, deployment.id, teardown_for(deployment.spec))


async def all_was_done_and_told_once(
    machine: Machine, deployment: Deployment, names: set[StepName]
) -> None:
    async with machine.database.read() as session:
        found = await steps.of_deployment(session, deployment.id)
        told = await events.after(session, deployment.id, 0)
    assert {step.state for step in found} == {StepState.DONE}
    assert {line[1] for line in machine.diary() if line[0] == "ended"} == names
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    told_of = Counter((event.kind, event.step) for event in told if event.kind in _ONCE_A_STEP)
    assert set(told_of.values()) == {1}
