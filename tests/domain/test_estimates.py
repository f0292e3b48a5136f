"""Percent and ETA: honest at the start, corrected on the way, never absurd."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.estimates import Duration, Progress, durations, forecast
from app.domain.plan import StepName, plan_for
from app.domain.status import StepState
from tests.support import samples

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PLAN = plan_for(samples.spec())
EXPECTED = durations({})


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def done(start: float, end: float) -> Progress:
    return Progress(StepState.DONE, NOW + seconds(start), NOW + seconds(end))


def running(start: float) -> Progress:
    return Progress(StepState.RUNNING, NOW + seconds(start))


def test_at_the_start_it_is_the_longest_chain_from_now() -> None:
    chain = PLAN.longest_chain({name: each.typical for name, each in EXPECTED.items()})
    told = forecast(PLAN, {}, EXPECTED, NOW)
    assert told.percent == 0
    assert told.ready_at == NOW + seconds(chain)
    assert told.late_at > told.ready_at


def test_a_step_that_was_quick_brings_it_forward() -> None:
    before = forecast(PLAN, {}, EXPECTED, NOW)
    after = forecast(PLAN, {StepName.CHECK_PROJECT: done(0, 1)}, EXPECTED, NOW + seconds(1))
    assert after.ready_at < before.ready_at
    assert after.percent >= before.percent


def test_a_step_that_is_late_moves_it_and_never_into_the_past() -> None:
    late = NOW + seconds(5000)
    told = forecast(PLAN, {StepName.CHECK_PROJECT: running(0)}, EXPECTED, late)
    assert told.ready_at > late


def test_all_done_is_a_hundred_percent_at_the_last_end() -> None:
    progress = {name: done(0, 60) for name in PLAN.names}
    told = forecast(PLAN, progress, EXPECTED, NOW + seconds(90))
    assert told.percent == 100
    assert told.ready_at == NOW + seconds(60)


def test_a_compressed_clock_compresses_the_estimate() -> None:
    slow = forecast(PLAN, {}, durations({}, 1), NOW).ready_at - NOW
    fast = forecast(PLAN, {}, durations({}, 40), NOW).ready_at - NOW
    assert abs(slow / 40 - fast) < seconds(0.01)


def test_a_portals_own_runs_replace_the_defaults_once_there_are_three() -> None:
    two = durations({StepName.CREATE_CLUSTER: [100, 120]})
    three = durations({StepName.CREATE_CLUSTER: [100, 120, 140]})
    assert two[StepName.CREATE_CLUSTER] == EXPECTED[StepName.CREATE_CLUSTER]
    assert three[StepName.CREATE_CLUSTER].typical == 120
    assert 120 <= three[StepName.CREATE_CLUSTER].late <= 140


@given(st.lists(st.floats(0.01, 4000), min_size=3, max_size=30))
def test_late_is_never_earlier_than_typical(runs: list[float]) -> None:
    found: Duration = durations({StepName.CREATE_CLUSTER: runs})[StepName.CREATE_CLUSTER]
    assert found.late >= found.typical > 0


@given(st.lists(st.floats(0, 3000), min_size=2, max_size=20))
def test_percent_never_falls_while_time_passes(moments: list[float]) -> None:
    progress = {StepName.CHECK_PROJECT: done(0, 3), StepName.ENABLE_SERVICES: running(3)}
    told = [
        forecast(PLAN, progress, EXPECTED, NOW + seconds(moment)).percent
        for moment in sorted(moments)
    ]
    assert told == sorted(told)
    assert all(0 <= percent < 100 for percent in told)
