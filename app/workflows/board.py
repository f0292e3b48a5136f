"""How far each step of a deployment is, as the steps of a run see one another."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from app.domain.plan import StepName
from app.domain.status import StepState
from app.store import steps
from app.store.database import Database

LOOK_AGAIN = 2.0  # seconds; in case a change was made by another process


class Board:
    """The steps' states: always true to the database, and quick to say that one has changed.

    The signal is in this process, so a step goes on the moment its need is done. The record is
    in the database, because a finished step does not run again, and signals nothing, after a
    crash.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed: dict[str, asyncio.Event] = {}

    def announce(self, deployment_id: str) -> None:
        """A step's new state has been committed: wake those who wait for it."""
        self._changed.pop(deployment_id, asyncio.Event()).set()

    async def wait_until_done(self, deployment_id: str, needs: Iterable[StepName]) -> bool:
        """Wait for `needs`: True when all are done, False as soon as one of them never will be."""
        wanted = set(needs)
        while wanted:
            changed = self._changed.setdefault(deployment_id, asyncio.Event())
            states = await self._states(deployment_id)
            ended = {name for name in wanted if states[name].is_final}
            if any(states[name] != StepState.DONE for name in ended):
                return False
            wanted -= ended
            if wanted:
                await _wait(changed)
        return True

    async def wait_until_final(self, deployment_id: str, names: Iterable[StepName]) -> bool:
        """Wait until none of the steps will change any more; True when every one is done."""
        wanted = set(names)
        while True:
            changed = self._changed.setdefault(deployment_id, asyncio.Event())
            found = await self._states(deployment_id)
            states = {found[name] for name in wanted}
            if all(state.is_final for state in states):
                return states == {StepState.DONE}
            await _wait(changed)

    async def _states(self, deployment_id: str) -> dict[StepName, StepState]:
        async with self._database.read() as session:
            return await steps.states(session, deployment_id)


async def _wait(changed: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_AGAIN):
            await changed.wait()
