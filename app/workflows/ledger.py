"""What a run writes down: each change of state together with the event that tells of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import Plan, StepName
from app.domain.status import DeploymentState, EventKind, Level, RunState, StepState
from app.errors import PortalError, StepError
from app.settings import Settings
from app.store import deployments, events, runs, steps
from app.store.database import Database
from app.text import N_


class Stopped(PortalError):
    """The owner wants the run to end."""


class Ledger(ABC):
    """One run's pen; every method is one short transaction."""

    def __init__(
        self, settings: Settings, database: Database, run_id: str, deployment_id: str
    ) -> None:
        self._settings = settings
        self._database = database
        self._run_id = run_id
        self._id = deployment_id

    @abstractmethod
    async def begin(self) -> list[str]:
        """The run has begun; returns the steps that are left to do, in plan order."""

    @abstractmethod
    async def park(self, step: StepName) -> None:
        """Without its owner's grant nothing can go on; signing in again asks for another run."""

    @abstractmethod
    async def finish(self, all_done: bool) -> None:
        """Close the run, and say how it ended."""

    async def step_started(self, step: StepName) -> bool:
        """False if there is nothing left to do; raises `Stopped` if the run is to end.

        What was written down just before a crash comes here again: it is not done twice, and
        never after the run is over, when something else may be at work on the deployment.
        """
        async with self._database.write() as tx:
            run, state = await self._standing(tx, step)
            if run not in runs.UNDER_WAY or state.is_final:
                return False
            if run == RunState.STOPPING:
                raise Stopped
            await self._move(tx, step, StepState.RUNNING, EventKind.STARTED, N_("Started."))
        return True

    async def step_done(self, step: StepName) -> None:
        async with self._database.write() as tx:
            done = StepState.DONE
            await self._move(tx, step, done, EventKind.DONE, N_("Done."), {"fraction": 1.0})

    async def step_skipped(self, step: StepName) -> None:
        async with self._database.write() as tx:
            run, state = await self._standing(tx, step)
            if run not in runs.UNDER_WAY or state.is_final:
                return
            text = N_("Not begun, since something it needs has failed.")
            if run == RunState.STOPPING:
                text = N_("Not begun: the work was stopped.")
            await self._move(tx, step, StepState.SKIPPED, EventKind.NOTE, text)

    async def step_stopped(self, step: StepName) -> None:
        """The owner wanted the run to end while the step was at work, or about to begin."""
        async with self._database.write() as tx:
            state, text = StepState.CANCELLED, N_("Stopped.")
            if (await self._standing(tx, step))[1] == StepState.WAITING:
                state, text = StepState.SKIPPED, N_("Not begun: the work was stopped.")
            await self._move(tx, step, state, EventKind.NOTE, text)

    async def step_failed(self, step: StepName, error: StepError) -> None:
        """The cloud's own words and what to do about them go where the user looks."""
        columns = {"cause": error.cause, "hint": error.hint, "link": error.link}
        text, values = N_("Failed: %(cause)s"), {"cause": error.cause}
        async with self._database.write() as tx:
            failed = StepState.FAILED
            await self._move(tx, step, failed, EventKind.FAILED, text, columns, values)

    async def _standing(self, tx: AsyncSession, step: StepName) -> tuple[RunState, StepState]:
        """How the run and the step stand by now."""
        return await steps.standing(tx, self._run_id, step)

    async def _begin(self, tx: AsyncSession, plan: Plan) -> list[StepName]:
        """The steps that are left to do, as if never begun; none if the run is to end already."""
        states = await steps.states(tx, self._id)
        left = [name for name in plan.names if states[name] != StepState.DONE]
        if await runs.begin(tx, self._run_id):
            await steps.reset(tx, self._id, left)
            return left
        for name in left:
            if not states[name].is_final:
                await steps.set_state(tx, self._id, name, StepState.SKIPPED)
        return []

    async def _park(self, step: StepName, only_from: Sequence[DeploymentState]) -> None:
        cause = N_("Google no longer accepts your sign-in: it has expired or was withdrawn.")
        hint = N_("Sign in again, and the work goes on from here.")
        columns = {"cause": cause, "hint": hint}
        async with self._database.write() as tx:
            parked = DeploymentState.PARKED
            await deployments.set_state(tx, self._id, parked, only_from=only_from)
            await self._move(tx, step, StepState.FAILED, EventKind.FAILED, cause, columns)

    async def _move(
        self,
        tx: AsyncSession,
        step: StepName,
        state: StepState,
        kind: EventKind,
        text: str,
        columns: dict[str, Any] | None = None,
        values: dict[str, Any] | None = None,
    ) -> None:
        level = Level.ERROR if kind == EventKind.FAILED else Level.INFO
        await steps.set_state(tx, self._id, step, state, **(columns or {}))
        await self._tell(tx, f"{step}:{state}", kind, text, step, level, values)

    async def _tell(
        self,
        tx: AsyncSession,
        key: str,
        kind: EventKind,
        text: str,
        step: StepName | None = None,
        level: Level = Level.INFO,
        values: dict[str, Any] | None = None,
    ) -> None:
        key = f"{self._run_id}:{key}"
        await events.record(tx, self._id, key, kind, text, step=step, level=level, values=values)
