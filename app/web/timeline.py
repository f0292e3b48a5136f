"""Where a plan's bars lie: percentages of an axis of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from app.domain.estimates import Progress, Span
from app.domain.plan import StepName
from app.domain.status import StepState

MOST_TICKS = 8  # in the narrowest chart that shows an axis they are then 80 px apart
_INTERVALS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Bar:
    """In percent of the axis: what has happened, and (dashed) what is still expected."""

    x: float
    width: float
    usual_x: float
    usual_width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis, in percent of it, and its moment."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of time, drawn from 0 to 100 percent."""

    begins: datetime
    ends: datetime

    def x(self, moment: datetime) -> float:
        """Where `moment` lies; what is outside lies at the edge."""
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self) -> list[Tick]:
        """Round moments in even steps."""
        seconds = (self.ends - self.begins).total_seconds()
        every = next((i for i in _INTERVALS if seconds / i <= MOST_TICKS), _INTERVALS[-1])
        first = ceil(self.begins.timestamp() / every) * every
        last = self.ends.timestamp()
        moments = (datetime.fromtimestamp(t, UTC) for t in range(first, int(last) + 1, every))
        return [Tick(self.x(moment), moment) for moment in moments]


def axis_of(begins: datetime, spans: Mapping[StepName, Span], now: datetime, over: bool) -> Axis:
    """From the deployment's begin to the end of its last step, with some air after it."""
    ends = max((span.ends for span in spans.values()), default=now)
    ends = max(ends, begins + timedelta(seconds=1))
    air = timedelta(0) if over else (max(ends, now) - begins) * 0.03
    return Axis(begins, (ends if over else max(ends, now)) + air)


def bar_of(progress: Progress, span: Span, axis: Axis, now: datetime, over: bool) -> Bar | None:
    """A step's bar; a step that never began and never will has none."""
    if progress.started_at is not None:
        x, until = axis.x(progress.started_at), axis.x(progress.ended_at or now)
        running = progress.state == StepState.RUNNING and not over
        usual = max(0.0, axis.x(span.ends) - until) if running else 0.0
        return Bar(x, round(until - x, 2), until, round(usual, 2))
    if over or progress.state == StepState.SKIPPED:
        return None
    x = axis.x(span.begins)
    return Bar(x, 0.0, x, round(axis.x(span.ends) - x, 2))
