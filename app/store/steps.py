"""The state of a deployment's steps, its resources, operations and secrets."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.estimates import Progress
from app.domain.plan import Plan, StepName
from app.domain.status import DeploymentState, EventKind, RunState, StepState
from app.store.tables import Deployment, Event, Operation, Resource, Run, Secret, Step, now

HISTORY_RUNS = 100


async def add(tx: AsyncSession, deployment_id: str, plan: Plan) -> None:
    """Write down the steps of a plan, behind those that are there; again is no harm."""
    known = await states(tx, deployment_id)
    await _write_down(tx, deployment_id, plan, known)


async def begin(tx: AsyncSession, deployment_id: str, plan: Plan) -> None:
    """Write down the plan of a deployment that is new, and so has no steps yet."""
    await _write_down(tx, deployment_id, plan, {})


async def of_deployment(session: AsyncSession, deployment_id: str) -> Sequence[Step]:
    """The steps in plan order."""
    found = await session.scalars(
        select(Step).where(Step.deployment_id == deployment_id).order_by(Step.ordinal)
    )
    return found.all()


async def of_deployments(
    session: AsyncSession, deployment_ids: Sequence[str]
) -> dict[str, list[Step]]:
    """The steps of several deployments, each's in plan order."""
    found = await session.scalars(
        select(Step).where(Step.deployment_id.in_(deployment_ids)).order_by(Step.ordinal)
    )
    grouped: dict[str, list[Step]] = {deployment_id: [] for deployment_id in deployment_ids}
    for step in found:
        grouped[step.deployment_id].append(step)
    return grouped


async def states(session: AsyncSession, deployment_id: str) -> dict[StepName, StepState]:
    """Each step's state: the durable answer to "is what I need done?"."""
    found = await session.execute(
        select(Step.name, Step.state).where(Step.deployment_id == deployment_id)
    )
    return {row.name: row.state for row in found}


async def standing(
    session: AsyncSession, run_id: str, name: StepName
) -> tuple[RunState, StepState]:
    """How a run, and one of its deployment's steps, stand."""
    found = await session.execute(
        select(Run.state, Step.state)
        .join(Step, Step.deployment_id == Run.deployment_id)
        .where(Run.id == run_id, Step.name == name)
    )
    run, step = found.one()
    return run, step


async def ever_begun(session: AsyncSession, deployment_id: str) -> set[StepName]:
    """The steps that any run has begun: only these can have made anything."""
    found = await session.scalars(
        select(Event.step).where(
            Event.deployment_id == deployment_id, Event.kind == EventKind.STARTED
        )
    )
    return {name for name in found if name is not None}


def progress_of(steps: Sequence[Step]) -> dict[StepName, Progress]:
    """What `app.domain.estimates` needs to know of them."""
    return {step.name: Progress(step.state, step.started_at, step.ended_at) for step in steps}


async def set_state(
    tx: AsyncSession, deployment_id: str, name: StepName, state: StepState, **values: Any
) -> None:
    """Move a step to `state`; the first start is kept, a final state is dated."""
    moments: dict[str, Any] = {}
    if state == StepState.RUNNING:
        moments = {"started_at": func.coalesce(Step.started_at, now()), "ended_at": None}
    elif state.is_final:
        moments = {"ended_at": now()}
    await tx.execute(
        update(Step)
        .where(Step.deployment_id == deployment_id, Step.name == name)
        .values(state=state, **moments, **values)
        .execution_options(synchronize_session=False)
    )


async def reset(tx: AsyncSession, deployment_id: str, names: Sequence[StepName]) -> None:
    """Forget how an earlier run left these steps; another one begins them."""
    await tx.execute(
        update(Step)
        .where(Step.deployment_id == deployment_id, Step.name.in_(names))
        .values(
            state=StepState.WAITING,
            started_at=None,
            ended_at=None,
            fraction=0.0,
            detail="",
            detail_values={},
            cause="",
            hint="",
            link="",
        )
    )


async def set_progress(
    tx: AsyncSession,
    deployment_id: str,
    name: StepName,
    fraction: float,
    detail: str,
    values: Mapping[str, Any],
) -> None:
    """What a running step is doing; its fraction never goes back."""
    further = case((Step.fraction < fraction, fraction), else_=Step.fraction)
    await tx.execute(
        update(Step)
        .where(Step.deployment_id == deployment_id, Step.name == name)
        .values(detail=detail, detail_values=dict(values), fraction=further)
        .execution_options(synchronize_session=False)
    )


