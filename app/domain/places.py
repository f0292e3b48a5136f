"""Zones and machine types that Google Compute Engine offers and Kubeflow can run on.

Read from Google's own lists of regions and machine families (2026). A project's own lists,
where its Compute API is on, are narrower and are asked for before anything is made.
Machine families that take only Hyperdisk (N4, C4) are left out: the default StorageClass of a
GKE cluster cannot be used on them.
"""

import re
from dataclasses import dataclass

_ZONES_OF_REGION = {
    "africa-south1": "abc",
    "asia-east1": "abc",
    "asia-east2": "abc",
    "asia-northeast1": "abc",
    "asia-northeast2": "abc",
    "asia-northeast3": "abc",
    "asia-south1": "abc",
    "asia-south2": "abc",
    "asia-southeast1": "abc",
    "asia-southeast2": "abc",
    "australia-southeast1": "abc",
    "australia-southeast2": "abc",
    "europe-central2": "abc",
    "europe-north1": "abc",
    "europe-southwest1": "abc",
    "europe-west1": "bcd",
    "europe-west2": "abc",
    "europe-west3": "abc",
    "europe-west4": "abc",
    "europe-west6": "abc",
    "europe-west8": "abc",
    "europe-west9": "abc",
    "europe-west10": "abc",
    "europe-west12": "abc",
    "me-central1": "abc",
    "me-central2": "abc",
    "me-west1": "abc",
    "northamerica-northeast1": "abc",
    "northamerica-northeast2": "abc",
    "southamerica-east1": "abc",
    "southamerica-west1": "abc",
    "us-central1": "abcf",
    "us-east1": "bcd",
    "us-east4": "abc",
    "us-east5": "abc",
    "us-south1": "abc",
    "us-west1": "abc",
    "us-west2": "abc",
    "us-west3": "abc",
    "us-west4": "abc",
}
ZONES = tuple(
    f"{region}-{letter}" for region, letters in _ZONES_OF_REGION.items() for letter in letters
)
DEFAULT_ZONE = "asia-east1-a"

MACHINE_TYPES = (
    *(f"n1-standard-{cores}" for cores in (4, 8, 16, 32, 64, 96)),
    *(f"n1-highmem-{cores}" for cores in (4, 8, 16, 32, 64, 96)),
    *(f"n2-standard-{cores}" for cores in (4, 8, 16, 32, 48, 64, 80)),
    *(f"n2-highmem-{cores}" for cores in (4, 8, 16, 32, 48, 64, 80)),
    *(f"n2d-standard-{cores}" for cores in (4, 8, 16, 32, 48, 64)),
    *(f"e2-standard-{cores}" for cores in (4, 8, 16, 32)),
    *(f"e2-highmem-{cores}" for cores in (4, 8, 16)),
    *(f"c3-standard-{cores}" for cores in (4, 8, 22, 44)),
)
DEFAULT_MACHINE_TYPE = "n1-standard-8"
_ZONE = re.compile(
    r"(africa|asia|australia|europe|me|northamerica|southamerica|us)-[a-z]+\d{1,2}-[a-z]"
)
_MACHINE = re.compile(r"(n1|n2|n2d|e2|c3)-(standard|highmem)-(\d{1,3})")
_FEWEST_CORES = 4
_GB_PER_CORE = {"n1-standard": 3.75, "n1-highmem": 6.5}  # 4 and 8 in all newer families


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU model: how many a machine can have, and which quota counts it."""

    label: str
    counts: tuple[int, ...]
    quota: str
    machines: tuple[str, ...] = ()  # by count, for models that bring their own machine family

    def machine_type(self, count: int) -> str:
        """The machine that carries `count` of them; other models are attached to N1."""
        if self.machines:
            return self.machines[self.counts.index(count)]
        return {1: "n1-standard-8", 2: "n1-standard-16", 4: "n1-standard-32"}.get(
            count, "n1-standard-96"
        )


GPUS = {
    "nvidia-tesla-t4": Gpu("NVIDIA T4", (1, 2, 4), "NVIDIA_T4_GPUS"),
    "nvidia-l4": Gpu(
        "NVIDIA L4",
        (1, 2, 4, 8),
        "NVIDIA_L4_GPUS",
        ("g2-standard-8", "g2-standard-24", "g2-standard-48", "g2-standard-96"),
    ),
    "nvidia-tesla-p4": Gpu("NVIDIA P4", (1, 2, 4), "NVIDIA_P4_GPUS"),
    "nvidia-tesla-p100": Gpu("NVIDIA P100", (1, 2, 4), "NVIDIA_P100_GPUS"),
    "nvidia-tesla-v100": Gpu("NVIDIA V100", (1, 2, 4, 8), "NVIDIA_V100_GPUS"),
    "nvidia-tesla-a100": Gpu(
        "NVIDIA A100 40 GB",
        (1, 2, 4, 8, 16),
        "NVIDIA_A100_GPUS",
        (*(f"a2-highgpu-{count}g" for count in (1, 2, 4, 8)), "a2-megagpu-16g"),
    ),
    "nvidia-a100-80gb": Gpu(
        "NVIDIA A100 80 GB",
        (1, 2, 4, 8),
        "NVIDIA_A100_80GB_GPUS",
        tuple(f"a2-ultragpu-{count}g" for count in (1, 2, 4, 8)),
    ),
}


def region_of(zone: str) -> str:
    """`asia-east1-a` is in `asia-east1`."""
    return zone.rsplit("-", 1)[0]


def is_zone(name: str) -> bool:
    """Whether this is what a zone's name looks like; regions are added now and then."""
    return bool(_ZONE.fullmatch(name))


def suits_kubeflow(machine_type: str) -> bool:
    """Whether nodes of this type can carry Kubeflow: enough of it, on disks that it can use."""
    found = _MACHINE.fullmatch(machine_type)
    return found is not None and int(found[3]) >= _FEWEST_CORES


def cores_of(machine_type: str) -> int:
    """vCPUs of a machine type that `suits_kubeflow`."""
    return int(machine_type.rpartition("-")[2])


def memory_gb_of(machine_type: str) -> float:
    """Memory in GB (2**30 bytes) of a machine type that `suits_kubeflow`."""
    family, _, cores = machine_type.rpartition("-")
    otherwise = 8.0 if family.endswith("highmem") else 4.0
    return int(cores) * _GB_PER_CORE.get(family, otherwise)
