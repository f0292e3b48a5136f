"""The address, and the public name that points to it."""

from collections.abc import Awaitable, Callable
from uuid import NAMESPACE_URL, uuid5

from app.errors import Permanent, StepError, Transient
from app.google import links
from app.google.compute import Address
from app.google.dns import addresses_of
from app.google.dns_names import is_deleted, is_hidden
from app.google.errors import Refused, is_taken
from app.google.operations import Operation
from app.steps.context import StepContext
from app.steps.ours import check_mark, cloud_of, mark
from app.steps.waiting import MINUTE, finished, patiently, until
from app.together import together

ADDRESS = "global address"
NAME = "public name"


async def reserve_address(context: StepContext) -> None:
    """A global static address of this deployment's is reserved."""
    address = await _our_address(context) or await _reserved(context)
    await context.made(
        ADDRESS,
        address.name,
        detail=address.ip,
        link=links.addresses(context.spec.project),
    )


async def publish_name(context: StepContext) -> None:
    """The public name of the endpoint points to the address, for everybody."""
    host = context.names.host
    address = await _our_address(context)
    if address is None:
        raise Permanent("The address of this deployment is gone.", hint="Try again.")
    if address.ip not in await addresses_of(context.settings, host):
        await _publish(context, address.ip)
        await context.progress(0.6, "Waiting until DNS knows %(host)s", host=host)
        await together(_enable(context), _known(context, address.ip))
    link = links.published_name(context.spec.project, host)
    await context.made(NAME, host, detail=address.ip, link=link)
    await context.say("%(host)s points to %(ip)s.", host=host, ip=address.ip)


async def _our_address(context: StepContext) -> Address | None:
    name = context.names.address
    found = await cloud_of(context).compute.address(context.spec.project, name)
    if found is not None:
        check_mark(context, "address", name, found.description)
    return found if found is None or found.ip else None


async def _reserved(context: StepContext) -> Address:
    project, name = context.spec.project, context.names.address
    compute = cloud_of(context).compute
    await finished(
        context,
        "reserve-address",
        lambda: compute.reserve_address(
            project,
            name,
            description=mark(context),
            request_id=str(uuid5(NAMESPACE_URL, f"{context.deployment_id}/{name}")),
        ),
        lambda operation: compute.operation(project, operation),
        limit=5 * MINUTE,
        what="reserved address",
    )
    return await until(
        context, lambda: _our_address(context), limit=2 * MINUTE, what="reserved address"
    )


async def _publish(context: StepContext, ip: str) -> None:
    """Make the service (or bring it back), point it to the address, and put that into use."""
    host, names = context.names.host, cloud_of(context).names
    if not await names.is_there(host):
        await _make_service(context)
    await context.progress(0.2, "Publishing %(host)s", host=host)
    title = f"Kubeflow {context.spec.name}"
    submitted = await _operation(context, "submit-config", lambda: names.submit(host, title, ip))
    config_id = str(submitted.response["serviceConfig"]["id"])
    await _operation(context, "roll-out", lambda: names.roll_out(host, config_id))


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
            limit=3 * MINUTE,
            passes=_may_appear,
        )


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
        limit=3 * MINUTE,
        passes=_may_appear,
    )


async def _known(context: StepContext, ip: str) -> None:
    """Wait until DNS gives the address."""
    host = context.names.host

    async def look() -> bool | None:
        return True if ip in await addresses_of(context.settings, host) else None

    what = f"DNS entry of {host} with the address {ip}"
    await until(context, look, limit=30 * MINUTE, what=what)


def _may_appear(error: StepError) -> bool:
    """A service that was just made looks like one that is missing."""
    hidden = isinstance(error, Refused) and (
        is_hidden(error) or error.reason == "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
    )
    return hidden or isinstance(error, Transient)
