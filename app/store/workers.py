"""Workers that carry out runs, and whether they are alive: each has a row, and keeps it moving."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables import Worker

NOBODY = ""  # the instance of a worker whose runs are being taken over


async def register(tx: AsyncSession, executor_id: str, instance: str) -> bool:
    """Go by this executor's name from now on; returns whether its runs are being taken over."""
    known = await tx.get(Worker, executor_id, with_for_update=True)
    if known is None:
        tx.add(Worker(executor_id=executor_id, instance=instance))
        return False
    taken, known.instance = known.instance == NOBODY, instance
    return taken


async def beat(tx: AsyncSession, executor_id: str, instance: str) -> bool:
    """Say that this instance is alive; False if the name, or what it had to do, is another's."""
    found = await tx.scalar(
        update(Worker)
        .where(Worker.executor_id == executor_id, Worker.instance == instance)
        .values(beats=Worker.beats + 1)
        .returning(Worker.executor_id)
        .execution_options(synchronize_session=False)
    )
    return found is not None


async def others(session: AsyncSession, executor_id: str) -> Sequence[Worker]:
    """All workers but this one, the dead that nobody has taken over from among them."""
    found = await session.scalars(select(Worker).where(Worker.executor_id != executor_id))
    return found.all()


async def declare_dead(tx: AsyncSession, worker: Worker) -> bool:
    """Take the worker's name from it; False if it has moved since it was read."""
    found = await tx.scalar(
        update(Worker)
        .where(
            Worker.executor_id == worker.executor_id,
            Worker.instance == worker.instance,
            Worker.beats == worker.beats,
        )
        .values(instance=NOBODY)
        .returning(Worker.executor_id)
        .execution_options(synchronize_session=False)
    )
    return found is not None


async def forget(tx: AsyncSession, executor_id: str) -> None:
    """The dead worker's runs have been taken over, unless another goes by its name by now."""
    await tx.execute(
        delete(Worker).where(Worker.executor_id == executor_id, Worker.instance == NOBODY)
    )
