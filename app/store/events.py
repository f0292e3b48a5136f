"""A deployment's story: numbered 1, 2, 3... in the order of the commits."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import StepName
from app.domain.status import EventKind, Level
from app.store.tables import Deployment, Event, now

# Built once, and given to the connection: every transaction records an event, and building these
# anew and sending them through the session takes twice the time in which nobody else can write.
_SAID = exists().where(
    Event.deployment_id == bindparam("deployment"), Event.key == bindparam("said")
)
_NEXT = (
    update(Deployment)
    .where(Deployment.id == bindparam("deployment"), ~_SAID)
    .values(last_seq=Deployment.last_seq + 1)
    .returning(Deployment.last_seq)
)
_ADD = insert(Event)


async def record(
    tx: AsyncSession,
    deployment_id: str,
    key: str,
    kind: EventKind,
    text: str,
    *,
    step: StepName | None = None,
    level: Level = Level.INFO,
    values: Mapping[str, Any] | None = None,
) -> int | None:
    """Add an event in the transaction that makes it true; returns its number.

    A `key` that this deployment has used before adds nothing and returns None: that is how a
    step which runs again after a crash says nothing twice. The update of the counter holds the
    deployment's row until the commit, so numbers follow the order of commits on both databases.
    """
    connection = await tx.connection()
    seq = await connection.scalar(_NEXT, {"deployment": deployment_id, "said": key})
    if seq is None:
        return None
    event = {
        "deployment_id": deployment_id,
        "seq": seq,
        "key": key,
        "at": now(),
        "step": step,
        "kind": kind,
        "level": level,
        "text": text,
        "values": dict(values or {}),
    }
    await connection.execute(_ADD, event)
    return int(seq)


async def after(
    session: AsyncSession, deployment_id: str, seq: int, limit: int = 1000
) -> Sequence[Event]:
    """The events that follow number `seq`, oldest first."""
    found = await session.scalars(
        select(Event)
        .where(Event.deployment_id == deployment_id, Event.seq > seq)
        .order_by(Event.seq)
        .limit(limit)
    )
    return found.all()
