"""Runs: asked for by a page, claimed by one worker, begun, stopped, ended."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.status import RunKind, RunState
from app.store.tables import Run, new_id, now

UNDER_WAY = (RunState.CLAIMED, RunState.RUNNING, RunState.STOPPING)


async def request(tx: AsyncSession, deployment_id: str, kind: RunKind) -> Run:
    """The order to start a run; a worker claims it."""
    run = Run(id=new_id(), deployment_id=deployment_id, kind=kind, requested_at=now())
    tx.add(run)
    await tx.flush()
    return run


async def unfinished(session: AsyncSession) -> Sequence[Run]:
    """Runs that have not ended, whoever's they are, oldest first."""
    found = await session.scalars(
        select(Run).where(Run.ended_at.is_(None)).order_by(Run.requested_at, Run.id)
    )
    return found.all()


async def claim(tx: AsyncSession, executor_id: str, limit: int) -> Sequence[str]:
    """Take up to `limit` orders for one executor, oldest first; returns the runs' ids.

    Each order is taken by one executor only, whoever else asks at the same moment: the state is
    looked at again when the row is written. A deployment's next run waits for the one before.
    """
    wanted = aliased(Run)
    oldest = (
        select(wanted.id)
        .where(wanted.state == RunState.REQUESTED, ~_behind_another(wanted))
        .order_by(wanted.requested_at, wanted.id)
        .limit(limit)
    )
    found = await tx.scalars(
        update(Run)
        .where(Run.id.in_(oldest), Run.state == RunState.REQUESTED)
        .values(state=RunState.CLAIMED, executor_id=executor_id)
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return found.all()


async def hand_over(tx: AsyncSession, executor_id: str, to: str) -> Sequence[str]:
    """What one executor had claimed and not ended is another's; returns the runs' ids."""
    found = await tx.scalars(
        update(Run)
        .where(Run.executor_id == executor_id, Run.ended_at.is_(None))
        .values(executor_id=to)
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return found.all()


async def begin(tx: AsyncSession, run_id: str) -> bool:
    """The run goes on from here; False if its owner no longer wants it to."""
    begun = await tx.scalar(
        update(Run)
        .where(Run.id == run_id, Run.state != RunState.STOPPING)
        .values(state=RunState.RUNNING, started_at=func.coalesce(Run.started_at, now()))
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return begun is not None


async def stop(tx: AsyncSession, deployment_id: str) -> bool:
    """End whatever the deployment has asked for; False if nothing was under way.

    What no worker has claimed is cancelled at once; what is under way is to be stopped by its
    worker, and ends in its own time.
    """
    of_deployment = Run.deployment_id == deployment_id
    await tx.execute(
        update(Run)
        .where(of_deployment, Run.state == RunState.REQUESTED)
        .values(state=RunState.CANCELLED, ended_at=now())
    )
    stopped = await tx.scalars(
        update(Run)
        .where(of_deployment, Run.state.in_(UNDER_WAY))
        .values(state=RunState.STOPPING)
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return bool(stopped.all())


async def state_of(session: AsyncSession, run_id: str) -> RunState:
    """How the run stands."""
    return (await session.execute(select(Run.state).where(Run.id == run_id))).scalar_one()


async def is_requested(session: AsyncSession, deployment_id: str) -> bool:
    """Whether another run of the deployment's has been asked for."""
    found = await session.scalar(
        select(Run.id).where(Run.deployment_id == deployment_id, Run.state == RunState.REQUESTED)
    )
    return found is not None


async def end(tx: AsyncSession, run_id: str, state: RunState) -> bool:
    """Close the run in a final state; False if it was closed before."""
    ended = await tx.scalar(
        update(Run)
        .where(Run.id == run_id, Run.ended_at.is_(None))
        .values(state=state, ended_at=now())
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return ended is not None


async def latest_kind(session: AsyncSession, deployment_id: str) -> RunKind | None:
    """What was asked for last."""
    kind: RunKind | None = await session.scalar(
        select(Run.kind)
        .where(Run.deployment_id == deployment_id)
        .order_by(Run.requested_at.desc())
        .limit(1)
    )
    return kind


def _behind_another(run: type[Run]) -> ColumnElement[bool]:
    """Whether a run of the same deployment's comes first."""
    other = aliased(Run)
    earlier = or_(
        other.requested_at < run.requested_at,
        and_(other.requested_at == run.requested_at, other.id < run.id),
    )
    first = or_(other.state.in_(UNDER_WAY), and_(other.state == RunState.REQUESTED, earlier))
    return exists().where(other.deployment_id == run.deployment_id, first)
