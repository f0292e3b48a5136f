"""Making what a plan describes."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import Plan, StepName, making_for
from app.domain.spec import DeploymentSpec, Login
from app.domain.status import DeploymentState, EventKind, Level, RunState
from app.google.endpoints import endpoint_url
from app.store import deployments, runs
from app.store.tables import Deployment
from app.text import N_
from app.workflows.ledger import Ledger
from app.workflows.runner import Runner

_BEING_MADE = (DeploymentState.QUEUED, DeploymentState.DEPLOYING)


class ProvisionLedger(Ledger):
    """What a run that makes a deployment writes down."""

    async def begin(self) -> list[str]:
        """The run has begun; returns the steps that are not done yet, in plan order."""
        async with self._database.write() as tx:
            left = await self._begin(tx, making_for((await deployments.get(tx, self._id)).spec))
            if left:
                state = DeploymentState.DEPLOYING
                await deployments.set_state(tx, self._id, state, only_from=_BEING_MADE)
                text = N_("The work begins: %(count)s steps.")
                await self._tell(tx, "begun", EventKind.NOTE, text, values={"count": len(left)})
        return [str(name) for name in left]

    async def park(self, step: StepName) -> None:
        """Without its owner's grant nothing can go on; signing in again asks for another run."""
        await self._park(step, only_from=_BEING_MADE)

    async def finish(self, all_done: bool) -> None:
        """Close the run, once. Only here is success declared."""
        async with self._database.write() as tx:
            deployment = await deployments.get(tx, self._id)
            ended = RunState.SUCCEEDED if all_done else RunState.FAILED
            if await runs.state_of(tx, self._run_id) == RunState.STOPPING:
                await self._declare_cancelled(tx, deployment, all_done)
            elif not await runs.end(tx, self._run_id, ended):
                return
            elif all_done:
                await self._declare_ready(tx, deployment.spec)
            elif not await runs.is_requested(tx, self._id):
                await self._declare_stopped(tx)

    async def _declare_ready(self, tx: AsyncSession, spec: DeploymentSpec) -> None:
        url, text = "", N_("Kubeflow is ready. Reach it through a port-forward.")
        if spec.login != Login.LATER:
            url = endpoint_url(self._settings, spec.names.host)
            text = N_("Kubeflow is ready: %(url)s")
        await deployments.set_state(tx, self._id, DeploymentState.READY, url=url)
        await self._tell(tx, "finished", EventKind.FINISHED, text, values={"url": url})

    async def _declare_cancelled(
        self, tx: AsyncSession, deployment: Deployment, all_done: bool
    ) -> None:
        """The owner wanted it to end: to have it stopped, or to have it deleted."""
        await runs.end(tx, self._run_id, RunState.CANCELLED)
        if deployment.state == DeploymentState.DELETING:
            text = N_("The work has stopped: now it is taken away again.")
            await self._tell(tx, "finished", EventKind.NOTE, text)
        elif all_done:
            await self._declare_ready(tx, deployment.spec)
        else:
            await deployments.set_state(tx, self._id, DeploymentState.CANCELLED)
            text = N_("The work has stopped, as you wished. What was made is kept.")
            await self._tell(tx, "finished", EventKind.FINISHED, text)

    async def _declare_stopped(self, tx: AsyncSession) -> None:
        text = N_("The work has stopped. What was made is kept; mend the cause and try again.")
        failed = DeploymentState.FAILED
        if not await deployments.set_state(tx, self._id, failed, only_from=_BEING_MADE):
            text = N_("The work waits for you to sign in again.")
        await self._tell(tx, "finished", EventKind.FINISHED, text, level=Level.ERROR)


class Provisioner(Runner):
    """Makes deployments."""

    run_name = "run"
    step_name = "step"
    ledger = ProvisionLedger

    def plan(self, spec: DeploymentSpec) -> Plan:
        return making_for(spec)
