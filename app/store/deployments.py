"""Deployments: asked for, listed, tried again, given an endpoint, cancelled, deleted."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import Plan
from app.domain.spec import DeploymentSecrets, DeploymentSpec, Login
from app.domain.status import DeploymentState, EventKind, RunKind
from app.errors import InvalidInput, Message, NotFound
from app.store import events, runs, steps
from app.store.database import Database
from app.store.tables import Deployment, Secret, User, new_id, now
from app.text import N_

_STOPPED = (DeploymentState.FAILED, DeploymentState.PARKED, DeploymentState.CANCELLED)
_BEING_MADE = (DeploymentState.QUEUED, DeploymentState.DEPLOYING)
_THERE = (*_BEING_MADE, *_STOPPED, DeploymentState.READY, DeploymentState.CANCELLING)


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
            return await _insert(tx, owner, spec, secrets, plan, idempotency_key)
    except IntegrityError:
        return await _existing_or_refused(database, owner, spec, idempotency_key)


async def asked_for(
    database: Database, owner: User, spec: DeploymentSpec, idempotency_key: str
) -> Deployment | None:
    """What was made of this very form already; raises `InvalidInput` for a name that is in use."""
    async with database.read() as session:
        if existing := await _with_key(session, owner, idempotency_key):
            return existing
        in_use = await session.scalar(
            select(Deployment.id).where(
                Deployment.project == spec.project,
                Deployment.name == spec.name,
                Deployment.state != DeploymentState.DELETED,
            )
        )
    if in_use:
        raise _in_use(spec)
    return None


async def try_again(tx: AsyncSession, deployment_id: str, text: str) -> bool:
    """Order another run of what has stopped, with an event that says so.

    What stopped while it was being deleted goes on being deleted. False if it has not stopped:
    whoever asks twice, or too late, changes nothing.
    """
    deleting = await runs.latest_kind(tx, deployment_id) == RunKind.TEARDOWN
    state = DeploymentState.DELETING if deleting else DeploymentState.QUEUED
    if not await set_state(tx, deployment_id, state, only_from=_STOPPED):
        return False
    kind = RunKind.TEARDOWN if deleting else RunKind.RETRY
    run = await runs.request(tx, deployment_id, kind)
    await events.record(tx, deployment_id, f"{run.id}:requested", EventKind.NOTE, text)
    return True


async def add_endpoint(
    tx: AsyncSession,
    deployment_id: str,
    spec: DeploymentSpec,
    secrets: DeploymentSecrets,
    plan: Plan,
) -> bool:
    """Order an endpoint for what is ready without one; `spec` is the deployment's with a login.

    False if it is not ready, or has an endpoint: whoever asks twice, or too late, changes nothing.
    """
    found = await tx.get(Deployment, deployment_id, with_for_update=True, populate_existing=True)
    if found is None or found.state != DeploymentState.READY or found.spec.login != Login.LATER:
        return False
    found.spec_json = spec.model_dump(mode="json")
    await tx.flush()
    await set_state(tx, deployment_id, DeploymentState.QUEUED)
    for name, value in secrets.named().items():
        await steps.keep_secret(tx, deployment_id, name, value)
    await steps.add(tx, deployment_id, plan)
    await steps.reset(tx, deployment_id, plan.names)
    run = await runs.request(tx, deployment_id, RunKind.ENDPOINT)
    text = N_("An endpoint was asked for, to which people sign in with a password.")
    if spec.login == Login.IAP:
        text = N_("An endpoint was asked for, behind Identity-Aware Proxy.")
    await events.record(tx, deployment_id, f"{run.id}:requested", EventKind.NOTE, text)
    return True


async def cancel(tx: AsyncSession, deployment_id: str) -> bool:
    """Stop making what is being made; what is there by now stays. False if nothing is."""
    state = DeploymentState.CANCELLING
    if not await set_state(tx, deployment_id, state, only_from=_BEING_MADE):
        return False
    moment = now().isoformat()
    text = N_("You cancelled the work: it is being stopped.")
    if not await runs.stop(tx, deployment_id):
        await set_state(tx, deployment_id, DeploymentState.CANCELLED)
        text = N_("You cancelled the work before it began.")
    await events.record(tx, deployment_id, f"cancelled:{moment}", EventKind.NOTE, text)
    return True


async def delete(tx: AsyncSession, deployment_id: str, removals: Plan) -> bool:
    """Order everything of the deployment's to be removed, once what is under way has stopped.

    False if that was ordered before and has not failed.
    """
    if not await set_state(tx, deployment_id, DeploymentState.DELETING, only_from=_THERE):
        return False
    await runs.stop(tx, deployment_id)
    await steps.add(tx, deployment_id, removals)
    run = await runs.request(tx, deployment_id, RunKind.TEARDOWN)
    text = N_("You asked for the deletion of everything that was made.")
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
    tx: AsyncSession,
    deployment_id: str,
    state: DeploymentState,
    *,
    url: str | None = None,
    only_from: Sequence[DeploymentState] = tuple(DeploymentState),
) -> bool:
    """Move the deployment to `state`, if it is in one of `only_from`; a final state is dated."""
    values: dict[str, object] = {
        "state": state,
        "finished_at": now() if state.is_final else None,
    }
    if url is not None:
        values["url"] = url
    moved = await tx.scalar(
        update(Deployment)
        .where(Deployment.id == deployment_id, Deployment.state.in_(only_from))
        .values(values)
        .returning(Deployment.id)
        .execution_options(synchronize_session=False)
    )
    return moved is not None


async def any_left(session: AsyncSession, owner_id: str) -> bool:
    """Whether the owner has a deployment that is not gone yet, for which their grant is needed."""
    found = await session.scalar(
        select(Deployment.id)
        .where(Deployment.owner_id == owner_id, Deployment.state != DeploymentState.DELETED)
        .limit(1)
    )
    return found is not None


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
    await steps.begin(tx, deployment.id, plan)
    if named := secrets.named():
        await tx.execute(
            insert(Secret),
            [
                {"deployment_id": deployment.id, "name": name, "value": value}
                for name, value in named.items()
            ],
        )
    run = await runs.request(tx, deployment.id, RunKind.PROVISION)
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
    raise _in_use(spec)


def _in_use(spec: DeploymentSpec) -> InvalidInput:
    text = Message(
        "“%(name)s” is in use in this project: choose another name, "
        "or delete that deployment first.",
        name=spec.name,
    )
    return InvalidInput({"name": text})
