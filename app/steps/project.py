"""The project: whether it can be used, and which of Google's APIs it has enabled."""

from collections.abc import Awaitable, Callable, Sequence

from app.domain.status import Level
from app.errors import Permanent, StepError, Transient
from app.google import links
from app.google.cloud import Cloud
from app.google.services import BATCH, NEEDED, is_unknown
from app.report import Asked, Line, report
from app.steps.context import StepContext
from app.steps.ours import cloud_of
from app.steps.waiting import MINUTE, finished, patiently, until
from app.text import N_
from app.together import together

APIS = "Google APIs"
_ENABLING = "enable-services"


async def check_project(context: StepContext) -> None:
    """The whole report, as before the deployment was asked for: nothing speaks against it yet.

    What cannot be seen while an API is off is a warning: `enable_services` needs no other API
    than the one that enables, and looks again.
    """
    asked = Asked(context.spec, context.owner_email, ours=context.deployment_id)
    found = await report(context.cloud.facts(context.spec.project), asked)
    if found.unanswered:
        raise Transient(found.unanswered[0].said)
    for line in found.warnings:
        await _tell(context, line, Level.WARNING)
    if found.blocking:
        raise await _obstacle(context, found.blocking)
    await context.say(
        "Checked: %(passed)s points are as they must be, %(warnings)s are worth knowing.",
        passed=len(found.passed),
        warnings=len(found.warnings),
    )


async def enable_services(context: StepContext) -> None:
    """Every API that the deployment needs is enabled, and answers."""
    services, project = context.cloud.services, context.spec.project
    missing = await services.missing(project, NEEDED)
    if missing:
        await _begin(context)
        await context.progress(0.1, "Enabling %(count)s of Google's APIs", count=len(missing))
        await enable_all(context, missing)
    if await context.under_way(_ENABLING):
        await context.made(APIS, project, detail=_in_short(NEEDED), link=links.apis(project))
        await context.operation_ended(_ENABLING)
    await context.progress(0.7, "Waiting until the APIs answer")
    await _answering(context)
    if missing:
        await context.say("Enabled: %(services)s.", services=_in_short(missing))
    else:
        await context.say("All of Google's APIs that are needed are enabled already.")


async def enable_all(context: StepContext, names: Sequence[str]) -> None:
    """Enable services, all that Google takes at once and then the others."""
    services, project = context.cloud.services, context.spec.project
    for first in range(0, len(names), BATCH):
        await _enable(context, names[first : first + BATCH], f"{_ENABLING}-{first}")

    async def look() -> bool | None:
        return None if await services.missing(project, names) else True

    await until(context, look, limit=2 * MINUTE, what="list of all enabled APIs")


async def keep_services(context: StepContext) -> None:
    """The APIs stay enabled: others may have come to use them since."""
    why = N_("other things in the project may use them by now, and enabled they cost nothing.")
    await context.removed(APIS, context.spec.project, why)


def _require(project: str, active: bool, paid: bool) -> None:
    if not active:
        raise Permanent(
            f"The project {project} is being deleted.", hint=N_("Choose another project.")
        )
    if not paid:
        raise Permanent(
            f"Billing is off in the project {project}.",
            hint=N_("Link a billing account to the project, then try again."),
            link=links.billing(project),
        )


async def _obstacle(context: StepContext, blocking: list[Line]) -> Permanent:
    """The first of what is in the way, its commands below the hint; of the others the log tells."""
    for line in blocking[1:]:
        await _tell(context, line, Level.ERROR)
    first = blocking[0]
    hint = "\n".join((str(first.hint or ""), *first.commands)).strip()
    return Permanent(_words(first), hint=hint, link=first.link)


async def _tell(context: StepContext, line: Line, level: Level) -> None:
    await context.say(
        "Check %(check)s: %(words)s", level=level, check=line.check, words=_words(line)
    )


def _words(line: Line) -> str:
    """What was found, and Google's own words for it."""
    return f"{line.text} {line.said}".strip()


async def _begin(context: StepContext) -> None:
    """Written down before the order, whose answer may be lost and the APIs be enabled."""

    async def start() -> str:
        return context.spec.project

    await context.operation(_ENABLING, start)


async def _enable(context: StepContext, names: Sequence[str], key: str) -> None:
    project, services = context.spec.project, context.cloud.services
    await patiently(
        context,
        lambda: finished(
            context,
            key,
            lambda: services.enable(project, names),
            services.operation,
            limit=10 * MINUTE,
            what="answer to enabling the project's APIs",
        ),
        limit=5 * MINUTE,
        passes=_is_too_new,
    )


def _is_too_new(error: StepError) -> bool:
    """Seconds after its making a project knows none of Google's services, a minute later all."""
    return is_unknown(error) or isinstance(error, Transient)


async def _answering(context: StepContext) -> None:
    """Wait until the APIs that come next no longer refuse as disabled: that can take minutes.

    They are asked as all later steps ask them: counted against the project's own quota.
    """
    await together(
        *(patiently(context, look, limit=5 * MINUTE) for look in _looks(context, cloud_of(context)))
    )


def _looks(context: StepContext, cloud: Cloud) -> list[Callable[[], Awaitable[object]]]:
    spec, names = context.spec, context.names

    async def usable() -> None:
        project = await cloud.projects.get(spec.project)
        _require(spec.project, project.active, await cloud.projects.billing_enabled(spec.project))

    return [
        usable,
        lambda: cloud.services.missing(spec.project, ()),
        lambda: cloud.compute.address(spec.project, names.address),
        lambda: cloud.clusters.get(spec.project, spec.zone, names.cluster),
        lambda: cloud.accounts.get(spec.project, names.account_email(names.node_account)),
        lambda: cloud.names.is_there(names.host),
    ]


def _in_short(services: Sequence[str]) -> str:
    return ", ".join(name.partition(".")[0] for name in services)
