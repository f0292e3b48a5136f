"""The traps of Compute Engine's addresses and operations."""

import asyncio

import pytest

from app.domain.plan import StepName
from app.errors import Permanent, Transient
from tests.steps.carrying_out import Bench, enabled
from tests.support.meddler import Meddler

S = StepName


async def test_operations_are_looked_up_where_they_began(meddled: Bench, meddler: Meddler) -> None:
    """Trap: compute's `result()` ignores `api_endpoint` and polls the real host."""
    deployment = await enabled(meddled)
    await meddled.apply(deployment, S.RESERVE_ADDRESS)
    assert meddler.found("GET .*/global/operations/operation-.*")


async def test_an_answer_that_was_lost_is_asked_for_by_the_same_request_id(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: the answer is lost, and httplib2 itself orders once more before it gives up."""
    deployment = await enabled(meddled)
    meddler.hang_up("POST .*/global/addresses", forwards=True, times=2)
    with pytest.raises(Transient):
        await meddled.apply(deployment, S.RESERVE_ADDRESS)
    meddler.refuse("GET .*/global/addresses/.*", 404, "not found")  # and cannot be seen yet
    await meddled.apply(deployment, S.RESERVE_ADDRESS)
    orders = meddler.found("POST .*/global/addresses")
    assert len(orders) == 3
    assert len({str(order.query["requestId"]) for order in orders}) == 1
    assert meddled.made(deployment) == ["addresses NAME-ip"]


async def test_an_order_that_failed_is_not_answered_with_its_own_failure(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: a request id that Google knows gives the operation that it began then."""
    deployment = await enabled(meddled)
    errors = {"errors": [{"code": "INTERNAL_ERROR", "message": "Internal error."}]}
    failed = {"name": "operation-1", "status": "DONE", "httpErrorStatusCode": 500}
    meddler.answer("POST .*/global/addresses", 200, {**failed, "error": errors})
    meddler.answer("GET .*/global/operations/.*", 200, {**failed, "error": errors})
    with pytest.raises(Transient, match="Internal error"):
        await meddled.apply(deployment, S.RESERVE_ADDRESS)
    await meddled.apply(deployment, S.RESERVE_ADDRESS)
    first, second = meddler.found("POST .*/global/addresses")
    assert first.query["requestId"] != second.query["requestId"]


async def test_an_address_that_others_made_meanwhile_is_not_adopted(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: 409 means read it, and adopt only what is ours."""
    deployment = await enabled(meddled)
    name = deployment.spec.names.address
    url = f"{meddler.upstream}/compute/compute/v1/projects/{deployment.project}/global/addresses"

    def somebody_else() -> None:
        made = meddled.simulator.session().post(url, json={"name": name}, timeout=10)
        assert made.ok, made.text

    meddler.first("POST .*/global/addresses", somebody_else)
    with pytest.raises(Permanent, match="did not make it"):
        await meddled.apply(deployment, S.RESERVE_ADDRESS)
    await meddled.remove(deployment, S.RESERVE_ADDRESS)
    assert meddled.made(deployment) == ["addresses NAME-ip"]


async def test_an_address_in_use_is_released_when_it_no_longer_is(bench: Bench) -> None:
    """Trap: for a while a load balancer that is gone still holds its address."""
    deployment = await enabled(bench)
    await bench.apply(deployment, S.RESERVE_ADDRESS)
    project, world = deployment.project, bench.simulator.simulator.world
    cloud, name = bench.context(deployment, S.RESERVE_ADDRESS).cloud, deployment.spec.names.address
    address = await cloud.compute.address(project, name)
    assert address is not None
    rule, body = "global/forwardingRules/k8s2-fr-1", {"name": "k8s2-fr-1", "IPAddress": address.ip}
    bench.simulator.call(lambda: world.put_compute(project, rule, body))
    removing = asyncio.create_task(bench.remove(deployment, S.RESERVE_ADDRESS))
    await asyncio.sleep(0.1)
    assert not removing.done()
    bench.simulator.call(lambda: world.delete_compute(project, rule))
    await removing
    assert bench.made(deployment) == []
