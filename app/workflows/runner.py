"""Carrying out a plan: one durable workflow for the run, and one for each of its steps."""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import structlog

from app.domain.plan import Plan, PlannedStep, StepName
from app.domain.spec import DeploymentSpec
from app.domain.status import Level
from app.errors import Permanent, SignInAgain, StepError, Transient
from app.settings import Settings
from app.steps.assembling import context_for
from app.steps.context import StepContext, StepWork
from app.store import deployments
from app.store.database import Database
from app.text import N_
from app.workflows.board import Board
from app.workflows.engine import Engine
from app.workflows.ledger import Ledger, Stopped

MOST_TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds of the cloud's clock between tries

log = structlog.get_logger()


class Runner(ABC):
    """Registers the workflows of one kind of run with the engine, which must not be launched yet.

    A kind says which plan it carries out, and how its runs begin and end (its `Ledger`).
    """

    run_name: ClassVar[str]
    step_name: ClassVar[str]
    ledger: ClassVar[type[Ledger]]

    def __init__(
        self,
        settings: Settings,
        database: Database,
        engine: Engine,
        board: Board,
        works: Mapping[StepName, StepWork],
    ) -> None:
        self._settings = settings
        self._database = database
        self._engine = engine
        self._board = board
        self._works = works
        self._installing = asyncio.Semaphore(settings.installs_at_once)
        self._at_work: dict[str, set[asyncio.Task[None]]] = {}
        self._run = engine.workflow(self.run_name, self._run_workflow)
        self._step = engine.workflow(self.step_name, self._step_workflow)

    @abstractmethod
    def plan(self, spec: DeploymentSpec) -> Plan:
        """What runs of this kind carry out."""

    def work(self, planned: PlannedStep) -> StepWork:
        """What carries out a step of the plan."""
        return self._works[planned.name]

    async def start(self, run_id: str, deployment_id: str) -> None:
        """Begin the run, once however often it is asked for."""
        await self._engine.start(run_id, self._run, run_id, deployment_id)

    def stop(self, run_id: str) -> None:
        """Interrupt what the run is doing in this process; its store says that it is to end."""
        for task in self._at_work.pop(run_id, ()):
            task.cancel()

    async def _run_workflow(self, run_id: str, deployment_id: str) -> None:
        ledger = self._ledger(run_id, deployment_id)
        for name in await self._engine.recorded("begin", ledger.begin):
            step_id = f"{run_id}:{name}"
            await self._engine.start(step_id, self._step, run_id, deployment_id, name)
        await self._engine.recorded("finish", self._finish, run_id, deployment_id)

    async def _step_workflow(self, run_id: str, deployment_id: str, name: str) -> None:
        step = StepName(name)
        ready = await self._engine.recorded("needs", self._await_needs, deployment_id, step)
        work = self._work if ready else self._skip
        await self._engine.recorded("work", work, run_id, deployment_id, step)

    async def _finish(self, run_id: str, deployment_id: str) -> None:
        names = (await self._plan(deployment_id)).names
        all_done = await self._board.wait_until_final(deployment_id, names)
        await self._ledger(run_id, deployment_id).finish(all_done)

    async def _await_needs(self, deployment_id: str, step: StepName) -> bool:
        needs = (await self._plan(deployment_id))[step].needs
        return await self._board.wait_until_done(deployment_id, needs)

    async def _plan(self, deployment_id: str) -> Plan:
        async with self._database.read() as session:
            return self.plan((await deployments.get(session, deployment_id)).spec)

    async def _skip(self, run_id: str, deployment_id: str, step: StepName) -> None:
        await self._ledger(run_id, deployment_id).step_skipped(step)
        self._board.announce(deployment_id)

    async def _work(self, run_id: str, deployment_id: str, step: StepName) -> None:
        """Apply the step until it is done or cannot be; either way the store knows."""
        ledger = self._ledger(run_id, deployment_id)
        try:
            if await ledger.step_started(step):
                await self._apply(await self._context(run_id, deployment_id, step))
                await ledger.step_done(step)
        except Stopped:
            await ledger.step_stopped(step)
        except SignInAgain:
            await ledger.park(step)
        except StepError as error:
            await ledger.step_failed(step, error)
        except Exception as error:
            # A defect of ours: its trace belongs in the portal's log, its existence on the page.
            log.exception("step failed unexpectedly", deployment=deployment_id, step=step)
            await ledger.step_failed(step, _defect(error))
        self._board.announce(deployment_id)

    async def _apply(self, context: StepContext) -> None:
        """Apply the step, which `stop` may interrupt. Raises `Stopped`, or what the step does.

        Requests that are on their way to Google are waited for: what they make would otherwise
        appear behind the back of those who come to take it away.
        """
        work = self.work(self.plan(context.spec)[context.step])
        task = asyncio.create_task(_with_retries(context, work))
        at_work = self._at_work.setdefault(context.run_id, set())
        at_work.add(task)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            at_work.discard(task)
            if not at_work and self._at_work.get(context.run_id) is at_work:
                del self._at_work[context.run_id]
        if task.cancelled():
            await context.cloud.settled()
            raise Stopped
        task.result()

    async def _context(self, run_id: str, deployment_id: str, step: StepName) -> StepContext:
        return await context_for(
            self._settings,
            self._database,
            deployment_id,
            step,
            run_id=run_id,
            installing=self._installing,
        )

    def _ledger(self, run_id: str, deployment_id: str) -> Ledger:
        return self.ledger(self._settings, self._database, run_id, deployment_id)


async def _with_retries(context: StepContext, work: StepWork) -> None:
    """Apply `work`; what is transient is tried again, more and more slowly."""
    for attempt in range(1, MOST_TRIES + 1):
        try:
            return await work(context)
        except Transient as error:
            if attempt == MOST_TRIES:
                raise Permanent(error.cause, hint=error.hint, link=error.link) from error
            seconds = error.retry_after or _pause(attempt)
            await context.say(
                N_("%(cause)s Trying again in %(seconds)s s."),
                level=Level.WARNING,
                again=str(attempt),
                cause=error.cause,
                seconds=round(seconds),
            )
            await context.pause(seconds)
    return None


def _pause(attempt: int) -> float:
    """Twice as long each time, with jitter so that many do not come back together."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)


def _defect(error: Exception) -> Permanent:
    return Permanent(
        f"{type(error).__name__}: {error}",
        hint=N_("This is a defect of the portal. Its log has the details; please report it."),
    )
