"""Waiting for the cloud."""

from dataclasses import dataclass, field, fields

import pytest

from app.domain.plan import StepName
from app.errors import Permanent, Transient
from app.google.errors import Refused
from app.google.operations import Operation
from app.steps.context import StepContext
from app.steps.waiting import LATEST, SOONEST, finished, patiently, until
from tests.steps.carrying_out import Bench


@dataclass(frozen=True, slots=True)
class Timed(StepContext):
    """Does not wait, but notes for how long it would have."""

    pauses: list[float] = field(default_factory=list)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


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


async def test_who_waits_for_the_same_asks_at_other_moments_and_more_and_more_seldom(
    context: StepContext,
) -> None:
    """Many that were refused at once must not all come back at once."""
    first, second = await _paused(context), await _paused(context)
    assert first != second
    assert all(SOONEST <= pause <= 2 * LATEST for pause in (*first, *second))
    assert sum(first[-5:]) > 3 * sum(first[:5])


async def test_google_is_asked_again_when_it_says(context: StepContext) -> None:
    assert set(await _paused(context, retry_after=7.0)) == {7.0}


async def _paused(context: StepContext, retry_after: float | None = None) -> list[float]:
    """The pauses of somebody who is refused for ten minutes."""
    timed = Timed(**{each.name: getattr(context, each.name) for each in fields(context)})

    async def refused() -> None:
        raise Transient("not now", retry_after=retry_after)

    with pytest.raises(Permanent, match="not now"):
        await patiently(timed, refused, limit=600)
    return timed.pauses