async def history(session: AsyncSession) -> dict[StepName, list[float]]:
    """Real seconds that each step took in the latest deployments that went well."""
    well = (DeploymentState.READY, DeploymentState.DELETED)
    latest = (
        select(Deployment.id)
        .where(Deployment.state.in_(well))
        .order_by(Deployment.finished_at.desc())
        .limit(HISTORY_RUNS)
    )
    found = await session.execute(
        select(Step.name, Step.started_at, Step.ended_at).where(
            Step.deployment_id.in_(latest), Step.state == StepState.DONE
        )
    )
    seconds: dict[StepName, list[float]] = {}
    for name, started_at, ended_at in found:
        if started_at and ended_at:
            seconds.setdefault(name, []).append((ended_at - started_at).total_seconds())
    return seconds


async def add_resource(
    tx: AsyncSession, deployment_id: str, kind: str, name: str, *, detail: str = "", link: str = ""
) -> None:
    """Write down that something exists; again is no harm, and it exists since the first time."""
    known = await tx.get(Resource, (deployment_id, kind, name))
    since = known.created_at if known is not None and known.gone_at is None else now()
    await tx.merge(
        Resource(
            deployment_id=deployment_id,
            kind=kind,
            name=name,
            detail=detail,
            link=link,
            created_at=since,
            gone_at=None,
            kept="",
        )
    )


async def remove_resource(
    tx: AsyncSession, deployment_id: str, kind: str, name: str, kept: str = ""
) -> bool:
    """Write down that something is gone, or why it is `kept`; False if it was not known of."""
    values = {"kept": kept} if kept else {"gone_at": now()}
    changed = await tx.scalar(
        update(Resource)
        .where(
            Resource.deployment_id == deployment_id,
            Resource.kind == kind,
            Resource.name == name,
            Resource.gone_at.is_(None),
            *((Resource.kept != kept,) if kept else ()),
        )
        .values(values)
        .returning(Resource.name)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


async def receipt(session: AsyncSession, deployment_id: str) -> Sequence[Resource]:
    """Everything that was ever made, gone or not, oldest first."""
    found = await session.scalars(
        select(Resource)
        .where(Resource.deployment_id == deployment_id)
        .order_by(Resource.created_at, Resource.kind, Resource.name)
    )
    return found.all()


async def resources(session: AsyncSession, deployment_id: str) -> Sequence[Resource]:
    """What exists by now, oldest first."""
    found = await session.scalars(
        select(Resource)
        .where(Resource.deployment_id == deployment_id, Resource.gone_at.is_(None))
        .order_by(Resource.created_at, Resource.kind)
    )
    return found.all()


async def operation(session: AsyncSession, deployment_id: str, key: str) -> Operation | None:
    """The long operation that was started under `key`, if one was."""
    return await session.get(Operation, (deployment_id, key))


async def save_operation(tx: AsyncSession, deployment_id: str, key: str, name: str) -> None:
    """Keep the cloud's name of an operation, before it is waited for."""
    await tx.merge(
        Operation(deployment_id=deployment_id, key=key, name=name, started_at=now(), ended_at=None)
    )


async def end_operation(tx: AsyncSession, deployment_id: str, key: str) -> None:
    """Note that the operation has ended, whatever its result."""
    await tx.execute(
        update(Operation)
        .where(Operation.deployment_id == deployment_id, Operation.key == key)
        .values(ended_at=now())
    )


async def secret(session: AsyncSession, deployment_id: str, name: str) -> str | None:
    """A secret of the deployment, decrypted."""
    found = await session.get(Secret, (deployment_id, name))
    return None if found is None else found.value


async def keep_secret(tx: AsyncSession, deployment_id: str, name: str, value: str) -> None:
    """Keep a secret, encrypted."""
    await tx.merge(Secret(deployment_id=deployment_id, name=name, value=value))


async def drop_secrets(tx: AsyncSession, deployment_id: str) -> None:
    """Forget the deployment's secrets: nothing is left that they open."""
    await tx.execute(delete(Secret).where(Secret.deployment_id == deployment_id))


async def _write_down(
    tx: AsyncSession, deployment_id: str, plan: Plan, known: Mapping[StepName, StepState]
) -> None:
    rows = [
        {"deployment_id": deployment_id, "name": name, "ordinal": len(known) + ordinal}
        for ordinal, name in enumerate(plan.names)
        if name not in known
    ]
    if rows:
        await (await tx.connection()).execute(insert(Step), rows)
