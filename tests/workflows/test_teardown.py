"""A teardown takes away what was made, whatever happened before and happens on the way."""

import asyncio

from sqlalchemy import select

from app.domain.plan import StepName, teardown_for
from app.domain.status import DeploymentState, EventKind, RunState, StepState
from app.steps.context import StepContext
from app.store import deployments, steps, users
from app.store.tables import Deployment, Run
from tests.support.meddler import Meddler
from tests.workflows import works
from tests.workflows.conftest import OpenPortal, Portal


async def test_every_removal_is_done_once_and_only_after_those_of_what_stood_on_it(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(works.Diary()), works.all_quick(diary))
    deployment = await made(portal)
    await portal.delete(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.DELETED
    plan = teardown_for(deployment.spec)
    assert sorted(diary.ended) == sorted(plan.names)
    for removal in plan:
        for need in removal.needs:
            assert diary.lines.index(f"ended {need}") < diary.lines.index(f"began {removal.name}")
    told = [event.seq for event in await portal.events(deployment)]
    assert told == list(range(1, len(told) + 1))


async def test_what_was_never_begun_is_not_removed(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    making = works.all_quick(works.Diary()) | {StepName.CREATE_ACCOUNTS: works.refused("No.")}
    portal = await open_portal(making, works.all_quick(diary))
    deployment = await portal.deployment()
    await portal.start()
    assert (await portal.finished(deployment)).state == DeploymentState.FAILED
    await portal.delete(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.DELETED
    assert set(diary.ended) == {
        StepName.DELETE_ACCOUNTS,  # its making was begun, and may have made something
        StepName.WITHDRAW_NAME,
        StepName.RELEASE_ADDRESS,
        StepName.LEAVE_SERVICES,
        StepName.CONFIRM_REMOVAL,
    }
    assert (await portal.steps(deployment))[StepName.DELETE_CLUSTER].state == StepState.DONE


async def test_a_deletion_in_mid_run_stops_the_run_first(open_portal: OpenPortal) -> None:
    diary, reached = works.Diary(), asyncio.Event()
    making = works.all_quick(diary) | {StepName.CREATE_CLUSTER: works.never_ending(diary, reached)}
    portal = await open_portal(making, works.all_quick(diary))
    deployment = await portal.deployment()
    await portal.start()
    await reached.wait()
    await portal.delete(deployment)
    finished = await portal.finished(deployment)
    assert finished.state == DeploymentState.DELETED
    removals = {f"began {name}" for name in teardown_for(deployment.spec).names}
    begun = [place for place, line in enumerate(diary.lines) if line in removals]
    assert diary.lines.index("interrupted create-cluster") < min(begun)
    states = {name: step.state for name, step in (await portal.steps(deployment)).items()}
    assert states[StepName.CREATE_CLUSTER] == StepState.CANCELLED
    assert states[StepName.INSTALL_BASE] == StepState.SKIPPED
    assert await run_states(portal) == [RunState.CANCELLED, RunState.SUCCEEDED]


async def test_a_deletion_before_a_worker_has_begun_leaves_nothing_to_do(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(diary))
    deployment = await portal.deployment()
    await portal.delete(deployment)
    assert (await portal.finished(deployment)).state == DeploymentState.DELETED
    assert diary.ended == [StepName.CONFIRM_REMOVAL]


async def test_a_removal_that_fails_says_why_and_can_be_tried_again(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    removals = works.all_quick(diary) | {StepName.CREATE_CLUSTER: works.refused("In use.")}
    portal = await open_portal(works.all_quick(works.Diary()), removals)
    deployment = await made(portal)
    await portal.delete(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.FAILED
    failed = (await portal.steps(deployment))[StepName.DELETE_CLUSTER]
    assert (failed.cause, failed.hint) == ("In use.", "Ask for more.")
    assert StepName.DELETE_ACCOUNTS not in diary.ended
    before = len(diary.ended)
    removals[StepName.CREATE_CLUSTER] = works.quick(diary)
    await portal.retry(deployment)
    assert (await portal.finished(deployment, times=3)).state == DeploymentState.DELETED
    assert len(diary.ended) == len(teardown_for(deployment.spec))
    assert before < len(diary.ended)


async def test_a_removal_that_is_refused_for_the_moment_is_tried_again(
    open_portal: OpenPortal,
) -> None:
    removals = works.all_quick(works.Diary()) | {StepName.OPEN_ENDPOINT: works.refused_at_first(2)}
    portal = await open_portal(works.all_quick(works.Diary()), removals)
    deployment = await made(portal)
    await portal.delete(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.DELETED


async def test_a_parked_deployment_can_be_deleted_and_its_teardown_parks_too(
    open_portal: OpenPortal,
) -> None:
    making = works.all_quick(works.Diary()) | {StepName.CREATE_CLUSTER: works.signed_out()}
    removals = works.all_quick(works.Diary()) | {StepName.CREATE_CLUSTER: works.signed_out()}
    portal = await open_portal(making, removals)
    deployment = await portal.deployment()
    await portal.start()
    assert (await portal.finished(deployment)).state == DeploymentState.PARKED
    await portal.delete(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.PARKED
    removals[StepName.CREATE_CLUSTER] = works.quick(works.Diary())
    async with portal.database.write() as tx:
        await deployments.resume_parked(tx, deployment.owner_id)
    await portal.runs.take_up()
    assert (await portal.finished(deployment, times=3)).state == DeploymentState.DELETED


async def test_the_receipt_says_what_is_gone_and_what_is_kept(open_portal: OpenPortal) -> None:
    async def make(context: StepContext) -> None:
        await context.made("cluster", "kf")
        await context.made("public name", "kf.example.com")

    async def take_away(context: StepContext) -> None:
        await context.removed("cluster", "kf")
        await context.removed("cluster", "never made")
        await context.removed("public name", "kf.example.com", "for 30 days")

    quick = works.all_quick(works.Diary())
    portal = await open_portal(
        quick | {StepName.CREATE_CLUSTER: make}, quick | {StepName.CREATE_CLUSTER: take_away}
    )
    deployment = await made(portal)
    await portal.delete(deployment)
    await portal.finished(deployment, times=2)
    async with portal.database.read() as session:
        found = {row.name: row for row in await steps.receipt(session, deployment.id)}
    assert set(found) == {"kf", "kf.example.com"}
    assert found["kf"].gone_at is not None
    assert (found["kf.example.com"].gone_at, found["kf.example.com"].kept) == (None, "for 30 days")
    told = [e for e in await portal.events(deployment) if e.step == StepName.DELETE_CLUSTER]
    named = [event.values["name"] for event in told if event.kind == EventKind.RESOURCE]
    assert named == ["kf", "kf.example.com"]


async def test_secrets_go_and_the_grant_goes_with_the_last_deployment(
    open_portal: OpenPortal, google: Meddler
) -> None:
    portal = await open_portal(works.all_quick(works.Diary()))
    first = await made(portal, name="first")
    second = await made(portal, name="second")
    async with portal.database.write() as tx:
        await steps.keep_secret(tx, first.id, "password", "secret")
    granted = []
    for deployment in (first, second):
        await portal.delete(deployment)
        await portal.finished(deployment, times=2)
        async with portal.database.read() as session:
            granted.append(await users.grant_of(session, deployment.owner_id) is not None)
    assert granted == [True, False]
    (revoked,) = google.found("POST /accounts/revoke")
    assert revoked.body == b"token=refresh-token"
    async with portal.database.read() as session:
        assert await steps.secret(session, first.id, "password") is None


async def test_a_name_is_free_again_once_its_deployment_is_gone(open_portal: OpenPortal) -> None:
    portal = await open_portal(works.all_quick(works.Diary()))
    deployment = await made(portal)
    await portal.delete(deployment)
    await portal.finished(deployment, times=2)
    again = await portal.deployment(key="another")
    assert again.id != deployment.id


async def test_asking_for_the_deletion_twice_is_asking_once(open_portal: OpenPortal) -> None:
    portal = await open_portal(works.all_quick(works.Diary()))
    deployment = await made(portal)
    for expected in (True, False):
        async with portal.database.write() as tx:
            removals = teardown_for(deployment.spec)
            assert await deployments.delete(tx, deployment.id, removals) == expected
    await portal.runs.take_up()
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.DELETED
    assert len(await run_states(portal)) == 2


async def made(portal: Portal, name: str = "kubeflow-test-1") -> Deployment:
    """A deployment that is ready."""
    deployment = await portal.deployment(name=name)
    await portal.start()
    return await portal.finished(deployment)


async def run_states(portal: Portal) -> list[RunState]:
    async with portal.database.read() as session:
        found = await session.scalars(select(Run.state).order_by(Run.requested_at))
    return list(found)
