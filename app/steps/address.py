"""The global static address that the public name points to."""

from collections.abc import Awaitable, Callable

from app.google import links
from app.google.compute import Address
from app.google.errors import Refused, is_missing, is_taken
from app.google.operations import Operation
from app.steps.context import StepContext
from app.steps.ours import check_mark, cloud_of, is_ours, mark, request_id
from app.steps.waiting import MINUTE, finished, patiently, settled, until

ADDRESS = "global address"
_RESERVING = "reserve-address"
_LIMIT = 5 * MINUTE


async def reserve_address(context: StepContext) -> None:
    """A global static address of this deployment's is reserved."""
    address = await our_address(context) or await _reserved(context)
    link = links.addresses(context.spec.project)
    await context.made(ADDRESS, address.name, detail=address.ip, link=link)


async def remove_address(context: StepContext) -> None:
    """The address is released; one that others made is left alone."""
    project, name = context.spec.project, context.names.address
    # until that has ended there may be nothing to see
    await settled(context, _RESERVING, _looking_up(context), limit=_LIMIT, what="address")
    found = await cloud_of(context).compute.address(project, name)
    if found is not None and is_ours(context, found.description):
        # what used it may be gone already, and Google not know it yet
        await patiently(context, lambda: _release(context), limit=10 * MINUTE)
    await context.removed(ADDRESS, name)


async def our_address(context: StepContext) -> Address | None:
    """The deployment's address, once it has an IP; raises for one that others made."""
    name = context.names.address
    found = await cloud_of(context).compute.address(context.spec.project, name)
    if found is not None:
        check_mark(context, "address", name, found.description)
    return found if found is None or found.ip else None


async def _reserved(context: StepContext) -> Address:
    what = "reserved address"
    try:
        await finished(
            context,
            _RESERVING,
            lambda: _reserve(context),
            _looking_up(context),
            limit=_LIMIT,
            what=what,
        )
    except Refused as error:
        if not is_taken(error):
            raise
    return await until(context, lambda: our_address(context), limit=2 * MINUTE, what=what)


async def _reserve(context: StepContext) -> str:
    project, name = context.spec.project, context.names.address
    order = await request_id(context, _RESERVING, name)
    return await cloud_of(context).compute.reserve_address(
        project, name, description=mark(context), request_id=order
    )


async def _release(context: StepContext) -> None:
    project, name = context.spec.project, context.names.address
    compute = cloud_of(context).compute
    try:
        await finished(
            context,
            "release-address",
            lambda: compute.release_address(project, name),
            _looking_up(context),
            limit=_LIMIT,
            what="released address",
        )
    except Refused as error:
        if not is_missing(error):
            raise


def _looking_up(context: StepContext) -> Callable[[str], Awaitable[Operation]]:
    compute, project = cloud_of(context).compute, context.spec.project
    return lambda name: compute.operation(project, name)
