"""Endpoints of ready deployments are looked after, quietly."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from app.domain.chain import Finding, LinkName, LinkState
from app.domain.status import DeploymentState, RunState
from app.errors import Permanent
from app.settings import Settings
from app.steps.context import StepContext
from app.store import chain, changes, deployments, schema, users
from app.store.database import Database
from app.store.tables import Deployment, Run
from app.workflows.upkeep import Upkeep
from tests.support import samples

_FINE = Finding(LinkState.FINE, "Active")
_RECENT, _ANY_TIME = 3600.0, 0.0


class _Looks:
    """Looks at endpoints, and finds the certificate fine."""

    def __init__(self) -> None:
        self.at: list[str] = []

    async def __call__(self, context: StepContext) -> None:
        self.at.append(context.deployment_id)
        async with context.database.write() as tx:
            await chain.put(tx, context.deployment_id, LinkName.CERTIFICATE, _FINE)


class _LooksInVain(_Looks):
    """Never reaches the cluster."""

    async def __call__(self, context: StepContext) -> None:
        self.at.append(context.deployment_id)
        raise Permanent("The cluster of this deployment is gone.")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cloud="simulated", data_dir=tmp_path)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Database]:
    database = Database.from_settings(settings)
    await schema.prepare(database)
    yield database
    await database.close()


async def _ready(store: Database, *, grant: bool = True) -> Deployment:
    owner = await samples.user(store)
    deployment = await samples.deployment(store, owner)
    async with store.write() as tx:
        if grant:
            await users.keep_grant(tx, owner.id, "refresh-token", "scopes")
        await tx.execute(update(Run).values(state=RunState.SUCCEEDED))
        await deployments.set_state(tx, deployment.id, DeploymentState.READY, url="https://kf/")
    return deployment


async def test_a_ready_endpoint_is_looked_at_and_then_left_alone_for_a_while(
    settings: Settings, store: Database
) -> None:
    deployment, looks = await _ready(store), _Looks()
    upkeep = Upkeep(settings, store, looks)
    await upkeep.once(_RECENT)
    await upkeep.once(_RECENT)
    assert looks.at == [deployment.id]
    await upkeep.once(_ANY_TIME)
    assert looks.at == [deployment.id] * 2


async def test_it_goes_on_by_itself(settings: Settings, store: Database) -> None:
    quick = settings.model_copy(update={"clock_speed": 1e6})
    deployment, looks = await _ready(store), _Looks()
    going_on = asyncio.create_task(Upkeep(quick, store, looks, least=0.02).go_on())
    async with changes.following(store) as followed:
        while len(looks.at) < 2:
            await followed.wait(followed.count, timeout=1)
    going_on.cancel()
    assert set(looks.at) == {deployment.id}


async def test_a_look_in_vain_changes_nothing_and_is_not_repeated_at_once(
    settings: Settings, store: Database
) -> None:
    deployment, looks = await _ready(store), _LooksInVain()
    upkeep = Upkeep(settings, store, looks)
    await upkeep.once(_RECENT)
    await upkeep.once(_RECENT)
    assert looks.at == [deployment.id]
    async with store.read() as session:
        assert (await deployments.get(session, deployment.id)).state == DeploymentState.READY


async def test_without_its_owners_grant_nothing_is_looked_at(
    settings: Settings, store: Database
) -> None:
    await _ready(store, grant=False)
    looks = _Looks()
    await Upkeep(settings, store, looks).once(_RECENT)
    assert looks.at == []
