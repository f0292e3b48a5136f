"""The simulator's clock: simulated seconds pass `speed` times as fast as real ones."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """Real timestamps, compressed durations.

    Timestamps stay real so that they survive a restart and agree with the portal's own;
    only how long things take is divided by `speed`.
    """

    speed: float = 1.0

    def now(self) -> datetime:
        """The present, aware and in UTC."""
        return datetime.now(UTC)

    def real(self, simulated_seconds: float) -> float:
        """Real seconds in which `simulated_seconds` pass."""
        return simulated_seconds / self.speed

    def after(self, simulated_seconds: float, since: datetime | None = None) -> datetime:
        """The real moment at which `simulated_seconds` will have passed."""
        return (since or self.now()) + timedelta(seconds=self.real(simulated_seconds))

    async def sleep(self, simulated_seconds: float) -> None:
        """Sleep while `simulated_seconds` pass."""
        await asyncio.sleep(self.real(simulated_seconds))
