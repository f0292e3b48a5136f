"""Deployments: asked for once, named once, seen by their owner alone."""

import asyncio

import pytest

from app.domain.plan import StepName, plan_for
from app.domain.spec import DeploymentSecrets, Login
from app.domain.status import DeploymentState, RunKind, StepState
from app.errors import InvalidInput, NotFound
from app.store import deployments, runs, steps
from app.store.database import Database
from app.store.tables import Resource
from tests.support import samples


async def test_a_deployment_comes_with_its_steps_and_the_order_to_start(
    database: Database,
) -> None:
    deployment = await samples.deployment(database)
    async with database.read() as session:
        rows = await steps.of_deployment(session, deployment.id)
        asked = await runs.unfinished(session)
    assert tuple(row.name for row in rows) == plan_for(deployment.spec).names
    assert {row.state for row in rows} == {StepState.WAITING}
    assert [(run.deployment_id, run.kind) for run in asked] == [(deployment.id, RunKind.PROVISION)]


async def test_the_same_form_posted_many_times_at_once_is_one_deployment(
    database: Database,
) -> None:
    owner = await samples.user(database)
    made = await asyncio.gather(*(samples.deployment(database, owner) for _ in range(8)))
    assert len({deployment.id for deployment in made}) == 1
    async with database.read() as session:
        assert len(await runs.unfinished(session)) == 1


async def test_a_name_in_use_is_refused_at_its_field(database: Database) -> None:
    first = await samples.deployment(database)
    with pytest.raises(InvalidInput) as refused:
        await samples.deployment(database, await samples.user(database, "kim@example.com"))
    assert list(refused.value.fields) == ["name"]
    async with database.write() as tx:
        await deployments.set_state(tx, first.id, DeploymentState.DELETED)
    await samples.deployment(database, await samples.user(database, "kim@example.com"))


async def test_nobody_sees_another_users_deployment(database: Database) -> None:
    deployment = await samples.deployment(database)
    other = await samples.user(database, "kim@example.com")
    async with database.read() as session:
        with pytest.raises(NotFound):
            await deployments.get_of_owner(session, deployment.id, other.id)
        assert not await deployments.list_of_owner(session, other.id)


async def test_secrets_are_ciphertext_in_the_database(database: Database) -> None:
    wanted = samples.spec(login=Login.PASSWORD, username="dana")
    deployment = await deployments.create(
        database,
        await samples.user(database),
        wanted,
        DeploymentSecrets.model_validate({"password": "correct horse battery"}),
        plan_for(wanted),
        "key",
    )
    async with database.read() as session:
        assert await steps.secret(session, deployment.id, "password") == "correct horse battery"
        connection = await session.connection()
        raw = (await connection.exec_driver_sql("SELECT value FROM secrets")).scalar_one()
    assert b"horse" not in bytes(raw)


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    deployment = await samples.deployment(database)
    async with database.read() as session:
        found = await deployments.get(session, deployment.id)
    assert found.created_at.utcoffset() is not None
    assert found.created_at == deployment.created_at


async def test_a_steps_first_start_is_kept_when_it_runs_again(database: Database) -> None:
    deployment = await samples.deployment(database)
    started = []
    for _ in range(2):
        async with database.write() as tx:
            await steps.set_state(tx, deployment.id, StepName.CHECK_PROJECT, StepState.RUNNING)
        async with database.read() as session:
            started.append((await steps.of_deployment(session, deployment.id))[0].started_at)
    assert started[0] is not None
    assert started[0] == started[1]


async def test_what_was_made_exists_since_it_was_first_written_down(database: Database) -> None:
    deployment = await samples.deployment(database)

    async def made(link: str) -> Resource:
        async with database.write() as tx:
            await steps.add_resource(tx, deployment.id, "address", "kubeflow-ip", link=link)
        async with database.read() as session:
            (found,) = await steps.resources(session, deployment.id)
        return found

    first, again = await made("https://one"), await made("https://two")
    assert (again.created_at, again.link) == (first.created_at, "https://two")
    async with database.write() as tx:
        await steps.remove_resource(tx, deployment.id, "address", "kubeflow-ip")
    anew = await made("https://two")
    assert anew.created_at > first.created_at
    assert anew.gone_at is None
