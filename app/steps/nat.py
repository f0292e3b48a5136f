"""The way out for nodes without addresses of their own: a Cloud Router with Cloud NAT.

A network can have one such NAT in a region, so clusters of several deployments share it: the
first one makes it, and the last one takes it away.
"""

from collections.abc import Awaitable, Callable

from app.domain.names import LABEL
from app.domain.places import region_of
from app.google import links
from app.google.errors import Refused, is_taken
from app.google.operations import Operation
from app.google.routers import Router
from app.steps.context import StepContext
from app.steps.ours import cloud_of, labels, mark, request_id
from app.steps.waiting import MINUTE, finished, patiently, settled, until
from app.text import N_

ROUTER = N_("router with NAT")
_CREATING = "create-router"
_LIMIT = 5 * MINUTE


async def network_translated(context: StepContext) -> None:
    """Nodes in the deployment's region reach the internet, by our NAT or by one that is there."""
    translating = await _translating(context)
    if translating is None:
        await _make(context)
        translating = await until(
            context, lambda: _translating(context), limit=2 * MINUTE, what="Cloud NAT"
        )
    if translating.description.startswith(LABEL):
        await _write_down(context, translating.name)
    await context.say(
        "Nodes reach the internet through the NAT of router %(router)s.", router=translating.name
    )


async def remove_network_translation(context: StepContext) -> None:
    """The portal's NAT in this region is gone, unless clusters of other deployments need it."""
    region, name = region_of(context.spec.zone), router_name(context)
    # until that has ended there may be nothing to see
    await settled(context, _CREATING, _looking_up(context), limit=_LIMIT, what="Cloud Router")
    ours = [router for router in await _routers(context) if router.description.startswith(LABEL)]
    if ours and await _still_needed(context):
        for router in ours:
            why = N_("other clusters in this region reach the internet through it")
            await context.removed(ROUTER, router.name, kept=why)
        return
    for router in ours:
        await _delete(context, region, router.name)
        await context.removed(ROUTER, router.name)
    await context.removed(ROUTER, name)


def router_name(context: StepContext) -> str:
    """How a router that this deployment makes is called."""
    return f"{context.spec.name}-router"


async def _make(context: StepContext) -> None:
    project, region, name = context.spec.project, region_of(context.spec.zone), router_name(context)
    routers = cloud_of(context).routers

    async def start() -> str:
        order = await request_id(context, _CREATING, name)
        return await routers.create(
            project, region, name, description=mark(context), request_id=order
        )

    try:
        await finished(
            context,
            _CREATING,
            start,
            _looking_up(context),
            limit=_LIMIT,
            what="Cloud Router",
        )
    except Refused as error:
        if not is_taken(error):
            raise


def _looking_up(context: StepContext) -> Callable[[str], Awaitable[Operation]]:
    project, region = context.spec.project, region_of(context.spec.zone)
    return lambda name: cloud_of(context).routers.operation(project, region, name)


async def _delete(context: StepContext, region: str, name: str) -> None:
    project, routers = context.spec.project, cloud_of(context).routers

    async def start() -> str:
        return await routers.delete(project, region, name)

    operation = await patiently(context, start, limit=10 * MINUTE)
    if operation:
        await until(
            context,
            lambda: _over(context, region, operation),
            limit=5 * MINUTE,
            what=f"end of router {name}",
        )


async def _over(context: StepContext, region: str, operation: str) -> bool | None:
    found = await cloud_of(context).routers.operation(context.spec.project, region, operation)
    if found.error is not None:
        raise found.error
    return True if found.done else None


async def _routers(context: StepContext) -> list[Router]:
    region = region_of(context.spec.zone)
    return await cloud_of(context).routers.of_region(context.spec.project, region)


async def _translating(context: StepContext) -> Router | None:
    return next((router for router in await _routers(context) if router.translates), None)


async def _still_needed(context: StepContext) -> bool:
    """Whether another deployment's cluster in this region has private nodes."""
    region, own = region_of(context.spec.zone), labels(context)[LABEL]
    return any(
        cluster.private_nodes
        and cluster.location.startswith(region)
        and cluster.status != "STOPPING"
        and cluster.labels.get(LABEL, own) != own
        for cluster in await cloud_of(context).clusters.every(context.spec.project)
    )


async def _write_down(context: StepContext, name: str) -> None:
    region = region_of(context.spec.zone)
    link = links.router(context.spec.project, region, name)
    await context.made(ROUTER, name, detail=region, link=link)
