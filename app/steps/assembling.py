"""A step's context put together: the deployment, its owner, and the owner's cloud."""

import asyncio

from app.domain.plan import StepName
from app.errors import SignInAgain
from app.google.cloud import Cloud
from app.settings import Settings
from app.steps.context import StepContext
from app.store import deployments, users
from app.store.database import Database
from app.store.tables import User


async def context_for(
    settings: Settings,
    database: Database,
    deployment_id: str,
    step: StepName,
    *,
    run_id: str,
    installing: asyncio.Semaphore,
) -> StepContext:
    """The context of one step of one deployment; raises `SignInAgain` without a grant."""
    async with database.read() as session:
        deployment = await deployments.get(session, deployment_id)
        owner = await session.get_one(User, deployment.owner_id)
        grant = await users.grant_of(session, owner.id)
    if grant is None:
        raise SignInAgain
    return StepContext(
        run_id=run_id,
        deployment_id=deployment_id,
        step=step,
        spec=deployment.spec,
        owner_email=owner.email,
        database=database,
        settings=settings,
        cloud=Cloud.for_grant(settings, grant.refresh_token),
        installing=installing,
    )
