"""Telling the simulator which waits its controllers impose."""

from dataclasses import dataclass, field

from app.simulator.world import ClusterFacts, World


@dataclass
class Waits:
    """The open waits of one cluster, by what is waited for."""

    world: World
    facts: ClusterFacts
    _open: dict[str, str] = field(default_factory=dict)

    def begin(self, what: str, seconds: float) -> None:
        """A wait of `seconds` (simulated) for `what` has begun; saying so twice is one wait."""
        if what not in self._open:
            self._open[what] = self.world.record_wait(
                what, self.facts.project, self.facts.name, seconds
            )

    def end(self, what: str) -> None:
        """The wait is over, or will never be."""
        wait_id = self._open.pop(what, None)
        if wait_id is not None:
            self.world.end_wait(wait_id)
