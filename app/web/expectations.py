"""How long steps take here: read from the store now and then, not for every page."""

import time

from app.domain.estimates import ENOUGH_RUNS, Durations, durations
from app.store import steps
from app.store.database import Database

KEPT_FOR = 30.0  # seconds; a new run changes a median of many runs but little


class Expectations:
    """Each step's expected duration, and whether it comes from runs of this portal."""

    def __init__(self, database: Database, clock_speed: float) -> None:
        self._database = database
        self._clock_speed = clock_speed
        self._read_at = float("-inf")
        self._known: tuple[Durations, bool] = (durations({}, clock_speed), False)

    async def now(self) -> tuple[Durations, bool]:
        """The durations in real seconds, and whether they rest on history."""
        if time.monotonic() - self._read_at > KEPT_FOR:
            self._read_at = time.monotonic()
            async with self._database.read() as session:
                history = await steps.history(session)
            enough = any(len(seconds) >= ENOUGH_RUNS for seconds in history.values())
            self._known = (durations(history, self._clock_speed), enough)
        return self._known
