"""The public name, which points to the deployment's address."""

from collections.abc import Awaitable, Callable

from app.errors import Permanent, StepError, Transient
from app.google import links
from app.google.dns import addresses_of
from app.google.dns_names import is_deleted, is_hidden
from app.google.errors import Refused, is_taken
from app.google.operations import Operation
from app.google.services import is_unknown
from app.steps.address import our_address
from app.steps.context import StepContext
from app.steps.ours import cloud_of, mark, not_ours
from app.steps.waiting import MINUTE, finished, patiently, until
from app.text import N_
from app.together import together

NAME = "public name"
_PUBLISHING = "publish-name"  # under way from before the first change until the removal
_DELETING = "delete-service"
_HIDDEN_FOR = 3 * MINUTE  # how long a service that was just made may look like a missing one


async def publish_name(context: StepContext) -> None:
    """The public name of the endpoint points to the address, for everybody."""
    host = context.names.host
    address = await our_address(context)
    if address is None:
        raise Permanent("The address of this deployment is gone.", hint=N_("Try again."))
    there = await _our_service(context)
    await _begin(context)
    if not there:
        await _make_service(context)
    link = links.published_name(context.spec.project, host)
    await context.made(NAME, host, detail=address.ip, link=link)
    # a name that DNS was asked for too early is one that it does not know for a while
    if not there or address.ip not in await addresses_of(context.settings, host):
        await _publish(context, address.ip)
    await context.progress(0.6, "Waiting until DNS knows %(host)s", host=host)
    await together(_enable(context), _known(context, address.ip))
    await context.say("%(host)s points to %(ip)s.", host=host, ip=address.ip)


async def remove_name(context: StepContext) -> None:
    """The name is deleted; Google keeps it for 30 days, and making it again brings it back."""
    host, names = context.names.host, cloud_of(context).names
    deleting = await context.under_way(_DELETING)
    if deleting or (await _appears(context) and await _may_change(context)):
        await _operation(context, _DELETING, lambda: names.delete(host))
    await context.operation_ended(_PUBLISHING)
    why = N_("it is deleted, but Google keeps it for 30 days. Publishing it again brings it back.")
    await context.removed(NAME, host, why)


async def _our_service(context: StepContext) -> bool:
    """Whether the service is there; raises for one that others made."""
    host = context.names.host
    if not await cloud_of(context).names.is_there(host):
        return False
    if not await _may_change(context):
        raise not_ours("Cloud Endpoints service", host)
    return True


async def _may_change(context: StepContext) -> bool:
    """Whether nobody else uses the service: its title tells who has made its newest config.

    One that was brought back from its deletion still has the title that it had before.
    """
    title = await cloud_of(context).names.title(context.names.host)
    return not title or mark(context) in title or await context.under_way(_PUBLISHING)


async def _begin(context: StepContext) -> None:
    async def host() -> str:
        return context.names.host

    await context.operation(_PUBLISHING, host)


async def _make_service(context: StepContext) -> None:
    host, names = context.names.host, cloud_of(context).names
    try:
        await _operation(
            context, "create-service", lambda: names.create(context.spec.project, host)
        )
    except Refused as error:
        if is_deleted(error):
            await context.say(
                "%(host)s was deleted less than 30 days ago: bringing it back.", host=host
            )
            await _operation(context, "undelete-service", lambda: names.undelete(host))
        elif not is_taken(error):
            raise


async def _publish(context: StepContext, ip: str) -> None:
    """Point the service to the address, and put that into use."""
    host, names = context.names.host, cloud_of(context).names
    await context.progress(0.2, "Publishing %(host)s", host=host)
    title = f"Kubeflow {context.spec.name} ({mark(context)})"
    submitted = await _operation(context, "submit-config", lambda: names.submit(host, title, ip))
    config_id = str(submitted.response["serviceConfig"]["id"])
    await _operation(context, "roll-out", lambda: names.roll_out(host, config_id))


async def _enable(context: StepContext) -> None:
    """The published service is itself one to be enabled; just made, it cannot be seen at once."""
    project, host = context.spec.project, context.names.host
    services = cloud_of(context).services
    if await services.missing(project, [host]):
        await patiently(
            context,
            lambda: finished(
                context,
                "enable-name",
                lambda: services.enable(project, [host]),
                services.operation,
                limit=5 * MINUTE,
                what=f"answer to enabling {host}",
            ),
            limit=_HIDDEN_FOR,
            passes=_may_appear,
        )


async def _known(context: StepContext, ip: str) -> None:
    """Wait until DNS gives the address."""
    host = context.names.host

    async def look() -> bool | None:
        return True if ip in await addresses_of(context.settings, host) else None

    what = f"DNS entry of {host} with the address {ip}"
    await until(context, look, limit=30 * MINUTE, what=what)


async def _appears(context: StepContext) -> bool:
    """Whether the service is there, or comes to be, where making it was begun and not undone."""
    host, names = context.names.host, cloud_of(context).names
    waited, pause = 0.0, 10.0
    while not await names.is_there(host):
        if waited >= _HIDDEN_FOR or not await context.under_way(_PUBLISHING):
            return False
        await context.pause(pause)
        waited += pause
    return True


async def _operation(
    context: StepContext, key: str, start: Callable[[], Awaitable[str]]
) -> Operation:
    return await patiently(
        context,
        lambda: finished(
            context,
            key,
            start,
            cloud_of(context).names.operation,
            limit=5 * MINUTE,
            what="answer of Cloud Endpoints",
        ),
        limit=_HIDDEN_FOR,
        passes=_may_appear,
    )


def _may_appear(error: StepError) -> bool:
    """A service that was just made looks like one that is missing."""
    return is_hidden(error) or is_unknown(error) or isinstance(error, Transient)
