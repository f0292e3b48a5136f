"""How many requests an API server gets at once: as many as it bears."""

import asyncio
from dataclasses import dataclass, field

MOST = 32  # beyond 16 or so the server's own processors are the limit


@dataclass
class Pace:
    """Additive increase, multiplicative decrease.

    The number of requests under way grows by one for each round of them that gets through, and
    halves when the server says that it has too much to do (429).
    """

    limit: float = 8.0
    most: int = MOST
    _under_way: int = 0
    _begun: int = 0
    _slowed_at: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def begin(self) -> int:
        """Wait for a place; its number, to be given back to `end`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._under_way < int(self.limit))
            self._under_way += 1
            self._begun += 1
            return self._begun

    async def end(self, number: int, *, too_much: bool = False) -> None:
        """Give a place back; `too_much` if the server refused for its load.

        Requests that were under way already when we slowed down say nothing new.
        """
        async with self._changed:
            self._under_way -= 1
            if not too_much:
                self.limit = min(float(self.most), self.limit + 1 / self.limit)
            elif number > self._slowed_at:
                self._slowed_at = self._begun
                self.limit = max(1.0, self.limit / 2)
            self._changed.notify_all()
