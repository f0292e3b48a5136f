"""All checks at the same time, and what becomes of one that could not be made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.errors import Message, Permanent, StepError, Transient
from app.google.facts import Facts, ServiceOff
from app.report import about_login, about_names, about_place, about_project, about_quotas
from app.report.asked import Asked
from app.report.lines import Line, Report, State
from app.text import N_

_Make = Callable[[Facts, Asked], Awaitable[list[Line]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check; it is left out while a field that it `uses` is not filled in."""

    id: str
    title: Message
    make: _Make
    uses: frozenset[str] = frozenset()


def _check(id_: str, title: Message, make: _Make, *uses: str) -> Check:
    return Check(id_, title, make, frozenset(uses))


_SIZE = ("machine_type", "nodes", "disk_gb", "gpu_type", "gpus")
CHECKS = (
    _check("project", about_project.PROJECT, about_project.project),
    _check("billing", about_project.BILLING, about_project.billing),
    _check("permissions", Message("Permissions"), about_project.permissions),
    _check("services", about_project.SERVICES, about_project.services),
    _check("zone", about_place.ZONE, about_place.zone, "zone"),
    _check("machine-type", about_place.MACHINE, about_place.machine_type, "zone", "machine_type"),
    _check("gpu", about_place.GPU, about_place.gpu, "zone", "gpu_type", "gpus"),
    _check("kubernetes", about_place.KUBERNETES, about_place.kubernetes, "zone", "version"),
    _check("network", about_place.NETWORK, about_place.network),
    _check("quota/region", Message("Quotas"), about_quotas.in_region, "zone", *_SIZE),
    _check("quota/project", Message("Quotas of all regions"), about_quotas.in_project, *_SIZE),
    _check("name/cluster", about_names.CLUSTER, about_names.cluster, "name", "zone"),
    _check("name/address", about_names.ADDRESS, about_names.address, "name"),
    _check("name/accounts", about_names.ACCOUNTS, about_names.accounts, "name"),
    _check("name/host", about_names.HOST, about_names.host, "name"),
    _check("name/traces", about_names.TRACES, about_names.traces, "name"),
    _check(
        "oauth-client", about_login.CLIENT, about_login.oauth_client, "login", "oauth_client_id"
    ),
)


_OF_A_NEW_CLUSTER = {"machine-type", "gpu", "kubernetes"}


async def report(facts: Facts, asked: Asked) -> Report:
    """Make every check that can be made; raises `SignInAgain` and nothing else of Google's."""
    try:
        await facts.ready()
    except StepError as error:
        return nothing_answered(error)
    checks = [check for check in CHECKS if not check.uses & asked.unclear]
    if asked.spec.endpoint_added:
        checks = [check for check in checks if check.id not in _OF_A_NEW_CLUSTER]
    found = await asyncio.gather(*(_made(check, facts, asked) for check in checks))
    lines = [line for some in found for line in some]
    return Report(_only_the_project(lines) or lines)


def nothing_answered(error: StepError) -> Report:
    """The report where Google could not be asked at all."""
    return Report([_unanswered("google", Message("Google"), error)])


async def one_by_one(facts: Facts, asked: Asked) -> Report:
    """The same checks one after another: what the report's speed is measured against."""
    await facts.ready()
    lines: list[Line] = []
    for check in CHECKS:
        lines += await _made(check, facts, asked)
    return Report(lines)


async def _made(check: Check, facts: Facts, asked: Asked) -> list[Line]:
    try:
        return await check.make(facts, asked)
    except ServiceOff as off:
        return [_later(check, off)]
    except Transient as error:
        return [_unanswered(check.id, check.title, error)]
    except Permanent as error:
        return [_refused(check, error)]


def _only_the_project(lines: list[Line]) -> list[Line]:
    """A project that cannot be seen makes every other question pointless."""
    return [
        line
        for line in lines
        if line.check == "project" and line.state == State.BLOCKING and not line.unanswered
    ]


def _later(check: Check, off: ServiceOff) -> Line:
    text = Message("Will be checked after %(service)s is enabled.", service=off.service)
    return Line(check.id, check.title, State.WARNING, text, said=str(off), waits_for=off.service)


def _unanswered(check: str, title: Message, error: StepError) -> Line:
    text = Message("Google could not be asked.")
    hint = Message("Try again in a moment.")
    return Line(check, title, State.BLOCKING, text, said=error.cause, hint=hint, unanswered=True)


def _refused(check: Check, error: Permanent) -> Line:
    """What may not be looked at may be all right: the permissions say what is missing."""
    text = Message("Could not be checked.")
    hint = Message(error.hint or N_("Go on if you know it to be so; else ask an administrator."))
    return Line(check.id, check.title, State.WARNING, text, said=error.cause, hint=hint)
