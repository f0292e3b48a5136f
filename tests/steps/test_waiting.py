"""Waiting for the cloud."""

import pytest

from app.domain.plan import StepName
from app.errors import Permanent, Transient
from app.google.errors import Refused
from app.google.operations import Operation
from app.steps.context import StepContext
from app.steps.waiting import finished, patiently, until
from tests.steps.carrying_out import Bench


@pytest.fixture
async def context(bench: Bench) -> StepContext:
    return bench.context(await bench.deployment(), StepName.CREATE_CLUSTER)


async def test_a_wait_outlasts_a_cloud_that_is_away_for_a_while(
    bench: Bench, context: StepContext
) -> None:
    looks = iter([None, Transient("Google could not be reached."), None, "found"])

    async def look() -> str | None:
        found = next(looks)
        if isinstance(found, Transient):
            raise found
        return found

    assert await until(context, look, limit=600, what="it") == "found"


async def test_a_wait_ends_and_says_what_it_waited_for(context: StepContext) -> None:
    async def look() -> None:
        return None

    with pytest.raises(Permanent, match="After 1 minutes there was still no answer"):
        await until(context, look, limit=60, what="answer")


async def test_an_operation_that_is_done_with_an_error_is_an_error_and_started_anew(
    context: StepContext,
) -> None:
    started: list[str] = []

    async def start() -> str:
        started.append(f"operation-{len(started) + 1}")
        return started[-1]

    async def look_up(name: str) -> Operation:
        failed = name == "operation-1"
        return Operation(name, done=True, error=Permanent("quota") if failed else None)

    with pytest.raises(Permanent, match="quota"):
        await finished(context, "key", start, look_up, limit=60, what="end")
    await finished(context, "key", start, look_up, limit=60, what="end")
    assert started == ["operation-1", "operation-2"]


async def test_an_operation_started_before_a_crash_is_waited_for_and_not_started_again(
    context: StepContext,
) -> None:
    async def start() -> str:
        return "operation-1"

    async def start_again() -> str:
        raise AssertionError("started twice")

    async def look_up(name: str) -> Operation:
        return Operation(name, done=True)

    await context.operation("key", start)
    found = await finished(context, "key", start_again, look_up, limit=60, what="end")
    assert found.name == "operation-1"


async def test_patience_is_for_what_passes_only(context: StepContext) -> None:
    calls: list[int] = []

    async def call() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise Transient("not yet")
        raise Refused("no", status=403)

    with pytest.raises(Refused):
        await patiently(context, call, limit=600)
    assert len(calls) == 3
