"""Deployments and their runs."""

from collections.abc import Sequence

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.plan import Plan
from app.domain.spec import DeploymentSecrets, DeploymentSpec
from app.domain.status import DeploymentState, EventKind, RunKind, RunState
from app.errors import InvalidInput, Message, NotFound
from app.store import events
from app.store.database import Database
from app.store.tables import Deployment, Run, Secret, Step, User, new_id, now
from app.text import N_


async def create(
    database: Database,
    owner: User,
    spec: DeploymentSpec,
    secrets: DeploymentSecrets,
    plan: Plan,
    idempotency_key: str,
) -> Deployment:
    """Write down a deployment and the order to carry out its plan, in one transaction.

    The same key of the same owner gives the deployment that is there. Raises `InvalidInput`
    for a name that is in use in the project.
    """
    try:
        async with database.write() as tx:
            if existing := await _with_key(tx, owner, idempotency_key):
                return existing
            return await _insert(tx, owner, spec, secrets, plan, idempotency_key)
    except IntegrityError:
        return await _existing_or_refused(database, owner, spec, idempotency_key)


async def request_run(tx: AsyncSession, deployment_id: str, kind: RunKind) -> Run:
    """The order to start a run; a worker takes it up."""
    run = Run(id=new_id(), deployment_id=deployment_id, kind=kind, requested_at=now())
    tx.add(run)
    await tx.flush()
    return run


async def requested_runs(session: AsyncSession, limit: int) -> Sequence[Run]:
    """Runs that nobody has started yet, oldest first; a deployment's runs never overlap."""
    other = aliased(Run)
    busy = exists().where(other.deployment_id == Run.deployment_id, other.state == RunState.RUNNING)
    found = await session.scalars(
        select(Run)
        .where(Run.state == RunState.REQUESTED, ~busy)
        .order_by(Run.requested_at)
        .limit(limit)
    )
    return found.all()


async def try_again(tx: AsyncSession, deployment_id: str, text: str) -> bool:
    """Order another run of what has failed or is parked, with an event that says so.

    False if it is in neither state: whoever asks twice, or too late, changes nothing.
    """
    stopped = (DeploymentState.FAILED, DeploymentState.PARKED)
    moved = await tx.scalar(
        update(Deployment)
        .where(Deployment.id == deployment_id, Deployment.state.in_(stopped))
        .values(state=DeploymentState.QUEUED, finished_at=None)
        .returning(Deployment.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        return False
    run = await request_run(tx, deployment_id, RunKind.RETRY)
    await events.record(tx, deployment_id, f"{run.id}:requested", EventKind.NOTE, text)
    return True


async def resume_parked(tx: AsyncSession, owner_id: str) -> None:
    """The owner has signed in again: whatever waited for it goes on."""
    parked = await tx.scalars(
        select(Deployment.id).where(
            Deployment.owner_id == owner_id, Deployment.state == DeploymentState.PARKED
        )
    )
    for deployment_id in parked.all():
        await try_again(tx, deployment_id, N_("You signed in again: the work goes on."))


async def get(session: AsyncSession, deployment_id: str) -> Deployment:
    """The deployment, whoever owns it; raises `NotFound`."""
    found = await session.get(Deployment, deployment_id)
    if found is None:
        raise NotFound("There is no such deployment.")
    return found


async def get_of_owner(session: AsyncSession, deployment_id: str, owner_id: str) -> Deployment:
    """The owner's deployment; another's is answered exactly like one that does not exist."""
    found = await get(session, deployment_id)
    if found.owner_id != owner_id:
        raise NotFound("There is no such deployment.")
    return found


async def list_of_owner(session: AsyncSession, owner_id: str) -> Sequence[Deployment]:
    """All of the owner's deployments, newest first."""
    found = await session.scalars(
        select(Deployment)
        .where(Deployment.owner_id == owner_id)
        .order_by(Deployment.created_at.desc(), Deployment.id)
    )
    return found.all()


async def counters(
    session: AsyncSession, deployment_ids: Sequence[str]
) -> dict[str, tuple[int, DeploymentState]]:
    """The number of the last event, and the state, of several deployments."""
    found = await session.execute(
        select(Deployment.id, Deployment.last_seq, Deployment.state).where(
            Deployment.id.in_(deployment_ids)
        )
    )
    return {deployment_id: (seq, state) for deployment_id, seq, state in found}


async def set_state(
    tx: AsyncSession, deployment_id: str, state: DeploymentState, *, url: str | None = None
) -> None:
    """Move the deployment to `state`; a final one is dated."""
    values: dict[str, object] = {
        "state": state,
        "finished_at": now() if state.is_final else None,
    }
    if url is not None:
        values["url"] = url
    await tx.execute(update(Deployment).where(Deployment.id == deployment_id).values(values))


async def set_run_state(tx: AsyncSession, run_id: str, state: RunState) -> None:
    """Move the run to `state` and date it."""
    moment = "started_at" if state == RunState.RUNNING else "ended_at"
    await tx.execute(
        update(Run)
        .where(Run.id == run_id, Run.state != state)
        .values({"state": state, moment: now()})
    )


async def _with_key(session: AsyncSession, owner: User, key: str) -> Deployment | None:
    found: Deployment | None = await session.scalar(
        select(Deployment).where(Deployment.owner_id == owner.id, Deployment.idempotency_key == key)
    )
    return found


async def _insert(
    tx: AsyncSession,
    owner: User,
    spec: DeploymentSpec,
    secrets: DeploymentSecrets,
    plan: Plan,
    idempotency_key: str,
) -> Deployment:
    deployment = Deployment(
        id=new_id(),
        owner_id=owner.id,
        project=spec.project,
        name=spec.name,
        spec_json=spec.model_dump(mode="json"),
        idempotency_key=idempotency_key,
        state=DeploymentState.QUEUED,
        last_seq=0,
        url="",
        created_at=now(),
    )
    tx.add(deployment)
    await tx.flush()
    await tx.execute(
        insert(Step),
        [
            {"deployment_id": deployment.id, "name": step.name, "ordinal": ordinal}
            for ordinal, step in enumerate(plan)
        ],
    )
    if named := secrets.named():
        await tx.execute(
            insert(Secret),
            [
                {"deployment_id": deployment.id, "name": name, "value": value}
                for name, value in named.items()
            ],
        )
    run = await request_run(tx, deployment.id, RunKind.PROVISION)
    await events.record(
        tx,
        deployment.id,
        f"{run.id}:requested",
        EventKind.NOTE,
        N_("Deployment of Kubeflow %(version)s asked for: %(nodes)s × %(machine)s in %(zone)s."),
        values={
            "version": spec.version,
            "nodes": spec.nodes,
            "machine": spec.machine_type,
            "zone": spec.zone,
        },
    )
    return deployment


async def _existing_or_refused(
    database: Database, owner: User, spec: DeploymentSpec, idempotency_key: str
) -> Deployment:
    """After a clash: the same form posted twice at once, or a name that is in use."""
    async with database.read() as session:
        if existing := await _with_key(session, owner, idempotency_key):
            return existing
    raise InvalidInput(
        {
            "name": Message(
                "“%(name)s” is in use in this project: choose another name, "
                "or delete that deployment first.",
                name=spec.name,
            )
        }
    )
