"""What a run writes down: each change of state together with the event that tells of it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import StepName, plan_for
from app.domain.spec import DeploymentSpec, Login
from app.domain.status import DeploymentState, EventKind, Level, RunState, StepState
from app.errors import StepError
from app.google.endpoints import endpoint_url
from app.settings import Settings
from app.store import deployments, events, steps
from app.store.database import Database
from app.text import N_


class Ledger:
    """One run's pen; every method is one short transaction."""

    def __init__(
        self, settings: Settings, database: Database, run_id: str, deployment_id: str
    ) -> None:
        self._settings = settings
        self._database = database
        self._run_id = run_id
        self._id = deployment_id

    async def begin(self) -> list[str]:
        """The run has begun; returns the steps that are not done yet, in plan order."""
        async with self._database.write() as tx:
            deployment = await deployments.get(tx, self._id)
            await deployments.set_run_state(tx, self._run_id, RunState.RUNNING)
            await deployments.set_state(tx, self._id, DeploymentState.DEPLOYING)
            states = await steps.states(tx, self._id)
            plan = plan_for(deployment.spec)
            left = [name for name in plan.names if states[name] != StepState.DONE]
            await steps.reset(tx, self._id, left)
            text = N_("The work begins: %(count)s steps.")
            await self._tell(tx, "begun", EventKind.NOTE, text, values={"count": len(left)})
        return [str(name) for name in left]

    async def step_started(self, step: StepName) -> None:
        await self._step(step, StepState.RUNNING, EventKind.STARTED, N_("Started."))

    async def step_done(self, step: StepName) -> None:
        await self._step(step, StepState.DONE, EventKind.DONE, N_("Done."), {"fraction": 1.0})

    async def step_skipped(self, step: StepName) -> None:
        text = N_("Not begun, since something it needs has failed.")
        await self._step(step, StepState.SKIPPED, EventKind.NOTE, text)

    async def step_failed(self, step: StepName, error: StepError) -> None:
        """The cloud's own words and what to do about them go where the user looks."""
        columns = {"cause": error.cause, "hint": error.hint, "link": error.link}
        text = N_("Failed: %(cause)s")
        await self._step(
            step, StepState.FAILED, EventKind.FAILED, text, columns, {"cause": error.cause}
        )

    async def park(self, step: StepName) -> None:
        """Without its owner's grant nothing can go on; signing in again asks for another run."""
        async with self._database.write() as tx:
            await deployments.set_state(tx, self._id, DeploymentState.PARKED)
        cause = N_("Google no longer accepts your sign-in: it has expired or was withdrawn.")
        hint = N_("Sign in again, and the work goes on from here.")
        columns = {"cause": cause, "hint": hint}
        await self._step(step, StepState.FAILED, EventKind.FAILED, cause, columns)

    async def finish(self, all_done: bool) -> None:
        """Close the run. Only here is success declared."""
        async with self._database.write() as tx:
            deployment = await deployments.get(tx, self._id)
            state = RunState.SUCCEEDED if all_done else RunState.FAILED
            await deployments.set_run_state(tx, self._run_id, state)
            if all_done:
                await self._declare_ready(tx, deployment.spec)
            else:
                await self._declare_stopped(tx, deployment.state)

    async def _declare_ready(self, tx: AsyncSession, spec: DeploymentSpec) -> None:
        url, text = "", N_("Kubeflow is ready. Reach it through a port-forward.")
        if spec.login != Login.LATER:
            url = endpoint_url(self._settings, spec.names.host)
            text = N_("Kubeflow is ready: %(url)s")
        await deployments.set_state(tx, self._id, DeploymentState.READY, url=url)
        await self._tell(tx, "finished", EventKind.FINISHED, text, values={"url": url})

    async def _declare_stopped(self, tx: AsyncSession, state: DeploymentState) -> None:
        if state == DeploymentState.QUEUED:
            return  # another run has been asked for meanwhile, and tells how it goes on
        text = N_("The work waits for you to sign in again.")
        if state != DeploymentState.PARKED:
            state = DeploymentState.FAILED
            text = N_("The work has stopped. What was made is kept; mend the cause and try again.")
        await deployments.set_state(tx, self._id, state)
        await self._tell(tx, "finished", EventKind.FINISHED, text, level=Level.ERROR)

    async def _step(
        self,
        step: StepName,
        state: StepState,
        kind: EventKind,
        text: str,
        columns: dict[str, Any] | None = None,
        values: dict[str, Any] | None = None,
    ) -> None:
        level = Level.ERROR if kind == EventKind.FAILED else Level.INFO
        async with self._database.write() as tx:
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
