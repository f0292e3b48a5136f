"""What a deployment has written down as existing in the cloud."""

from collections.abc import Collection
from dataclasses import dataclass

from app.steps.context import StepContext
from app.store import steps


@dataclass(frozen=True, slots=True)
class Written:
    """A resource that was made and is not known to be gone."""

    kind: str
    name: str


async def written_down(context: StepContext, kinds: Collection[str]) -> list[Written]:
    """The deployment's resources of these kinds, oldest first."""
    async with context.database.read() as session:
        found = await steps.resources(session, context.deployment_id)
    return [Written(each.kind, each.name) for each in found if each.kind in kinds]
