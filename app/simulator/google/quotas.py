"""Compute Engine quotas: limits of a project, and what its clusters and addresses use."""

from dataclasses import dataclass

from app.simulator.google import catalogue
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

_REGIONAL: dict[str, float] = {
    "CPUS": 5000,
    "DISKS_TOTAL_GB": 200_000,
    "SSD_TOTAL_GB": 100_000,
    "STATIC_ADDRESSES": 100,
    "IN_USE_ADDRESSES": 500,
    "INSTANCES": 2000,
    "INSTANCE_GROUP_MANAGERS": 1000,
    "NVIDIA_T4_GPUS": 4,
    "NVIDIA_L4_GPUS": 1,
    "NVIDIA_V100_GPUS": 1,
    "NVIDIA_A100_GPUS": 0,
}
_GLOBAL: dict[str, float] = {
    "NETWORKS": 50,
    "FIREWALLS": 500,
    "STATIC_ADDRESSES": 250,
    "IN_USE_ADDRESSES": 500,
    "FORWARDING_RULES": 500,
    "URL_MAPS": 250,
    "BACKEND_SERVICES": 250,
    "HEALTH_CHECKS": 500,
    "TARGET_HTTPS_PROXIES": 250,
    "TARGET_HTTP_PROXIES": 250,
    "SSL_CERTIFICATES": 250,
    "CPUS_ALL_REGIONS": 10_000,
    "GPUS_ALL_REGIONS": 4,
}
_SSD_KINDS = ("pd-ssd", "pd-balanced", "hyperdisk-balanced")


@dataclass(frozen=True, slots=True)
class Shortage:
    """A quota that a request would exceed."""

    metric: str
    requested: float
    available: float
    limit: float


def of_region(cloud: Cloud, project: Json, region: str) -> list[Json]:
    """`quotas[]` of a region: metric, limit, usage."""
    usage = _usage(cloud, project["projectId"], region)
    return _quotas(project, _REGIONAL, usage)


def of_project(cloud: Cloud, project: Json) -> list[Json]:
    """`quotas[]` of the whole project."""
    usage: dict[str, float] = {"NETWORKS": 1}
    usage["CPUS_ALL_REGIONS"] = _usage(cloud, project["projectId"]).get("CPUS", 0)
    usage["STATIC_ADDRESSES"] = len(cloud.state.items("addresses", f"{project['projectId']}/"))
    backends = cloud.state.items("backend_services", f"{project['projectId']}/")
    usage["BACKEND_SERVICES"] = len(backends)
    return _quotas(project, _GLOBAL, usage)


def needs(pools: list[Json]) -> dict[str, float]:
    """What node pools, in all their zones, take of a region's quotas."""
    needed: dict[str, float] = {}
    for pool in pools:
        for metric, amount in _needs_of_node(pool.get("config", {})).items():
            count = pool["initialNodeCount"] * len(pool["locations"])
            needed[metric] = needed.get(metric, 0) + amount * count
    return needed


def shortages(cloud: Cloud, project: Json, region: str, needed: dict[str, float]) -> list[Shortage]:
    """The quotas of the region that `needed` exceeds."""
    free = {q["metric"]: (q["limit"], q["usage"]) for q in of_region(cloud, project, region)}
    found = []
    for metric, amount in needed.items():
        limit, used = free.get(metric, (0.0, 0.0))
        if amount > limit - used:
            found.append(Shortage(metric, amount, limit - used, limit))
    return found


def _quotas(project: Json, limits: dict[str, float], usage: dict[str, float]) -> list[Json]:
    own = {**limits, **{k: v for k, v in project["quotas"].items() if k in limits}}
    return [
        {"metric": metric, "limit": float(limit), "usage": float(usage.get(metric, 0))}
        for metric, limit in own.items()
    ]


def _usage(cloud: Cloud, project: str, region: str = "") -> dict[str, float]:
    total: dict[str, float] = {}
    for _, cluster in cloud.state.items("clusters", f"{project}/"):
        is_elsewhere = region and catalogue.region_of(cluster["location"]) != region
        if is_elsewhere or cloud.passed(cluster["delete_done_at"]):
            continue
        for metric, amount in needs(cluster["spec"]["nodePools"]).items():
            total[metric] = total.get(metric, 0) + amount
    return total


def _needs_of_node(config: Json) -> dict[str, float]:
    machine = catalogue.MACHINE_TYPES[config["machineType"]]
    disk = "SSD_TOTAL_GB" if config.get("diskType") in _SSD_KINDS else "DISKS_TOTAL_GB"
    needed: dict[str, float] = {
        "CPUS": machine.cpus,
        "INSTANCES": 1,
        "IN_USE_ADDRESSES": 1,
        disk: config.get("diskSizeGb", 100),
    }
    for accelerator in config.get("accelerators", []):
        model = accelerator["acceleratorType"].removeprefix("nvidia-").removeprefix("tesla-")
        needed[f"NVIDIA_{model.upper()}_GPUS"] = float(accelerator.get("acceleratorCount", 1))
    return needed
