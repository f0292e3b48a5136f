"""Faults: how the simulated cloud is told to misbehave.

A named fault is one thing that happens to people on Google Cloud (`fault_names.py` lists them);
it is armed by name, with an argument where it takes one, until it is cleared. A plain fault hits
one kind of call, `SERVICE.HANDLER` such as `container.create_cluster` (`*` matches any run of
characters), for a number of times or until it is cleared.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.simulator.fault_names import NAMED
from app.simulator.state import Document, State

_COLLECTION, _NAMED = "faults", "named_faults"


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is one of `KINDS`: `unavailable` (503), `denied` (403) or `latency`.

    `times` is how often it will still strike (None: always); `seconds` is the real delay that
    `latency` adds.
    """

    kind: str
    call: str
    times: int | None = None
    seconds: float = 0.0


KINDS = ("unavailable", "denied", "latency")


class Faults:
    """The faults that are armed, kept with the rest of the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._named = {name: str(doc["arg"]) for name, doc in state.items(_NAMED)}
        self._counts: dict[str, int] = {}

    @property
    def named(self) -> dict[str, str]:
        """The named faults that are armed, with their arguments."""
        return self._named

    def arm_named(self, name: str, arg: str = "") -> None:
        """Let the named fault strike from now on; raises ValueError for one that cannot be.

        Without an argument its usual one.
        """
        if name not in NAMED:
            raise ValueError(f"no fault is called {name!r}; there are {', '.join(NAMED)}")
        chosen = arg or NAMED[name].usual
        NAMED[name].check(chosen)
        self._state.put(_NAMED, name, {"arg": chosen})
        self._named = {**self._named, name: chosen}
        self._counts.pop(name, None)

    def disarm(self, name: str) -> None:
        """Let this be over; one that is not armed is no error."""
        self._state.delete(_NAMED, name)
        self._named = {other: arg for other, arg in self._named.items() if other != name}

    def number_of(self, name: str) -> float | None:
        """The argument of a named fault that takes a number; None while it is not armed."""
        return float(self._named[name]) if name in self._named else None

    def count(self, name: str) -> int:
        """How often this has been asked since the fault was armed, from 0."""
        number = self._counts.get(name, 0)
        self._counts[name] = number + 1
        return number

    def arm(self, fault: Fault) -> None:
        """Let `fault` strike from now on; it replaces one of the same kind and call."""
        self._state.put(_COLLECTION, _key(fault), _document(fault))

    def clear(self) -> None:
        """Let everything work again."""
        with self._state.change():
            for key, _ in self._state.items(_COLLECTION):
                self._state.delete(_COLLECTION, key)
            for name in list(self._named):
                self.disarm(name)

    def armed(self) -> list[Fault]:
        """Every plain fault that is armed."""
        return [Fault(**document) for _, document in self._state.items(_COLLECTION)]

    def strike(self, call: str) -> list[Fault]:
        """The plain faults that hit this `call` now; each loses one of its times."""
        struck = [fault for fault in self.armed() if fnmatchcase(call, fault.call)]
        for fault in struck:
            self._spend(fault)
        return struck

    def _spend(self, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            self._state.delete(_COLLECTION, _key(fault))
        else:
            self.arm(Fault(fault.kind, fault.call, fault.times - 1, fault.seconds))


def parse_fault(text: str) -> tuple[str, str]:
    """Name and argument of `NAME` or `NAME:ARG`."""
    name, _, arg = text.partition(":")
    return name.strip(), arg.strip()


def _key(fault: Fault) -> str:
    return f"{fault.kind} {fault.call}"


def _document(fault: Fault) -> Document:
    return {
        "kind": fault.kind,
        "call": fault.call,
        "times": fault.times,
        "seconds": fault.seconds,
    }
