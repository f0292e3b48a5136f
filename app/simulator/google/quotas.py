"""Compute Engine quotas: limits of a project, and what is really used of them.

Nodes count by what their machines are made of, disks by their size, addresses, routers and the
parts of load balancers by the piece. Spot nodes count like others: a project has no quota of its
own for them until it asks for one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.simulator.google import catalogue, compute_store
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import ApiError, Json

_REGIONAL: dict[str, float] = {
    "CPUS": 5000,
    "N2_CPUS": 5000,
    "N2D_CPUS": 5000,
    "C3_CPUS": 5000,
    "A2_CPUS": 12,
    "PREEMPTIBLE_CPUS": 0,
    "DISKS_TOTAL_GB": 200_000,
    "SSD_TOTAL_GB": 100_000,
    "STATIC_ADDRESSES": 100,
    "IN_USE_ADDRESSES": 500,
    "INSTANCES": 2000,
    "INSTANCE_GROUP_MANAGERS": 1000,
    "NETWORK_ENDPOINT_GROUPS": 100,
    "NVIDIA_T4_GPUS": 4,
    "NVIDIA_L4_GPUS": 1,
    "NVIDIA_P4_GPUS": 1,
    "NVIDIA_P100_GPUS": 1,
    "NVIDIA_V100_GPUS": 1,
    "NVIDIA_A100_GPUS": 0,
    "NVIDIA_A100_80GB_GPUS": 0,
}
_GLOBAL: dict[str, float] = {
    "NETWORKS": 50,
    "FIREWALLS": 500,
    "ROUTERS": 20,
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
_OWN_CPUS = {"n2": "N2_CPUS", "n2d": "N2D_CPUS", "c3": "C3_CPUS", "a2": "A2_CPUS"}
_COUNTED = {
    "firewalls": "FIREWALLS",
    "routers": "ROUTERS",
    "forwardingRules": "FORWARDING_RULES",
    "urlMaps": "URL_MAPS",
    "backendServices": "BACKEND_SERVICES",
    "healthChecks": "HEALTH_CHECKS",
    "targetHttpsProxies": "TARGET_HTTPS_PROXIES",
    "targetHttpProxies": "TARGET_HTTP_PROXIES",
    "sslCertificates": "SSL_CERTIFICATES",
}


@dataclass(frozen=True, slots=True)
class Shortage:
    """A quota that a request would exceed; of a region, or (no `region`) of the project."""

    metric: str
    region: str
    requested: float
    available: float
    limit: float


def of_region(cloud: Cloud, project: Json, region: str) -> list[Json]:
    """`quotas[]` of a region: metric, limit, usage."""
    usage = _regional_usage(cloud, project["projectId"], region)
    return _quotas(cloud, project, _REGIONAL, usage)


def of_project(cloud: Cloud, project: Json) -> list[Json]:
    """`quotas[]` of the whole project."""
    return _quotas(cloud, project, _GLOBAL, _global_usage(cloud, project["projectId"]))


def require_one(cloud: Cloud, project: Json, metric: str) -> None:
    """Refuse where one more of `metric` would exceed the project's limit."""
    for quota in of_project(cloud, project):
        if quota["metric"] == metric and quota["usage"] + 1 > quota["limit"]:
            raise ApiError(
                "PERMISSION_DENIED",
                f"Quota '{metric}' exceeded.  Limit: {quota['limit']} globally.",
                compute_reason="quotaExceeded",
                compute_domain="usageLimits",
            )


def needs(spec: Json) -> Counter[str]:
    """What a cluster's node pools, in all their zones, take of a region's quotas at first."""
    is_private = bool(spec.get("networkConfig", {}).get("defaultEnablePrivateNodes"))
    needed: Counter[str] = Counter()
    for pool in spec["nodePools"]:
        private = pool.get("networkConfig", {}).get("enablePrivateNodes", is_private)
        count = pool["initialNodeCount"] * len(pool["locations"])
        for metric, amount in _needs_of_node(pool.get("config", {}), private).items():
            needed[metric] += amount * count
        needed["INSTANCE_GROUP_MANAGERS"] += len(pool["locations"])
    return needed


