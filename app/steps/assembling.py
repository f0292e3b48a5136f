"""A step's context put together: the deployment, its owner, and the owner's cloud."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.domain.plan import StepName
from app.domain.spec import DeploymentSpec
from app.errors import SignInAgain
from app.google.cloud import Cloud
from app.settings import Settings
from app.steps.context import StepContext
from app.store import deployments, users
from app.store.database import Database
from app.store.tables import Grant, User


async def context_for(
    settings: Settings,
    database: Database,
    deployment_id: str,
    step: StepName,
    *,
    run_id: str,
    installing: asyncio.Semaphore,
    changes: Mapping[str, Any] = MappingProxyType({}),
) -> StepContext:
    """The context of one step of one deployment; raises `SignInAgain` without a grant.

    `changes` are other values for fields of its spec, as if they had been asked for.
    """
    async with database.read() as session:
        deployment = await deployments.get(session, deployment_id)
        owner = await session.get_one(User, deployment.owner_id)
        grant = await users.grant_of(session, owner.id)
    return StepContext(
        run_id=run_id,
        deployment_id=deployment_id,
        step=step,
        spec=changed(deployment.spec, changes),
        owner_email=owner.email,
        database=database,
        settings=settings,
        cloud=await _cloud(settings, owner, grant),
        installing=installing,
    )


def changed(spec: DeploymentSpec, changes: Mapping[str, Any]) -> DeploymentSpec:
    """The spec with other values, checked like a form's."""
    return DeploymentSpec.model_validate({**spec.model_dump(), **changes}) if changes else spec


async def _cloud(settings: Settings, owner: User, grant: Grant | None) -> Cloud:
    """The owner's cloud, by their grant or, in a portal of one person's own, this machine's."""
    if settings.default_credentials:
        return await Cloud.for_default(settings, owner.email)
    if grant is None:
        raise SignInAgain
    return Cloud.for_grant(settings, grant.refresh_token)
