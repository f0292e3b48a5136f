"""How often Google lets itself be asked: requests in a minute of the simulated clock.

The figures are the usual ones of new projects as far as Google publishes them; what it changes of a
project's services has none, and 240 stands in. A project's own are set like its other quotas, by
`QUERIES` and `MUTATE_REQUESTS`.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime

from app.simulator.clock import Clock

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """`metric` and `limit` are what Google calls them, `setting` what a project's quotas do."""

    setting: str
    metric: str
    limit: str
    most: int


QUERIES = Rate("QUERIES", "Queries", "Queries per minute", 1500)
MUTATIONS = Rate("MUTATE_REQUESTS", "Mutate requests", "Mutate requests per minute", 240)


@dataclass
class Rates:
    """What was asked of late; a restart forgets it."""

    clock: Clock
    _asked: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, name: str, most: int) -> bool:
        """Whether one more may be asked under `name` now; counts it if so."""
        asked, now = self._asked[name], self.clock.now()
        while asked and self.clock.after(_MINUTE, asked[0]) <= now:
            asked.popleft()
        if len(asked) >= most:
            return False
        asked.append(now)
        return True
