"""A run that its owner cancels stops where it is, keeps what was made, and can go on."""

import asyncio

from app.domain.plan import StepName, plan_for
from app.domain.status import DeploymentState, StepState
from app.steps.context import StepWork
from app.store import deployments, runs
from app.store.tables import Deployment
from tests.workflows import works
from tests.workflows.conftest import OpenPortal, Portal


async def test_a_cancelled_run_stops_and_can_go_on(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    making = works.all_quick(diary)
    portal, deployment = await _at_the_cluster(open_portal, diary, making)
    await portal.cancel(deployment)
    assert (await portal.finished(deployment)).state == DeploymentState.CANCELLED
    steps = await portal.steps(deployment)
    assert steps[StepName.CREATE_ACCOUNTS].state == StepState.DONE
    assert steps[StepName.CREATE_CLUSTER].state == StepState.CANCELLED
    assert steps[StepName.WAIT_READY].state == StepState.SKIPPED
    making[StepName.CREATE_CLUSTER] = works.quick(diary)
    await portal.retry(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.READY
    assert sorted(diary.ended) == sorted(plan_for(deployment.spec).names)


async def test_a_run_that_no_worker_has_begun_is_cancelled_at_once(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(diary))
    deployment = await portal.deployment()
    await portal.cancel(deployment)
    async with portal.database.read() as session:
        found = await deployments.get(session, deployment.id)
    assert found.state == DeploymentState.CANCELLED
    assert diary.lines == []


async def test_a_run_claimed_but_not_begun_is_cancelled_before_its_first_step(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(diary))
    deployment = await portal.deployment()
    await portal.claim_only()
    await portal.cancel(deployment)
    assert (await portal.finished(deployment)).state == DeploymentState.CANCELLED
    assert diary.lines == []
    await portal.retry(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.READY


async def test_what_is_over_cannot_be_cancelled(open_portal: OpenPortal) -> None:
    portal = await open_portal(works.all_quick(works.Diary()))
    deployment = await portal.deployment()
    await portal.start()
    await portal.finished(deployment)
    async with portal.database.write() as tx:
        assert not await deployments.cancel(tx, deployment.id)


async def test_a_run_is_stopped_wherever_its_steps_were_resumed(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    portal, deployment = await _at_the_cluster(open_portal, diary, works.all_quick(diary))
    async with portal.database.write() as tx:
        await runs.hand_over(tx, "portal-1", "portal-2")
    await portal.cancel(deployment)
    assert (await portal.finished(deployment)).state == DeploymentState.CANCELLED


async def _at_the_cluster(
    open_portal: OpenPortal, diary: works.Diary, making: dict[StepName, StepWork]
) -> tuple[Portal, Deployment]:
    """A run that has come to the making of its cluster, which takes longer than anybody waits."""
    reached = asyncio.Event()
    making[StepName.CREATE_CLUSTER] = works.never_ending(diary, reached)
    portal = await open_portal(making)
    deployment = await portal.deployment()
    await portal.start()
    await reached.wait()
    return portal, deployment
