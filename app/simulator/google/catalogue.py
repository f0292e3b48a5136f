"""Compute Engine's offer, as far as the simulator has it: zones, machine types, accelerators."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MachineType:
    """`memory_mb` in MiB."""

    name: str
    cpus: int
    memory_mb: int
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A GPU model and how many of it one machine takes."""

    name: str
    description: str
    most: int


_LETTERS = {"europe-west1": "bcd", "us-central1": "abcf", "us-east1": "bcd"}
_REGIONS = [
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-southwest1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "europe-west10",
    "europe-west12",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
]
ZONES: dict[str, tuple[str, ...]] = {
    region: tuple(f"{region}-{letter}" for letter in _LETTERS.get(region, "abc"))
    for region in _REGIONS
}
_GPUS = {
    "nvidia-tesla-t4": Accelerator("nvidia-tesla-t4", "NVIDIA T4", 4),
    "nvidia-l4": Accelerator("nvidia-l4", "NVIDIA L4", 8),
    "nvidia-tesla-p4": Accelerator("nvidia-tesla-p4", "NVIDIA P4", 4),
    "nvidia-tesla-p100": Accelerator("nvidia-tesla-p100", "NVIDIA P100", 4),
    "nvidia-tesla-v100": Accelerator("nvidia-tesla-v100", "NVIDIA V100", 8),
    "nvidia-tesla-a100": Accelerator("nvidia-tesla-a100", "NVIDIA A100 40GB", 16),
    "nvidia-a100-80gb": Accelerator("nvidia-a100-80gb", "NVIDIA A100 80GB", 8),
}
_GPUS_OF_ZONE: dict[str, tuple[str, ...]] = {
    "asia-east1-a": ("nvidia-tesla-t4", "nvidia-l4"),
    "asia-northeast1-a": ("nvidia-tesla-t4",),
    "asia-northeast3-b": ("nvidia-tesla-t4",),
    "europe-west1-b": ("nvidia-l4", "nvidia-tesla-t4"),
    "europe-west4-a": ("nvidia-tesla-v100", "nvidia-tesla-a100", "nvidia-a100-80gb"),
    "us-central1-a": ("nvidia-tesla-t4", "nvidia-l4", "nvidia-tesla-v100", "nvidia-tesla-p4"),
    "us-central1-c": (
        "nvidia-tesla-t4",
        "nvidia-tesla-p100",
        "nvidia-tesla-a100",
        "nvidia-a100-80gb",
    ),
    "us-east1-c": ("nvidia-tesla-t4", "nvidia-tesla-v100"),
}


def _series(name: str, gb_per_cpu: float, sizes: tuple[int, ...]) -> list[MachineType]:
    return [MachineType(f"{name}-{n}", n, int(n * gb_per_cpu * 1024)) for n in sizes]


MACHINE_TYPES: dict[str, MachineType] = {
    machine.name: machine
    for machine in (
        MachineType("e2-micro", 2, 1024, shared=True),
        MachineType("e2-small", 2, 2048, shared=True),
        MachineType("e2-medium", 2, 4096, shared=True),
        *_series("e2-standard", 4, (2, 4, 8, 16, 32)),
        *_series("e2-highmem", 8, (2, 4, 8, 16)),
        *_series("n1-standard", 3.75, (1, 2, 4, 8, 16, 32, 64, 96)),
        *_series("n1-highmem", 6.5, (2, 4, 8, 16, 32, 64, 96)),
        *_series("n1-highcpu", 0.9, (2, 4, 8, 16, 32, 64, 96)),
        *_series("n2-standard", 4, (2, 4, 8, 16, 32, 48, 64, 80, 96, 128)),
        *_series("n2-highmem", 8, (2, 4, 8, 16, 32, 48, 64, 80)),
        *_series("n2d-standard", 4, (2, 4, 8, 16, 32, 48, 64, 80, 96)),
        *_series("c3-standard", 4, (4, 8, 22, 44)),
        *_series("g2-standard", 4, (4, 8, 12, 16, 24, 32, 48, 96)),
        *(MachineType(f"a2-highgpu-{n}g", 12 * n, 85 * n * 1024) for n in (1, 2, 4, 8)),
        MachineType("a2-megagpu-16g", 96, 1360 * 1024),
        *(MachineType(f"a2-ultragpu-{n}g", 12 * n, 170 * n * 1024) for n in (1, 2, 4, 8)),
    )
}
_NOT_EVERYWHERE = {
    "c3-": ("europe-west1", "europe-west4", "us-central1", "us-east1"),
    "g2-": ("asia-east1", "europe-west1", "us-central1"),
    "a2-": ("europe-west4", "us-central1"),
}


def zones() -> list[str]:
    """Every zone, by name."""
    return [zone for region in sorted(ZONES) for zone in ZONES[region]]


def region_of(location: str) -> str:
    """The region of a zone; a region is its own."""
    return location if location in ZONES else location.rpartition("-")[0]


def machine_types(zone: str) -> list[MachineType]:
    """What a zone offers."""
    return [machine for machine in MACHINE_TYPES.values() if offers(zone, machine.name)]


def offers(zone: str, machine_type: str) -> bool:
    """Whether the zone has the machine type."""
    if machine_type not in MACHINE_TYPES:
        return False
    for series, regions in _NOT_EVERYWHERE.items():
        if machine_type.startswith(series):
            return region_of(zone) in regions
    return True


def accelerators(zone: str) -> list[Accelerator]:
    """The GPUs that a zone offers."""
    return [_GPUS[name] for name in _GPUS_OF_ZONE.get(zone, ())]