def shortages(cloud: Cloud, project: Json, region: str, needed: Counter[str]) -> list[Shortage]:
    """The quotas of the region, and of the project, that `needed` exceeds."""
    limits = [(region, q) for q in of_region(cloud, project, region)]
    limits += [("", q) for q in of_project(cloud, project)]
    asked = {**needed, **_of_all_regions(needed)}
    found = []
    for where, quota in limits:
        requested = asked.get(quota["metric"], 0)
        available = quota["limit"] - quota["usage"]
        if requested > available:
            found.append(Shortage(quota["metric"], where, requested, available, quota["limit"]))
    return found


def _quotas(
    cloud: Cloud, project: Json, limits: dict[str, float], usage: Counter[str]
) -> list[Json]:
    own = {**limits, **{k: v for k, v in project["quotas"].items() if k in limits}}
    used_up = cloud.faults.named.get("quota-exceeded", "")
    if used_up in own:
        own[used_up] = usage[used_up]
    return [
        {"metric": metric, "limit": float(limit), "usage": float(usage[metric])}
        for metric, limit in own.items()
    ]


def _regional_usage(cloud: Cloud, project: str, region: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for cluster in _clusters(cloud, project):
        if catalogue.region_of(cluster["location"]) == region:
            total.update(needs(cluster["spec"]))
    for disk in compute_store.of(cloud, project, "disks"):
        if catalogue.region_of(disk["path"].split("/")[1]) == region:
            total[_disk_metric(disk["body"].get("type", ""))] += int(disk["body"].get("sizeGb", 0))
    groups = compute_store.of(cloud, project, "networkEndpointGroups")
    here = [each for each in groups if catalogue.region_of(each["path"].split("/")[1]) == region]
    total["NETWORK_ENDPOINT_GROUPS"] = len(here)
    return total


def _global_usage(cloud: Cloud, project: str) -> Counter[str]:
    total: Counter[str] = Counter({"NETWORKS": 1})
    nodes: Counter[str] = Counter()
    for cluster in _clusters(cloud, project):
        nodes.update(needs(cluster["spec"]))
    total.update(_of_all_regions(nodes))
    addresses = [doc for _, doc in cloud.state.items("addresses", f"{project}/")]
    total["STATIC_ADDRESSES"] = sum(not cloud.passed(each["gone_at"]) for each in addresses)
    for document in compute_store.every(cloud):
        metric = _COUNTED.get(compute_store.kind_of(document))
        if metric and document["project"] == project:
            total[metric] += 1
    rules = compute_store.of(cloud, project, "forwardingRules")
    total["IN_USE_ADDRESSES"] = len({rule["body"].get("IPAddress") for rule in rules})
    return total


def _clusters(cloud: Cloud, project: str) -> Iterable[Json]:
    documents = (doc for _, doc in cloud.state.items("clusters", f"{project}/"))
    return (doc for doc in documents if not cloud.passed(doc["delete_done_at"]))


def _of_all_regions(needed: Counter[str]) -> Counter[str]:
    cpus = sum(amount for metric, amount in needed.items() if metric.endswith("CPUS"))
    gpus = sum(amount for metric, amount in needed.items() if metric.endswith("_GPUS"))
    return Counter({"CPUS_ALL_REGIONS": cpus, "GPUS_ALL_REGIONS": gpus})


def _needs_of_node(config: Json, private: bool) -> Counter[str]:
    name = config["machineType"]
    machine = catalogue.MACHINE_TYPES[name]
    needed = Counter(
        {
            _OWN_CPUS.get(name.partition("-")[0], "CPUS"): machine.cpus,
            "INSTANCES": 1,
            _disk_metric(config.get("diskType", "")): config.get("diskSizeGb", 100),
        }
    )
    if not private:
        needed["IN_USE_ADDRESSES"] = 1
    for accelerator in config.get("accelerators", []):
        metric = gpu_metric(accelerator["acceleratorType"])
        needed[metric] += int(accelerator.get("acceleratorCount", 1))
    return needed


def gpu_metric(accelerator_type: str) -> str:
    """The regional quota of a model of GPU: `nvidia-tesla-t4` counts as NVIDIA_T4_GPUS."""
    model = accelerator_type.removeprefix("nvidia-").removeprefix("tesla-")
    return f"NVIDIA_{model.upper().replace('-', '_')}_GPUS"


def _disk_metric(type_: str) -> str:
    return "SSD_TOTAL_GB" if type_.rpartition("/")[2] in _SSD_KINDS else "DISKS_TOTAL_GB"
