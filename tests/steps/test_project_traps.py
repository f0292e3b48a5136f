"""The traps of Service Usage, and of the credentials that a project's quota is counted by."""

import json

import pytest

from app.domain.plan import StepName
from app.errors import Permanent, Transient
from app.google.operations import ALREADY_DONE
from app.google.services import BATCH, NEEDED
from app.steps.project import enable_all
from tests.steps.carrying_out import Bench
from tests.support.meddler import Meddler, reason

S = StepName
_UNKNOWN = reason("SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED")
_OFF = reason("SERVICE_DISABLED")


async def test_more_than_google_takes_at_once_are_enabled_in_batches(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: `batchEnable` takes at most 20."""
    deployment = await meddled.deployment(project="small-quota-project")
    more = ("dns", "oslogin", "pubsub", "bigquery", "storage-api", "storage-component")
    names = [*NEEDED, *(f"{name}.googleapis.com" for name in more)]
    await enable_all(meddled.context(deployment, S.ENABLE_SERVICES), names)
    orders = [json.loads(s.body) for s in meddler.found("POST .*:batchEnable")]
    assert [len(order["serviceIds"]) for order in orders] == [BATCH, len(names) - BATCH]


async def test_a_project_made_seconds_ago_is_tried_again(meddled: Bench, meddler: Meddler) -> None:
    """Trap: a new project's first batch fails as a whole, and passes a minute later."""
    meddler.refuse("POST .*:batchEnable", 403, "Not found or permission denied.", 3, **_UNKNOWN)
    deployment = await meddled.deployment(project="small-quota-project")
    context = meddled.context(deployment, S.ENABLE_SERVICES)
    await enable_all(context, ["cloudtrace.googleapis.com"])
    assert len(meddler.found("POST .*:batchEnable")) == 4


async def test_what_is_enabled_already_is_not_polled(meddled: Bench, meddler: Meddler) -> None:
    """Trap: `operations/noop.DONE_OPERATION` answers 404 to whoever asks for it."""
    deployment = await meddled.deployment()
    services = meddled.context(deployment, S.ENABLE_SERVICES).cloud.services
    name = await services.enable(deployment.project, ["serviceusage.googleapis.com"])
    assert name == ALREADY_DONE
    assert (await services.operation(name)).done
    assert not meddler.found(".*noop.*")


async def test_an_api_that_goes_on_refusing_once_enabled_is_waited_for(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: for minutes after its enabling an API still answers SERVICE_DISABLED."""
    deployment = await meddled.deployment()
    meddler.refuse("GET /container/.*", 403, "It is disabled.", 4, **_OFF)
    await meddled.apply(deployment, S.ENABLE_SERVICES)
    assert len(meddler.found("GET /container/.*")) == 5


async def test_an_api_that_never_answers_is_the_end_after_five_minutes(
    meddled: Bench, meddler: Meddler
) -> None:
    deployment = await meddled.deployment()
    meddler.refuse("GET /container/.*", 403, "It is disabled.", 1000, **_OFF)
    with pytest.raises(Permanent, match="It is disabled") as late:
        await meddled.apply(deployment, S.ENABLE_SERVICES)
    assert "Enable this API" in late.value.hint


async def test_calls_are_counted_against_the_project_only_once_it_can_be(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: with a user's own credentials the quota project must be known, and prepared."""
    deployment = await meddled.deployment()
    await meddled.apply(deployment, S.ENABLE_SERVICES, S.CREATE_ACCOUNTS)
    assert "x-goog-user-project" not in meddler.seen[0].headers
    accounts = meddler.found(".*/serviceAccounts.*")
    assert {s.headers.get("x-goog-user-project") for s in accounts} == {deployment.project}


async def test_an_api_that_is_off_does_not_stop_the_first_look(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: only Service Usage answers in a brand-new project."""
    off = "Cloud Billing API has not been used in project 1 before or it is disabled."
    meddler.refuse("(GET|POST) /cloud(billing|resourcemanager)/.*", 403, off, 50, **_OFF)
    deployment = await meddled.deployment()
    await meddled.apply(deployment, S.CHECK_PROJECT)
    told = [line for line in await meddled.story(deployment) if off in line]
    assert any("Will be checked after cloudbilling.googleapis.com" in line for line in told)


async def test_billing_that_could_not_be_seen_first_is_seen_once_it_can_be(
    meddled: Bench, meddler: Meddler
) -> None:
    off = {"billingEnabled": False}
    meddler.answer("GET /cloudbilling/.*", 200, off, times=5)
    deployment = await meddled.deployment()
    with pytest.raises(Permanent, match="Billing is off"):
        await meddled.apply(deployment, S.ENABLE_SERVICES)


async def test_what_the_account_may_not_do_is_said_before_anything_is_made(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: an Editor cannot deploy, and would find out half way."""
    meddler.answer("POST .*:testIamPermissions", 200, {"permissions": []}, times=10)
    deployment = await meddled.deployment()
    with pytest.raises(Permanent, match="Missing: ") as refused:
        await meddled.apply(deployment, S.CHECK_PROJECT)
    assert "gcloud projects add-iam-policy-binding" in refused.value.hint
    said = " ".join((refused.value.cause, *await meddled.story(deployment)))
    assert "container.clusterRoles" in said
    assert "resourcemanager.projects.setIamPolicy" in said


async def test_a_cloud_that_cannot_be_asked_is_asked_again(
    meddled: Bench, meddler: Meddler
) -> None:
    meddler.hang_up("GET /cloudbilling/.*", times=10)
    deployment = await meddled.deployment()
    with pytest.raises(Transient, match="could not be reached"):
        await meddled.apply(deployment, S.CHECK_PROJECT)
