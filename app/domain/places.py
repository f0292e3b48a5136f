"""Zones and machine types that Google Compute Engine offers and Kubeflow can run on.

Read from Google's own lists of regions and machine families (2026). A project's own lists,
where its Compute API is on, are narrower and are asked for before anything is made.
Machine families that take only Hyperdisk (N4, C4) are left out: the default StorageClass of a
GKE cluster cannot be used on them.
"""

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


def region_of(zone: str) -> str:
    """`asia-east1-a` is in `asia-east1`."""
    return zone.rsplit("-", 1)[0]
