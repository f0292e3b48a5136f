"""What a deployment costs: a pure function of what is asked for and of Google's list prices.

Prices are US dollars. Descriptions of SKUs and the discounts of whole months are Google's own
(Cloud Billing catalogue; sustained-use discounts for machine families that have them).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.places import GPUS, cores_of, memory_gb_of, region_of
from app.domain.spec import DeploymentSpec, Login

HOURS_A_MONTH = 730.0
FREE_TIER = 74.40  # dollars of cluster fees a month that each billing account is given back
_WHOLE_MONTH = {"n1": 0.30, "n2": 0.20, "n2d": 0.20}  # share taken off what runs all month
_FAMILIES = {
    "n1": "N1 Predefined Instance",
    "n2": "N2 Instance",
    "n2d": "N2D AMD Instance",
    "e2": "E2 Instance",
    "c3": "C3 Instance",
}
_DISK = "Balanced PD Capacity"
_CLUSTER = "Zonal Kubernetes Clusters"
_RULE = "Cloud Load Balancer Forwarding Rule Minimum Global"
_ADDRESS = "Static Ip Charge"
_GPU = "Nvidia"


@dataclass(frozen=True, slots=True)
class Sku:
    """One price of the catalogue: dollars for a `unit` (`h`, `GiBy.h`, `GiBy.mo`)."""

    description: str
    usage_type: str
    regions: tuple[str, ...]
    unit: str
    usd: float


class Part(StrEnum):
    """What is paid for."""

    CORES = "cores"
    MEMORY = "memory"
    DISKS = "disks"
    CLUSTER = "cluster"
    RULE = "rule"
    ADDRESS = "address"
    GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Item:
    """`quantity` units at `each` dollars an hour (disks: a month); its sums in dollars.

    What is there only now and then (`sometimes`) has its price, and counts for nothing.
    """

    part: Part
    quantity: float
    each: float
    hourly: float
    monthly: float
    sometimes: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """The sum in dollars, what it is made of, and parts that the catalogue has no price for."""

    items: Sequence[Item]
    missing: Sequence[Part]
    whole_month_discount: float = 0.0

    @property
    def hourly(self) -> float:
        return sum(item.hourly for item in self.items if not item.sometimes)

    @property
    def monthly(self) -> float:
        return sum(item.monthly for item in self.items if not item.sometimes)


def matters(description: str) -> bool:
    """Whether a SKU can be one that `price_of` looks for: there are tens of thousands."""
    text = description.removeprefix("Spot Preemptible ")
    return text.startswith((*_FAMILIES.values(), _DISK, _CLUSTER, _RULE, _ADDRESS, _GPU))


def price_of(spec: DeploymentSpec, skus: Iterable[Sku]) -> Price:
    """The estimate for `spec`, from the moment it is ready."""
    here = [sku for sku in skus if {region_of(spec.zone), "global"} & set(sku.regions)]
    family = spec.machine_type.partition("-")[0]
    discount = 0.0 if spec.spot else _WHOLE_MONTH.get(family, 0.0)
    wanted = [*_machines(spec, here, discount), _disks(spec, here), _by_hour(here, Part.CLUSTER)]
    if spec.login != Login.LATER:
        wanted += [_by_hour(here, Part.RULE), _by_hour(here, Part.ADDRESS, sometimes=True)]
    if spec.gpu_type:
        wanted.append(_gpus(spec, here))
    return Price(
        items=[item for item in wanted if isinstance(item, Item)],
        missing=[part for part in wanted if isinstance(part, Part)],
        whole_month_discount=discount,
    )


def _machines(spec: DeploymentSpec, here: list[Sku], discount: float) -> list[Item | Part]:
    family = _FAMILIES[spec.machine_type.partition("-")[0]]
    kind = "Preemptible" if spec.spot else "OnDemand"
    found: list[Item | Part] = []
    for part, name, amount in (
        (Part.CORES, "Core", float(cores_of(spec.machine_type))),
        (Part.MEMORY, "Ram", memory_gb_of(spec.machine_type)),
    ):
        each = _usd(here, rf"(Spot Preemptible )?{family} {name}\b", kind)
        found.append(part if each is None else _item(part, amount * spec.nodes, each, discount))
    return found


def _item(part: Part, quantity: float, each: float, discount: float = 0.0) -> Item:
    hourly = quantity * each
    return Item(part, quantity, each, hourly, hourly * HOURS_A_MONTH * (1 - discount))


def _disks(spec: DeploymentSpec, here: list[Sku]) -> Item | Part:
    each, gigabytes = _usd(here, _DISK), float(spec.disk_gb * spec.nodes)
    if each is None:
        return Part.DISKS
    monthly = gigabytes * each
    return Item(Part.DISKS, gigabytes, each, monthly / HOURS_A_MONTH, monthly)


def _by_hour(here: list[Sku], part: Part, *, sometimes: bool = False) -> Item | Part:
    names = {Part.CLUSTER: _CLUSTER, Part.RULE: _RULE, Part.ADDRESS: _ADDRESS}
    each = _usd(here, names[part])
    if each is None:
        return part
    return Item(part, 1, each, each, each * HOURS_A_MONTH, sometimes)


def _gpus(spec: DeploymentSpec, here: list[Sku]) -> Item | Part:
    """The GPUs of one node: the pool begins with none, so their price counts while one runs."""
    model = GPUS[spec.gpu_type].label.split()[1]
    kind = "Preemptible" if spec.spot else "OnDemand"
    each = _usd(here, rf"(Spot Preemptible )?Nvidia (Tesla )?{model}\b.* GPU\b", kind)
    if each is None:
        return Part.GPU
    hourly = spec.gpus * each
    return Item(Part.GPU, spec.gpus, each, hourly, hourly * HOURS_A_MONTH, sometimes=True)


def _usd(here: list[Sku], pattern: str, usage_type: str = "OnDemand") -> float | None:
    fitting = (
        sku.usd
        for sku in here
        if sku.usage_type == usage_type and re.match(pattern, sku.description)
    )
    return next(fitting, None)
