"""Taking away what was made, as durably as it was made."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import Plan, PlannedStep, StepName, teardown_for
from app.domain.spec import DeploymentSpec
from app.domain.status import DeploymentState, EventKind, Level, RunState, StepState
from app.google import identity
from app.steps.context import StepWork
from app.store import deployments, runs, steps, users
from app.text import N_
from app.workflows.ledger import Ledger
from app.workflows.runner import Runner

_DELETING = (DeploymentState.DELETING,)

log = structlog.get_logger()


class TeardownLedger(Ledger):
    """What a run that takes a deployment away writes down."""

    async def begin(self) -> list[str]:
        """The run has begun; returns the removals that are left to do, in plan order.

        Where nothing was ever begun, nothing can have been made.
        """
        async with self._database.write() as tx:
            plan = teardown_for((await deployments.get(tx, self._id)).spec)
            left = await self._begin(tx, plan)
            begun = await steps.ever_begun(tx, self._id) | {StepName.WAIT_READY}
            idle = [name for name in left if plan[name].undoes not in begun]
            for name in idle:
                await self._nothing_to_do(tx, name)
            left = [name for name in left if name not in idle]
            text = N_("The removal begins: %(count)s steps.")
            await self._tell(tx, "begun", EventKind.NOTE, text, values={"count": len(left)})
        return [str(name) for name in left]

    async def park(self, step: StepName) -> None:
        """Without its owner's grant nothing can go on; signing in again asks for another run."""
        await self._park(step, only_from=_DELETING)

    async def finish(self, all_done: bool) -> None:
        """Close the run, once. Only here is it said that everything is gone."""
        unneeded = ""
        async with self._database.write() as tx:
            ended = RunState.SUCCEEDED if all_done else RunState.FAILED
            if not await runs.end(tx, self._run_id, ended):
                return
            if all_done:
                unneeded = await self._declare_gone(tx)
            elif not await runs.is_requested(tx, self._id):
                await self._declare_stopped(tx)
        if unneeded:
            await self._give_back(unneeded)

    async def _nothing_to_do(self, tx: AsyncSession, removal: StepName) -> None:
        await steps.set_state(tx, self._id, removal, StepState.DONE, fraction=1.0)
        text = N_("Nothing to remove: this was never begun.")
        await self._tell(tx, f"{removal}:idle", EventKind.NOTE, text, removal)

    async def _declare_gone(self, tx: AsyncSession) -> str:
        """What was kept for the deployment goes too: its secrets, and a grant nobody needs.

        Returns that grant's refresh token, or nothing.
        """
        owner_id = (await deployments.get(tx, self._id)).owner_id
        await runs.stop(tx, self._id)
        await deployments.set_state(tx, self._id, DeploymentState.DELETED, url="")
        await steps.drop_secrets(tx, self._id)
        unneeded = None
        if not await deployments.any_left(tx, owner_id):
            unneeded = await users.grant_of(tx, owner_id)
            await users.drop_grant(tx, owner_id)
        text = N_("All that was made is gone, but for what is said to be kept.")
        await self._tell(tx, "finished", EventKind.FINISHED, text)
        return unneeded.refresh_token if unneeded else ""

    async def _give_back(self, refresh_token: str) -> None:
        """Tell Google, once, that the portal may do nothing for this owner any more."""
        try:
            await asyncio.to_thread(identity.revoke, self._settings, refresh_token)
        except identity.NotRevoked as error:
            log.warning("a grant was dropped and Google not told", cause=str(error))

    async def _declare_stopped(self, tx: AsyncSession) -> None:
        text = N_("The removal has stopped. Mend the cause and try again: it goes on from here.")
        failed = DeploymentState.FAILED
        if not await deployments.set_state(tx, self._id, failed, only_from=_DELETING):
            text = N_("The removal waits for you to sign in again.")
        await self._tell(tx, "finished", EventKind.FINISHED, text, level=Level.ERROR)


class Remover(Runner):
    """Takes deployments away; the works it is given are named by the steps that they undo."""

    run_name = "teardown"
    step_name = "removal"
    ledger = TeardownLedger

    def plan(self, spec: DeploymentSpec) -> Plan:
        return teardown_for(spec)

    def work(self, planned: PlannedStep) -> StepWork:
        return self._works[planned.undoes or planned.name]
