"""An endpoint is added to what is ready: by a run of its own, with what that takes and no more."""

from app.domain.endpoint import with_endpoint
from app.domain.plan import StepName, making_for, teardown_for
from app.domain.spec import Login
from app.domain.status import DeploymentState, StepState
from app.store import deployments
from app.store.tables import Deployment
from tests.workflows import works
from tests.workflows.conftest import OpenPortal, Portal

S = StepName
OWNER = "dana@example.com"
FORM = {"login": "iap", "oauth_client_id": "1-a.apps.googleusercontent.com"}
FORM |= {"oauth_client_secret": "their secret"}


async def test_what_it_takes_is_done_once_and_after_what_it_needs(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(diary))
    deployment = await without_endpoint(portal)
    diary.lines.clear()
    await add(portal, deployment)
    finished = await portal.finished(deployment, times=2)
    assert (finished.state, finished.url != "") == (DeploymentState.READY, True)
    plan = making_for(finished.spec)
    assert sorted(diary.ended) == sorted(plan.names)
    for step in plan:
        for need in step.needs:
            assert diary.lines.index(f"ended {need}") < diary.lines.index(f"began {step.name}")
    told = [event.seq for event in await portal.events(deployment)]
    assert told == list(range(1, len(told) + 1))


async def test_nothing_is_changed_where_the_report_says_no_and_another_try_goes_on(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    steps = works.all_quick(diary)
    portal = await open_portal(steps)
    deployment = await without_endpoint(portal)
    diary.lines.clear()
    steps[S.CHECK_PROJECT] = works.refused("No.")
    await add(portal, deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.FAILED
    assert diary.ended == [S.LOAD_BUNDLE]
    states = {name: step.state for name, step in (await portal.steps(deployment)).items()}
    assert (states[S.INSTALL_BASE], states[S.CREATE_CLUSTER]) == (StepState.SKIPPED, StepState.DONE)
    steps[S.CHECK_PROJECT] = works.quick(diary)
    await portal.retry(deployment)
    finished = await portal.finished(deployment, times=3)
    assert finished.state == DeploymentState.READY
    assert sorted(diary.ended) == sorted(making_for(finished.spec).names)


async def test_a_deletion_removes_the_endpoint_too(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(works.Diary()), works.all_quick(diary))
    deployment = await without_endpoint(portal)
    await add(portal, deployment)
    await portal.delete(await portal.finished(deployment, times=2))
    finished = await portal.finished(deployment, times=3)
    assert finished.state == DeploymentState.DELETED
    assert sorted(diary.ended) == sorted(teardown_for(finished.spec).names)


async def test_an_endpoint_that_was_never_begun_is_not_removed(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    steps = works.all_quick(works.Diary())
    portal = await open_portal(steps, works.all_quick(diary))
    deployment = await without_endpoint(portal)
    steps[S.CHECK_PROJECT] = works.refused("No.")
    await add(portal, deployment)
    await portal.delete(await portal.finished(deployment, times=2))
    assert (await portal.finished(deployment, times=3)).state == DeploymentState.DELETED
    assert not {S.WITHDRAW_ACCESS, S.CLOSE_ENDPOINT, S.RELEASE_ADDRESS} & set(diary.ended)
    assert {S.DELETE_CLUSTER, S.DELETE_ACCOUNTS} <= set(diary.ended)


async def without_endpoint(portal: Portal) -> Deployment:
    """A deployment that is ready, with login `later`."""
    deployment = await portal.deployment(login=Login.LATER)
    await portal.start()
    return await portal.finished(deployment)


async def add(portal: Portal, deployment: Deployment) -> None:
    """The order, given twice."""
    spec, secrets = with_endpoint(deployment.spec, OWNER, FORM)
    for expected in (True, False):
        async with portal.database.write() as tx:
            ordered = await deployments.add_endpoint(
                tx, deployment.id, spec, secrets, making_for(spec)
            )
            assert ordered == expected
    await portal.runs.take_up()
