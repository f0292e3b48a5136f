"""The project: whether it can be used, and which of Google's APIs it has enabled."""

import asyncio

from app.errors import Permanent
from app.google import links
from app.google.services import BATCH, NEEDED
from app.steps.context import StepContext
from app.steps.ours import cloud_of
from app.steps.waiting import MINUTE, finished, patiently
from app.together import together


async def check_project(context: StepContext) -> None:
    """The project is active and somebody pays for it."""
    wanted = context.spec.project
    project, paid = await asyncio.gather(
        context.cloud.projects.get(wanted), context.cloud.projects.billing_enabled(wanted)
    )
    if not project.active:
        raise Permanent(f"The project {wanted} is being deleted.", hint="Choose another project.")
    if not paid:
        raise Permanent(
            f"Billing is off in the project {wanted}.",
            hint="Link a billing account to the project, then try again.",
            link=links.billing(wanted),
        )
    await context.say("Project %(project)s is active and billing is on.", project=wanted)


async def enable_services(context: StepContext) -> None:
    """Every API that the deployment needs is enabled."""
    project, services = context.spec.project, context.cloud.services
    missing = await services.missing(project, NEEDED)
    if not missing:
        await context.say("All of Google's APIs that are needed are enabled already.")
        return
    await context.progress(0.1, "Enabling %(count)s of Google's APIs", count=len(missing))
    for first in range(0, len(missing), BATCH):
        await _enable(context, missing[first : first + BATCH], f"enable-services-{first}")
    await _answering(context)
    short = [name.partition(".")[0] for name in missing]
    await context.say("Enabled: %(services)s.", services=", ".join(short))


async def _enable(context: StepContext, names: list[str], key: str) -> None:
    project, services = context.spec.project, context.cloud.services
    await finished(
        context,
        key,
        lambda: services.enable(project, names),
        services.operation,
        limit=10 * MINUTE,
        what="answer to enabling the project's APIs",
    )


async def _answering(context: StepContext) -> None:
    """Wait until the APIs that come next no longer refuse as disabled: that can take minutes."""
    spec, names, cloud = context.spec, context.names, cloud_of(context)
    email = names.account_email(names.node_account)
    looks = (
        lambda: cloud.compute.address(spec.project, names.address),
        lambda: cloud.clusters.get(spec.project, spec.zone, names.cluster),
        lambda: cloud.accounts.get(spec.project, email),
    )
    await together(*(patiently(context, look, limit=5 * MINUTE) for look in looks))
