"""Telling the simulator which waits its controllers impose."""

from dataclasses import dataclass, field

from app.simulator.world import ClusterFacts, World


@dataclass
class Waits:
    """The waits of one cluster, by what is waited for; saying the same again changes nothing."""

    world: World
    facts: ClusterFacts
    _open: dict[str, str] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)

    def begin(self, what: str, seconds: float) -> None:
        """A wait of `seconds` (simulated) for `what` has begun."""
        if what not in self._open and what not in self._over:
            self._open[what] = self.world.record_wait(
                what, self.facts.project, self.facts.name, seconds
            )

    def end(self, what: str) -> None:
        """The wait is over."""
        wait_id = self._open.pop(what, None)
        if wait_id is not None:
            self._over.add(what)
            self.world.end_wait(wait_id)

    def forget(self, what: str) -> None:
        """What was waited for is gone: a next one of that name waits anew."""
        self.end(what)
        self._over.discard(what)
