"""When it will be ready: pure functions of plan, history and clock.

Durations are real seconds. Defaults come from recorded runs (a cluster took 6m18s and 6m29s)
and from the reports gathered for the project; a portal's own successful runs replace them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from app.domain.plan import Plan, StepName
from app.domain.status import StepState

ENOUGH_RUNS = 3  # with fewer, a run's own figures say more about chance than about the cloud


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a step takes: in half of all runs, and in 19 of 20."""

    typical: float
    late: float


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of one step at a moment."""

    state: StepState = StepState.WAITING
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """When a step began or should begin, and when it ended or should end."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer: share of the expected work done, and two moments to be ready by."""

    percent: int
    ready_at: datetime
    late_at: datetime
    from_history: bool


_DEFAULTS = {
    StepName.CHECK_PROJECT: Duration(3, 8),
    StepName.ENABLE_SERVICES: Duration(50, 120),
    StepName.RESERVE_ADDRESS: Duration(12, 25),
    StepName.CREATE_ACCOUNTS: Duration(15, 60),
    StepName.PUBLISH_NAME: Duration(65, 180),
    StepName.CREATE_CLUSTER: Duration(390, 670),
    StepName.LOAD_BUNDLE: Duration(2, 10),
    StepName.INSTALL_BASE: Duration(150, 300),
    StepName.INSTALL_KUBEFLOW: Duration(240, 600),
    StepName.BIND_WORKLOAD_IDENTITY: Duration(5, 20),
    StepName.OPEN_ENDPOINT: Duration(1020, 2700),
    StepName.SECURE_ENDPOINT: Duration(20, 120),
    StepName.WAIT_READY: Duration(20, 120),
    StepName.WITHDRAW_ACCESS: Duration(3, 20),
    StepName.CLOSE_ENDPOINT: Duration(150, 420),
    StepName.UNBIND_WORKLOAD_IDENTITY: Duration(3, 20),
    StepName.DELETE_CLUSTER: Duration(220, 500),  # reported: 2m44, 3m09, 3m40, 8m15
    StepName.WITHDRAW_NAME: Duration(10, 60),
    StepName.DELETE_ACCOUNTS: Duration(8, 40),
    StepName.RELEASE_ADDRESS: Duration(12, 40),
    StepName.LEAVE_SERVICES: Duration(1, 5),
    StepName.CONFIRM_REMOVAL: Duration(5, 30),
}
Durations = Mapping[StepName, Duration]
History = Mapping[StepName, Sequence[float]]


def durations(history: History, clock_speed: float = 1.0) -> dict[StepName, Duration]:
    """Each step's duration: from `history` (real seconds of past runs) where there is enough."""
    return {
        step: _from_runs(history[step])
        if len(history.get(step, ())) >= ENOUGH_RUNS
        else Duration(default.typical / clock_speed, default.late / clock_speed)
        for step, default in _DEFAULTS.items()
    }


def forecast(
    plan: Plan,
    progress: Mapping[StepName, Progress],
    expected: Durations,
    now: datetime,
    *,
    from_history: bool = False,
) -> Forecast:
    """Percent and ETA of a run that goes on at `now`."""
    ready_at = _ends(plan, progress, {s: d.typical for s, d in expected.items()}, now)
    late_at = _ends(plan, progress, {s: d.late for s, d in expected.items()}, now)
    return Forecast(
        percent=_percent(plan, progress, expected, now),
        ready_at=ready_at,
        late_at=max(late_at, ready_at),
        from_history=from_history,
    )


def schedule(
    plan: Plan,
    progress: Mapping[StepName, Progress],
    seconds: Mapping[StepName, float],
    now: datetime,
) -> dict[StepName, Span]:
    """Where each step lies in time if every step that is left takes its `seconds`."""
    spans: dict[StepName, Span] = {}
    for step in plan:
        known = progress.get(step.name, Progress())
        if known.started_at is None and known.ended_at is None:
            begins = max([now, *(spans[need].ends for need in step.needs)])
            spans[step.name] = Span(begins, begins + timedelta(seconds=seconds[step.name]))
        else:
            ends = expected_end(known, seconds[step.name], now)
            spans[step.name] = Span(known.started_at or ends, ends)
    return spans


def expected_end(progress: Progress, seconds: float, now: datetime) -> datetime:
    """When a step that has begun should end: never in the past while it still runs."""
    if progress.ended_at is not None:
        return progress.ended_at
    began = progress.started_at or now
    return max(began + timedelta(seconds=seconds), now)


def _from_runs(seconds: Sequence[float]) -> Duration:
    typical = median(seconds)
    return Duration(typical, max(typical, quantiles(seconds, n=20, method="inclusive")[-1]))


def _ends(
    plan: Plan,
    progress: Mapping[StepName, Progress],
    seconds: Mapping[StepName, float],
    now: datetime,
) -> datetime:
    """The end of the last step if every step that is left takes its `seconds`."""
    return max(span.ends for span in schedule(plan, progress, seconds, now).values())


def _percent(
    plan: Plan,
    progress: Mapping[StepName, Progress],
    expected: Durations,
    now: datetime,
) -> int:
    """Expected work done. A running step counts for at most 95 % of itself until it is done."""
    total = sum(expected[step.name].typical for step in plan)
    done = sum(
        _share(progress.get(step.name, Progress()), expected[step.name].typical, now)
        * expected[step.name].typical
        for step in plan
    )
    whole = all(progress.get(s.name, Progress()).state == StepState.DONE for s in plan)
    return 100 if whole else min(99, int(100 * done / total))


def _share(progress: Progress, typical: float, now: datetime) -> float:
    if progress.state == StepState.DONE:
        return 1.0
    if progress.state != StepState.RUNNING or progress.started_at is None:
        return 0.0
    return min(0.95, max(0.0, (now - progress.started_at).total_seconds() / typical))
