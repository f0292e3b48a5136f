"""Deployments to test with."""

from app.domain.plan import plan_for
from app.domain.spec import DeploymentSecrets, DeploymentSpec, Login
from app.store import deployments, users
from app.store.database import Database
from app.store.tables import Deployment, User


def spec(**changes: object) -> DeploymentSpec:
    """A spec as somebody would ask for it."""
    values: dict[str, object] = {
        "project": "your-project-id",
        "name": "kubeflow-test-1",
        "login": Login.IAP,
        "zone": "asia-east1-a",
        "version": "26.03",
        "oauth_client_id": "1234-abcd.apps.googleusercontent.com",
    }
    return DeploymentSpec.model_validate(values | changes)


async def user(database: Database, email: str = "dana@example.com") -> User:
    """Somebody who has signed in."""
    async with database.write() as tx:
        return await users.signed_in(tx, sub=f"sub-{email}", email=email, name="Dana")


async def deployment(
    database: Database, owner: User | None = None, *, key: str = "", **changes: object
) -> Deployment:
    """A deployment just asked for, with a form of this key."""
    wanted = spec(**changes)
    return await deployments.create(
        database,
        owner or await user(database),
        wanted,
        DeploymentSecrets(),
        plan_for(wanted),
        idempotency_key=key or f"key-of-{wanted.name}",
    )
