"""The traps of Cloud Endpoints' names."""

import pytest

from app.domain.plan import StepName
from app.errors import Permanent
from app.google.errors import Refused
from app.steps.context import StepContext
from app.steps.waiting import MINUTE, until
from tests.steps.carrying_out import Bench, enabled
from tests.support.meddler import Meddler, reason

S = StepName
_UNKNOWN = reason("SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED")


async def test_a_service_just_made_looks_like_one_that_is_missing(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: for a minute after its making a service answers 403, not found or denied."""
    deployment = await enabled(meddled)
    await meddled.apply(deployment, S.RESERVE_ADDRESS)
    host = deployment.spec.names.host
    hidden = f"Service '{host}' not found or permission denied."
    meddler.refuse("POST .*/configs:submit", 403, hidden, 3)
    meddler.refuse("POST .*/services:batchEnable", 403, hidden, 2, **_UNKNOWN)
    await meddled.apply(deployment, S.PUBLISH_NAME)
    assert len(meddler.found("POST .*/configs:submit")) == 4
    assert len(meddler.found("POST .*/services:batchEnable")) >= 3


async def test_operations_of_cloud_endpoints_are_looked_up_by_a_plain_get(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: the official REST client raises `Invalid request` for every one of them."""
    deployment = await enabled(meddled)
    names = meddled.context(deployment, S.PUBLISH_NAME).cloud.names
    name = await names.create(deployment.project, deployment.spec.names.host)
    operation = await names.operation(name)
    assert operation.name == name
    assert operation.error is None


async def test_a_name_deleted_before_is_brought_back_and_published_anew(bench: Bench) -> None:
    """Trap: for 30 days a deleted name cannot be made again, only undeleted."""
    deployment = await enabled(bench)
    await bench.apply(deployment, S.RESERVE_ADDRESS, S.PUBLISH_NAME)
    whole = bench.made(deployment)
    await bench.remove(deployment, S.PUBLISH_NAME)
    assert bench.made(deployment) == ["addresses NAME-ip"]
    await bench.apply(deployment, S.PUBLISH_NAME)
    assert bench.made(deployment) == whole
    assert any("bringing it back" in line for line in await bench.story(deployment))


async def test_another_deployment_may_have_the_name_once_it_is_deleted(bench: Bench) -> None:
    first = await enabled(bench)
    await bench.apply(first, S.RESERVE_ADDRESS, S.PUBLISH_NAME)
    await bench.remove(first, S.PUBLISH_NAME, S.RESERVE_ADDRESS)
    await bench.forget(first)
    second = await bench.deployment(name=first.name)
    await bench.apply(second, S.RESERVE_ADDRESS, S.PUBLISH_NAME)
    await bench.remove(second, S.PUBLISH_NAME, S.RESERVE_ADDRESS)
    assert bench.made(second) == []


async def test_a_name_brought_back_is_ours_although_its_title_is_anothers(
    meddled: Bench, meddler: Meddler
) -> None:
    """What stops between undeleting and submitting finds a service with its former title."""
    first = await enabled(meddled)
    await meddled.apply(first, S.RESERVE_ADDRESS, S.PUBLISH_NAME)
    await meddled.remove(first, S.PUBLISH_NAME, S.RESERVE_ADDRESS)
    await meddled.forget(first)
    second = await meddled.deployment(name=first.name)
    await meddled.apply(second, S.RESERVE_ADDRESS)
    meddler.refuse("POST .*/configs:submit", 400, "Something is wrong.")
    with pytest.raises(Refused, match="Something is wrong"):
        await meddled.apply(second, S.PUBLISH_NAME)
    await meddled.apply(second, S.PUBLISH_NAME)


async def test_an_api_that_others_publish_under_the_name_is_left_alone(bench: Bench) -> None:
    deployment = await enabled(bench)
    await bench.apply(deployment, S.RESERVE_ADDRESS)
    host, context = deployment.spec.names.host, bench.context(deployment, S.PUBLISH_NAME)
    cloud = context.cloud
    await cloud.names.create(deployment.project, host)
    await until(context, lambda: _service_of(context), limit=5 * MINUTE, what="service")
    await cloud.names.submit(host, "Their own API", "203.0.113.7")
    with pytest.raises(Permanent, match="did not make it"):
        await bench.apply(deployment, S.PUBLISH_NAME)
    await bench.remove(deployment, S.PUBLISH_NAME)
    assert f"endpoints_services NAME.endpoints.{deployment.project}.cloud.goog" in bench.made(
        deployment
    )


async def test_the_name_is_enabled_even_where_dns_knew_it_before(bench: Bench) -> None:
    """A kill between roll-out and enabling leaves a name that DNS gives and nobody enabled."""
    deployment = await enabled(bench)
    await bench.apply(deployment, S.RESERVE_ADDRESS, S.PUBLISH_NAME)
    whole, host = bench.made(deployment), deployment.spec.names.host
    assert any(line.startswith("enabled ") for line in whole)
    url = f"{bench.simulator.url}/serviceusage/v1/projects/{deployment.project}/services"
    assert bench.simulator.session().post(f"{url}/{host}:disable", json={}, timeout=10).ok
    await bench.apply(deployment, S.PUBLISH_NAME)
    assert bench.made(deployment) == whole


async def _service_of(context: StepContext) -> bool | None:
    return True if await context.cloud.names.is_there(context.names.host) else None
