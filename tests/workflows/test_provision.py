"""A run carries out the plan, whatever happens on the way, and says so."""

from app.domain.plan import StepName, plan_for
from app.domain.spec import Login
from app.domain.status import DeploymentState, StepState
from tests.workflows import works
from tests.workflows.conftest import OpenPortal


async def test_every_step_is_done_once_and_only_after_what_it_needs(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(diary))
    deployment = await portal.deployment()
    await portal.start()
    finished = await portal.finished(deployment)
    assert finished.state == DeploymentState.READY
    plan = plan_for(deployment.spec)
    assert sorted(diary.ended) == sorted(plan.names)
    for step in plan:
        for need in step.needs:
            assert diary.lines.index(f"ended {need}") < diary.lines.index(f"began {step.name}")
    told = [event.seq for event in await portal.events(deployment)]
    assert told == list(range(1, len(told) + 1))
    assert finished.url


async def test_a_deployment_without_an_endpoint_has_no_endpoint_steps(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    portal = await open_portal(works.all_quick(diary))
    deployment = await portal.deployment(login=Login.LATER)
    await portal.start()
    finished = await portal.finished(deployment)
    assert (finished.state, finished.url) == (DeploymentState.READY, "")
    assert StepName.OPEN_ENDPOINT not in diary.ended


async def test_a_refused_step_stops_what_needs_it_and_keeps_the_clouds_words(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    cause = "Quota 'CPUS' exceeded. Limit: 8.0 in region asia-east1."
    portal = await open_portal(
        works.all_quick(diary) | {StepName.CREATE_CLUSTER: works.refused(cause)}
    )
    deployment = await portal.deployment()
    await portal.start()
    finished = await portal.finished(deployment)
    steps = await portal.steps(deployment)
    assert finished.state == DeploymentState.FAILED
    failed = steps[StepName.CREATE_CLUSTER]
    assert (failed.state, failed.cause) == (StepState.FAILED, cause)
    assert (failed.hint, failed.link) == ("Ask for more.", "https://example.com/quota")
    assert steps[StepName.INSTALL_BASE].state == StepState.SKIPPED
    assert steps[StepName.PUBLISH_NAME].state == StepState.DONE
    assert any(event.values.get("cause") == cause for event in await portal.events(deployment))


async def test_trying_again_does_only_what_is_not_done(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    steps = works.all_quick(diary) | {StepName.CREATE_CLUSTER: works.refused("No.")}
    portal = await open_portal(steps)
    deployment = await portal.deployment()
    await portal.start()
    await portal.finished(deployment)
    done = set(diary.ended)
    steps[StepName.CREATE_CLUSTER] = works.quick(diary)
    await portal.retry(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.READY
    assert len(diary.ended) == len(plan_for(deployment.spec))
    assert done < set(diary.ended)


async def test_what_is_transient_is_tried_again_and_said(open_portal: OpenPortal) -> None:
    diary = works.Diary()
    portal = await open_portal(
        works.all_quick(diary) | {StepName.ENABLE_SERVICES: works.refused_at_first(2)}
    )
    deployment = await portal.deployment()
    await portal.start()
    assert (await portal.finished(deployment)).state == DeploymentState.READY
    causes = [event.values.get("cause") for event in await portal.events(deployment)]
    assert "busy, try 1." in causes
    assert "busy, try 2." in causes


async def test_what_stays_transient_fails_in_the_end(open_portal: OpenPortal) -> None:
    portal = await open_portal(
        works.all_quick(works.Diary()) | {StepName.ENABLE_SERVICES: works.refused_at_first(10**6)}
    )
    deployment = await portal.deployment()
    await portal.start()
    assert (await portal.finished(deployment)).state == DeploymentState.FAILED
    told = [event.values for event in await portal.events(deployment)]
    pauses = [int(str(values["seconds"])) for values in told if "seconds" in values]
    longest = [2, 4, 8, 16, 32, 60, 60]
    assert len(pauses) == len(longest)  # a limit, and twice as long each time with jitter
    assert all(top / 2 - 1 <= pause <= top for pause, top in zip(pauses, longest, strict=True))


async def test_a_defect_of_ours_is_a_failure_that_is_seen(open_portal: OpenPortal) -> None:
    portal = await open_portal(
        works.all_quick(works.Diary()) | {StepName.LOAD_BUNDLE: works.broken()}
    )
    deployment = await portal.deployment()
    await portal.start()
    assert (await portal.finished(deployment)).state == DeploymentState.FAILED
    failed = (await portal.steps(deployment))[StepName.LOAD_BUNDLE]
    assert "ZeroDivisionError" in failed.cause
    assert "defect" in failed.hint


async def test_a_withdrawn_grant_parks_the_deployment_until_its_owner_signs_in(
    open_portal: OpenPortal,
) -> None:
    diary = works.Diary()
    steps = works.all_quick(diary) | {StepName.CREATE_ACCOUNTS: works.signed_out()}
    portal = await open_portal(steps)
    deployment = await portal.deployment()
    await portal.start()
    assert (await portal.finished(deployment)).state == DeploymentState.PARKED
    steps[StepName.CREATE_ACCOUNTS] = works.quick(diary)
    await portal.retry(deployment)
    assert (await portal.finished(deployment, times=2)).state == DeploymentState.READY
