"""Checks of the quotas in region and project against what is asked for."""

from collections.abc import Mapping

from app.errors import Message
from app.google import links
from app.google.facts import Facts
from app.google.readings import Quota
from app.report import quotas
from app.report.asked import Asked
from app.report.lines import Line, State, passed
from app.report.quotas import Need


async def in_region(facts: Facts, asked: Asked) -> list[Line]:
    """What is counted in the zone's region."""
    if await _is_made(facts, asked):
        return []
    known = await facts.region_quotas(asked.region)
    needs = quotas.in_region(asked.spec, known)
    return _lines(asked, asked.region, needs, known)


async def in_project(facts: Facts, asked: Asked) -> list[Line]:
    """What is counted over all regions."""
    if await _is_made(facts, asked):
        return []
    known = await facts.project_quotas()
    return _lines(asked, asked.project, quotas.in_project(asked.spec), known)


async def _is_made(facts: Facts, asked: Asked) -> bool:
    """Whether the cluster is there already: what it takes is in the quotas' usage."""
    if not asked.ours:
        return False
    found = await facts.cluster(asked.spec.zone, asked.names.cluster)
    return found is not None and asked.made(found)


def _lines(asked: Asked, place: str, needs: list[Need], known: Mapping[str, Quota]) -> list[Line]:
    """A line for each need that the place has a quota for; what it does not count has no limit."""
    return [_line(asked, place, need, known[need.metric]) for need in needs if need.metric in known]


def _line(asked: Asked, place: str, need: Need, quota: Quota) -> Line:
    check = f"quota/{need.metric}"
    title = Message("Quota %(metric)s", metric=need.metric)
    text = Message(
        "%(need)s needed, %(free)s of %(limit)s free in %(place)s.",
        need=f"{need.amount:g}",
        free=f"{quota.free:g}",
        limit=f"{quota.limit:g}",
        place=place,
    )
    if need.amount + need.extra <= quota.free:
        return passed(check, title, text)
    link = links.quotas(asked.project)
    if need.amount <= quota.free:
        hint = Message("Enough to begin with; the cluster could not grow as far as it may.")
        return Line(check, title, State.WARNING, text, hint=hint, link=link)
    hint = Message("Ask for more on the Quotas page, or choose a smaller size or another region.")
    return Line(check, title, State.BLOCKING, text, hint=hint, link=link)
