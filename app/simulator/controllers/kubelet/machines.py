"""What a Compute Engine machine type offers to Pods once GKE has taken its share.

Reservations as Google documents them for GKE Standard: of CPU 6 % of the first core, 1 % of the
second, 0.5 % of the next two and 0.25 % of the rest; of memory 25 % of the first 4 GiB, 20 % of
the next 4, 10 % of the next 8, 6 % of the next 112 and 2 % of the rest, and 100 MiB for eviction.
"""

from dataclasses import dataclass

_GIB_PER_CORE = {
    ("n1", "standard"): 3.75,
    ("n1", "highmem"): 6.5,
    ("n1", "highcpu"): 0.9,
    ("*", "standard"): 4.0,
    ("*", "highmem"): 8.0,
    ("*", "highcpu"): 1.0,
}
_SHARED_CORE = {
    "e2-micro": (2, 1.0),
    "e2-small": (2, 2.0),
    "e2-medium": (2, 4.0),
    "f1-micro": (1, 0.6),
    "g1-small": (1, 1.7),
}
_CPU_STEPS = ((1.0, 0.06), (1.0, 0.01), (2.0, 0.005), (float("inf"), 0.0025))
_MEMORY_STEPS = ((4.0, 0.25), (4.0, 0.2), (8.0, 0.1), (112.0, 0.06), (float("inf"), 0.02))
_EVICTION_GIB = 100 / 1024
PODS = 110


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores and memory in GiB."""

    cores: int
    memory: float

    @property
    def allocatable_cores(self) -> float:
        """Cores left for Pods."""
        return self.cores - _reserved(self.cores, _CPU_STEPS)

    @property
    def allocatable_memory(self) -> float:
        """GiB left for Pods."""
        return self.memory - _reserved(self.memory, _MEMORY_STEPS) - _EVICTION_GIB


def machine(type_: str) -> Machine:
    """The machine that a predefined type's name stands for; an unknown one has 4 GiB a core."""
    if type_ in _SHARED_CORE:
        return Machine(*_SHARED_CORE[type_])
    family, _, rest = type_.partition("-")
    class_, _, size = rest.rpartition("-")
    cores = int(size) if size.isdigit() else 4
    by_family = _GIB_PER_CORE.get((family, class_))
    per_core = by_family or _GIB_PER_CORE.get(("*", class_.split("-")[0]), 4.0)
    return Machine(cores, cores * per_core)


def _reserved(amount: float, steps: tuple[tuple[float, float], ...]) -> float:
    reserved = 0.0
    for width, share in steps:
        reserved += min(amount, width) * share
        amount = max(0.0, amount - width)
    return reserved
