"""Named faults: how the simulated cloud is told to misbehave.

A fault is armed for one kind of call, `SERVICE.HANDLER` such as `container.create_cluster`
(`*` matches any run of characters), for a number of times or until it is cleared.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.simulator.state import Document, State

_COLLECTION = "faults"


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

    def arm(self, fault: Fault) -> None:
        """Let `fault` strike from now on; it replaces one of the same kind and call."""
        self._state.put(_COLLECTION, _key(fault), _document(fault))

    def clear(self) -> None:
        """Let everything work again."""
        with self._state.change():
            for key, _ in self._state.items(_COLLECTION):
                self._state.delete(_COLLECTION, key)

    def armed(self) -> list[Fault]:
        """Every armed fault."""
        return [Fault(**document) for _, document in self._state.items(_COLLECTION)]

    def strike(self, call: str) -> list[Fault]:
        """The faults that hit this `call` now; each loses one of its times."""
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


def _key(fault: Fault) -> str:
    return f"{fault.kind} {fault.call}"


def _document(fault: Fault) -> Document:
    return {
        "kind": fault.kind,
        "call": fault.call,
        "times": fault.times,
        "seconds": fault.seconds,
    }
