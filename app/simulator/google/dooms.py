"""What named faults have in store for a cluster that is about to be made."""

from dataclasses import dataclass

from app.simulator.google import catalogue, constraints
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_MINUTE = 60.0
_SOON, _LATE, _MIDDLE = 60.0, 35 * _MINUTE + 4, 200.0
_EXHAUSTED, _INTERNAL, _CANCELLED, _PRECONDITION = 8, 13, 1, 9
_NAMES_OF_CODES = {
    _EXHAUSTED: "RESOURCE_EXHAUSTED",
    _INTERNAL: "INTERNAL",
    _CANCELLED: "CANCELLED",
    _PRECONDITION: "FAILED_PRECONDITION",
}


@dataclass(frozen=True, slots=True)
class Doom:
    """How and when a creation fails; `condition` is GKE's code for it, empty if it has none."""

    seconds: float
    code: int
    message: str
    condition: str = ""

    def at(self, moment: str) -> Json:
        """What is kept of it in the cluster's document; it comes at a stored moment."""
        name = _NAMES_OF_CODES[self.code]
        kept = {"at": moment, "code": self.code, "message": self.message, "name": name}
        return {**kept, "condition": self.condition}


CANCELLED = Doom(5, _CANCELLED, "The operation was cancelled.")


def doom_of(cloud: Cloud, document: Json, location: str, spec: Json) -> Doom | None:
    """What will become of this cluster's creation, if nothing good; `document` is its project."""
    project, name = document["projectId"], spec["name"]
    faults, machine = cloud.faults.named, f"gke-{name}-default-pool-1a2b3c4d-x9z8"
    violation = constraints.violated(cloud, document, spec, machine)
    if violation:
        return Doom(_MIDDLE, _PRECONDITION, violation)
    if _strikes(faults.get("stock-out"), location):
        return Doom(_SOON, _EXHAUSTED, _out_of_stock(location), "GCE_STOCKOUT")
    if _strikes(faults.get("stock-out-slow"), location):
        text = _out_of_stock_at_last(project, location, machine)
        return Doom(_LATE, _EXHAUSTED, text, "GCE_STOCKOUT")
    minutes = cloud.faults.number_of("quota-exceeded-later")
    if minutes is not None:
        text = _quota_at_last(machine, catalogue.region_of(location))
        return Doom(minutes * _MINUTE, _EXHAUSTED, text, "GCE_QUOTA_EXCEEDED")
    if "operation-fails" in faults:
        return Doom(_MIDDLE, _INTERNAL, "Internal error.")
    return None


def _strikes(zone: str | None, location: str) -> bool:
    return zone in ("*", location)


def _out_of_stock(zone: str) -> str:
    return (
        "Try a different location, or try again later: Google Compute Engine does not have "
        f"enough resources available to fulfill request: {zone}."
    )


def _out_of_stock_at_last(project: str, zone: str, machine: str) -> str:
    return (
        "Google Compute Engine: Not all instances running in IGM after 35m4s. Expected 2, running "
        "0, transitioning 2. Current errors: [GCE_STOCKOUT]: Instance "
        f"'{machine}' creation failed: The zone 'projects/{project}/zones/{zone}' does not have "
        "enough resources available to fulfill the request. '(resource type:compute)'."
    )


def _quota_at_last(machine: str, region: str) -> str:
    told = f"Quota 'IN_USE_ADDRESSES' exceeded.  Limit: 8.0 in region {region}."
    return f"Instance '{machine}' creation failed: {told}"
