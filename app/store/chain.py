"""The endpoint chain of a deployment: each link as it was last seen."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete as delete_from
from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.chain import Finding, LinkName, LinkState
from app.domain.plan import StepName
from app.domain.status import DeploymentState, EventKind, Level, RunState
from app.store import events
from app.store.tables import Deployment, Link, Run, now
from app.text import N_


async def of_deployment(session: AsyncSession, deployment_id: str) -> Sequence[Link]:
    """The links that were ever looked at, in no order."""
    found = await session.scalars(select(Link).where(Link.deployment_id == deployment_id))
    return found.all()


async def put(
    tx: AsyncSession,
    deployment_id: str,
    name: LinkName,
    finding: Finding,
    step: StepName | None = None,
) -> bool:
    """Write down what a look has found; whether that was news, which is told by an event.

    That a link still rests on others, if on fewer, is seen on the page and no line of the log.

    Whether it is news is decided on the locked row, so two who look at once tell it once.
    """
    before = await tx.get(Link, (deployment_id, name), with_for_update=True)
    seen_at = now()
    if before is not None and _same(before, finding):
        before.checked_at = seen_at
        return False
    told = not _only_rests(before, finding)  # looked at now: merging changes what was before
    lasts = before is not None and (before.state == LinkState.FINE) == finding.fine
    await tx.merge(
        Link(
            deployment_id=deployment_id,
            name=name,
            state=finding.state,
            evidence=finding.evidence,
            values=dict(finding.values),
            hint=finding.hint,
            since=before.since if before is not None and lasts else seen_at,
            checked_at=seen_at,
        )
    )
    if told:
        await _tell(tx, deployment_id, name, finding, step, seen_at)
    return True


async def forget(tx: AsyncSession, deployment_id: str) -> None:
    """The endpoint is gone, and its links with it."""
    await tx.execute(delete_from(Link).where(Link.deployment_id == deployment_id))


async def not_seen_since(
    session: AsyncSession, moment: datetime, limit: int, leaving_out: Collection[str] = ()
) -> Sequence[str]:
    """Deployments that are ready, with an endpoint that nobody has looked at since `moment`.

    Those with a run under way are left out: its steps look.
    """
    latest = (
        select(func.max(Link.checked_at))
        .where(Link.deployment_id == Deployment.id)
        .scalar_subquery()
    )
    over = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)
    busy = exists().where(Run.deployment_id == Deployment.id, Run.state.not_in(over))
    found = await session.scalars(
        select(Deployment.id)
        .where(
            Deployment.state == DeploymentState.READY,
            Deployment.url != "",
            or_(latest.is_(None), latest < moment),
            ~busy,
            Deployment.id.not_in(leaving_out),
        )
        .order_by(latest)
        .limit(limit)
    )
    return found.all()


def _same(link: Link, finding: Finding) -> bool:
    return (link.state, link.evidence, link.values, link.hint) == (
        finding.state,
        finding.evidence,
        dict(finding.values),
        finding.hint,
    )


def _only_rests(before: Link | None, finding: Finding) -> bool:
    return finding.rests and (before is None or before.state == finding.state)


async def _tell(
    tx: AsyncSession,
    deployment_id: str,
    name: LinkName,
    finding: Finding,
    step: StepName | None,
    at: datetime,
) -> None:
    """The event has the evidence filled in, and its template for other languages."""
    said = finding.evidence % finding.values if finding.values else finding.evidence
    values = {**finding.values, "link": name, "evidence": said, "template": finding.evidence}
    await events.record(
        tx,
        deployment_id,
        f"link:{name}:{at.isoformat()}",
        EventKind.LINK,
        N_("%(link)s: %(evidence)s"),
        step=step,
        level=Level.WARNING if finding.state == LinkState.FAILING else Level.INFO,
        values=values,
    )
