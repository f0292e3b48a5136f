"""What becomes of a Pod: how long it takes to start, or why it never does.

The one place where a failing image, a slow start or a crash is decided.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.simulator.controllers.objects import Object, fraction
from app.simulator.timings import Timings

_PRESENT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a container does not run; `event` is the reason of the Warning that tells of it."""

    reason: str
    message: str
    event: str = "Failed"


@dataclass(frozen=True, slots=True)
class Fate:
    """A Pod starts `delay` simulated seconds after it was bound, or fails then."""

    delay: float
    failure: Failure | None = None


PodFate = Callable[[Object, list[str]], Fate]
"""Called with the Pod and the images that its node does not have yet."""


def usual_fate(timings: Timings) -> PodFate:
    """Every Pod starts; the slowest image that must be pulled decides when."""

    def fate(_: Object, to_pull: list[str]) -> Fate:
        pulls = [pull_seconds(image, timings) for image in to_pull]
        return Fate(max(pulls, default=min(_PRESENT_SECONDS, timings.pod_least)))

    return fate


def pull_seconds(image: str, timings: Timings) -> float:
    """Simulated seconds that pulling and starting an image takes, the same every time."""
    return timings.pod_least + fraction(image) * (timings.pod_most - timings.pod_least)
