"""What a deployment costs: a pure function of what is asked for and of Google's list prices.

Prices are US dollars. Descriptions of SKUs and the discounts of whole months are Google's own
(Cloud Billing catalogue; sustained-use discounts for machine families that have them). Of several
tiers the last counts: what is free up to an amount a month is free once for a billing account.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
    "g2": "G2 Instance",
    "a2": "A2 Instance",
}
_DISK = "Balanced PD Capacity"
_CLUSTER = "Zonal Kubernetes Clusters"
_RULE = "Cloud Load Balancer Forwarding Rule Minimum Global"
_ADDRESS = "Static Ip Charge"
_OUTSIDE = "External IP Charge on a Standard VM"
_OUTSIDE_SPOT = "External IP Charge on a Spot Preemptible VM"
_NAT = "Networking Cloud Nat Gateway Uptime"
_NAT_ADDRESS = "Networking Cloud NAT IP Usage"
_NAT_COUNTS_UP_TO = 32  # machines, for which a gateway's hour is paid
_GPU = "Nvidia"
_GPU_NAMES = {
    "nvidia-tesla-t4": "Nvidia Tesla T4 GPU",
    "nvidia-l4": "Nvidia L4 GPU",
    "nvidia-tesla-p4": "Nvidia Tesla P4 GPU",
    "nvidia-tesla-p100": "Nvidia Tesla P100 GPU",
    "nvidia-tesla-v100": "Nvidia Tesla V100 GPU",
    "nvidia-tesla-a100": "Nvidia Tesla A100 GPU",
    "nvidia-a100-80gb": "Nvidia Tesla A100 80GB GPU",
}
_MEMORY_OF_A2 = {"highgpu": 85.0, "ultragpu": 170.0, "megagpu": 85.0}  # GB for each GPU
_CORES_OF_A2 = {"highgpu": 12, "ultragpu": 12, "megagpu": 6}


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
    VOLUMES = "volumes"
    OUTSIDE = "outside"
    NAT = "nat"
    NAT_ADDRESS = "nat-address"
    CLUSTER = "cluster"
    RULE = "rule"
    ADDRESS = "address"
    GPU = "gpu"
    GPU_MACHINE = "gpu-machine"


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

    @property
    def whole(self) -> bool:
        """Whether nothing that is paid for all the time is missing from the sum."""
        return not set(self.missing) - {Part.ADDRESS, Part.GPU, Part.GPU_MACHINE}


def matters(description: str) -> bool:
    """Whether a SKU can be one that `price_of` looks for: there are tens of thousands."""
    text = description.removeprefix("Spot Preemptible ")
    others = (_DISK, _CLUSTER, _RULE, _ADDRESS, _OUTSIDE, _OUTSIDE_SPOT, _NAT, _NAT_ADDRESS, _GPU)
    return text.startswith((*_FAMILIES.values(), *others))


def price_of(spec: DeploymentSpec, skus: Iterable[Sku], volumes_gb: float = 0.0) -> Price:
    """The estimate for `spec`, from the moment it is ready.

    `volumes_gb` is what Kubeflow's own parts claim from the start, on disks of their own.
    """
    here = [sku for sku in skus if {region_of(spec.zone), "global"} & set(sku.regions)]
    family = spec.machine_type.partition("-")[0]
    discount = 0.0 if spec.spot else _WHOLE_MONTH.get(family, 0.0)
    wanted = list(_parts(spec, here, discount, volumes_gb))
    return Price(
        items=[item for item in wanted if isinstance(item, Item)],
        missing=[part for part in wanted if isinstance(part, Part)],
        whole_month_discount=discount,
    )


def _parts(
    spec: DeploymentSpec, here: list[Sku], discount: float, volumes_gb: float
) -> Iterator[Item | Part]:
    yield from _machines(spec, here, discount)
    yield _disks(here, Part.DISKS, float(spec.disk_gb * spec.nodes))
    if volumes_gb:
        yield _disks(here, Part.VOLUMES, volumes_gb)
    yield from _ways_out(spec, here)
    yield _by_hour(here, Part.CLUSTER, _CLUSTER)
    if spec.login != Login.LATER:
        yield _by_hour(here, Part.RULE, _RULE)
        yield _by_hour(here, Part.ADDRESS, _ADDRESS, sometimes=True)
    if spec.gpu_type:
        yield _gpus(spec, here)
        yield _gpu_machine(spec, here)


def _machines(spec: DeploymentSpec, here: list[Sku], discount: float) -> Iterator[Item | Part]:
    cores, memory = cores_of(spec.machine_type), memory_gb_of(spec.machine_type)
    for part, name, amount in (
        (Part.CORES, "Core", float(cores)),
        (Part.MEMORY, "Ram", memory),
    ):
        each = _of_machine(spec, here, spec.machine_type, name)
        yield part if each is None else _item(part, amount * spec.nodes, each, discount)


def _of_machine(
    spec: DeploymentSpec, here: list[Sku], machine_type: str, name: str
) -> float | None:
    """What a core or a GB of memory (`Core`, `Ram`) of a machine costs an hour."""
    family = _FAMILIES[machine_type.partition("-")[0]]
    return _usd(here, rf"(Spot Preemptible )?{family} {name}\b", _usage(spec))


def _item(part: Part, quantity: float, each: float, discount: float = 0.0) -> Item:
    hourly = quantity * each
    return Item(part, quantity, each, hourly, hourly * HOURS_A_MONTH * (1 - discount))


def _disks(here: list[Sku], part: Part, gigabytes: float) -> Item | Part:
    each = _usd(here, _DISK)
    if each is None:
        return part
    monthly = gigabytes * each
    return Item(part, gigabytes, each, monthly / HOURS_A_MONTH, monthly)


def _ways_out(spec: DeploymentSpec, here: list[Sku]) -> Iterator[Item | Part]:
    """How nodes reach the internet: each by an address of its own, or all through Cloud NAT."""
    if spec.private_nodes:
        yield _by_hour(here, Part.NAT, _NAT, min(spec.nodes, _NAT_COUNTS_UP_TO))
        yield _by_hour(here, Part.NAT_ADDRESS, _NAT_ADDRESS)
    else:
        name = _OUTSIDE_SPOT if spec.spot else _OUTSIDE
        yield _by_hour(here, Part.OUTSIDE, name, spec.nodes)


def _by_hour(
    here: list[Sku], part: Part, name: str, quantity: float = 1, *, sometimes: bool = False
) -> Item | Part:
    each = _usd(here, name)
    if each is None:
        return part
    hourly = quantity * each
    return Item(part, quantity, each, hourly, hourly * HOURS_A_MONTH, sometimes)


def _gpus(spec: DeploymentSpec, here: list[Sku]) -> Item | Part:
    """The GPUs of one node: the pool begins with none, so their price counts while one runs."""
    each = _usd(here, rf"{_GPU_NAMES[spec.gpu_type]} (running|attached)\b", _usage(spec))
    if each is None:
        return Part.GPU
    hourly = spec.gpus * each
    return Item(Part.GPU, spec.gpus, each, hourly, hourly * HOURS_A_MONTH, sometimes=True)


def _gpu_machine(spec: DeploymentSpec, here: list[Sku]) -> Item | Part:
    """The machine around those GPUs, with its disk."""
    machine_type = GPUS[spec.gpu_type].machine_type(spec.gpus)
    cores, memory = _size_of(machine_type)
    core = _of_machine(spec, here, machine_type, "Core")
    gigabyte = _of_machine(spec, here, machine_type, "Ram")
    disk = _usd(here, _DISK)
    if core is None or gigabyte is None or disk is None:
        return Part.GPU_MACHINE
    hourly = cores * core + memory * gigabyte + spec.disk_gb * disk / HOURS_A_MONTH
    return Item(Part.GPU_MACHINE, 1, hourly, hourly, hourly * HOURS_A_MONTH, sometimes=True)


def _size_of(machine_type: str) -> tuple[int, float]:
    """vCPUs and GB of a machine that carries GPUs; A2 machines are called by their GPUs."""
    family, kind, size = machine_type.split("-")
    if family != "a2":
        return cores_of(machine_type), memory_gb_of(machine_type)
    gpus = int(size.removesuffix("g"))
    return _CORES_OF_A2[kind] * gpus, _MEMORY_OF_A2[kind] * gpus


def _usage(spec: DeploymentSpec) -> str:
    return "Preemptible" if spec.spot else "OnDemand"


def _usd(here: list[Sku], pattern: str, usage_type: str = "OnDemand") -> float | None:
    fitting = (
        sku.usd
        for sku in here
        if sku.usage_type == usage_type and re.match(pattern, sku.description)
    )
    return next(fitting, None)
