"""The last word of a teardown: nothing of the deployment's is left, but for what is kept."""

from collections.abc import Awaitable, Callable

from app.errors import Permanent
from app.steps.accounts import ACCOUNT
from app.steps.address import ADDRESS
from app.steps.cluster import CLUSTER, cluster_to_remove
from app.steps.context import StepContext
from app.steps.ours import cloud_of, is_ours
from app.steps.waiting import MINUTE, until
from app.store import steps
from app.store.tables import Resource
from app.text import N_
from app.together import together

_Look = Callable[[StepContext, str], Awaitable[bool]]


async def confirm_removal(context: StepContext) -> None:
    """All that was written down is gone or kept, and Google says the same of what costs money.

    Google is asked only for what was made: where an API was never enabled it does not answer.
    """
    async with context.database.read() as session:
        made = await steps.receipt(session, context.deployment_id)
    left = [each for each in made if each.gone_at is None and not each.kept]
    if left:
        named = ", ".join(f"{each.kind} {each.name}" for each in left)
        raise Permanent(
            f"Still there: {named}.",
            hint=N_("Try again; what goes on being there can be deleted in Google's console."),
        )
    looked_for = [each for each in made if each.gone_at is not None and each.kind in _LOOKS]
    await together(*(_gone(context, each) for each in looked_for))
    await context.say("Looked again: nothing is left, but for what is said to be kept.")


async def _gone(context: StepContext, resource: Resource) -> None:
    """Wait until Google no longer shows it: a deletion is not seen everywhere at once."""

    async def look() -> bool | None:
        return None if await _LOOKS[resource.kind](context, resource.name) else True

    await until(context, look, limit=5 * MINUTE, what=f"end of {resource.kind} {resource.name}")


async def _cluster(context: StepContext, _name: str) -> bool:
    return await cluster_to_remove(context) is not None


async def _address(context: StepContext, name: str) -> bool:
    found = await cloud_of(context).compute.address(context.spec.project, name)
    return found is not None and is_ours(context, found.description)


async def _account(context: StepContext, email: str) -> bool:
    found = await cloud_of(context).accounts.get(context.spec.project, email)
    return found is not None and is_ours(context, found.description)


_LOOKS: dict[str, _Look] = {CLUSTER: _cluster, ADDRESS: _address, ACCOUNT: _account}
