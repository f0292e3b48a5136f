"""Saying that this worker is alive, and taking over the runs of those that no longer are."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.settings import Settings
from app.store import runs, workers
from app.store.database import Database
from app.store.tables import Worker, new_id
from app.workflows.engine import Engine

EVERY = 5.0  # seconds between two beats
LEASE = 30.0  # seconds without a beat after which a worker is given up
SETTLED = 2.0  # seconds in which another worker has taken over what it was about to

log = structlog.get_logger()


@dataclass
class Heartbeat:
    """One worker's, on its executor's name. The newest worker of a name is the one that counts."""

    settings: Settings
    database: Database
    engine: Engine
    every: float = EVERY
    lease: float = LEASE
    _instance: str = field(default_factory=new_id)
    _seen: dict[str, tuple[tuple[str, int], float]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Go by the name; to be called before the engine resumes what was left under it."""
        async with self.database.write() as tx:
            being_taken = await workers.register(tx, self.settings.executor_id, self._instance)
        if being_taken:
            await asyncio.sleep(SETTLED)

    async def go_on(self) -> None:
        """Beat and look after the others; returns once this worker itself has been given up."""
        alive = True
        while alive:
            await asyncio.sleep(self.every)
            try:
                alive = await self.once()
            except SQLAlchemyError as error:
                log.warning("no heartbeat", cause=str(error))

    async def once(self) -> bool:
        """One beat, and a look at the others; False if this worker has been given up."""
        async with self.database.write() as tx:
            if not await workers.beat(tx, self.settings.executor_id, self._instance):
                return False
        async with self.database.read() as session:
            others = await workers.others(session, self.settings.executor_id)
        for other in self._dead(others):
            await self._take_over(other)
        return True

    def _dead(self, others: Sequence[Worker]) -> list[Worker]:
        """Those whose count has stood still, by this process's own clock, for a whole lease."""
        moment = time.monotonic()
        counts = {each.executor_id: (each.instance, each.beats) for each in others}
        before, self._seen = self._seen, {}
        for name, count in counts.items():
            seen = before.get(name)
            self._seen[name] = seen if seen is not None and seen[0] == count else (count, moment)
        return [each for each in others if self._is_dead(each, moment)]

    def _is_dead(self, other: Worker, moment: float) -> bool:
        return (
            other.instance == workers.NOBODY
            or moment - self._seen[other.executor_id][1] >= self.lease
        )

    async def _take_over(self, other: Worker) -> None:
        """Each part may be done again: whoever dies in the middle is followed by another."""
        async with self.database.write() as tx:
            if not await workers.declare_dead(tx, other):
                return
        await self.engine.take_over(other.executor_id)
        async with self.database.write() as tx:
            taken = await runs.hand_over(tx, other.executor_id, self.settings.executor_id)
            await workers.forget(tx, other.executor_id)
        log.warning("worker is gone", executor=other.executor_id, runs_taken_over=len(taken))
