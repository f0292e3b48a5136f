"""What a deployment takes of a project's quotas, by the metric that counts it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.places import GPUS, cores_of
from app.domain.spec import DeploymentSpec, Login
from app.google.cluster_message import MOST_EXTRA_NODES
from app.google.readings import Quota
from app.kubeflow.components import catalogued, claimed_gib

_OWN_METRIC = ("n2", "n2d", "c3")  # families that are counted apart; the others are CPUS
_LOAD_BALANCER = {
    "STATIC_ADDRESSES": 1,
    "BACKEND_SERVICES": 2,  # ours, and the one that answers what is addressed to nobody
    "HEALTH_CHECKS": 2,
    "SSL_CERTIFICATES": 1,
    "FORWARDING_RULES": 2,  # https, and http that leads there
    "URL_MAPS": 2,
    "TARGET_HTTPS_PROXIES": 1,
    "TARGET_HTTP_PROXIES": 1,
}


@dataclass(frozen=True, slots=True)
class Need:
    """`amount` must be free to begin with, `extra` more if the node pool grows."""

    metric: str
    amount: float
    extra: float = 0


def in_region(spec: DeploymentSpec, quotas: Mapping[str, Quota]) -> list[Need]:
    """The needs in the zone's region, by the metrics that its `quotas` have."""
    cores, nodes = cores_of(spec.machine_type), spec.nodes
    return [
        Need(_cores_metric(spec, quotas), cores * nodes, cores * MOST_EXTRA_NODES),
        Need("INSTANCES", nodes, MOST_EXTRA_NODES),
        _disks(spec),
        _addresses(spec),
        *_gpus(spec, quotas),
    ]


def in_project(spec: DeploymentSpec) -> list[Need]:
    """The needs that are counted over all regions."""
    cores = cores_of(spec.machine_type)
    needs = [Need("CPUS_ALL_REGIONS", cores * spec.nodes, cores * MOST_EXTRA_NODES)]
    if spec.gpu_type:
        needs.append(Need("GPUS_ALL_REGIONS", spec.gpus))
    if spec.login != Login.LATER:
        needs += [Need(metric, amount) for metric, amount in _LOAD_BALANCER.items()]
    return needs


def _cores_metric(spec: DeploymentSpec, quotas: Mapping[str, Quota]) -> str:
    family = spec.machine_type.partition("-")[0]
    own = f"{family.upper()}_CPUS"
    return _of_spot(spec, own if family in _OWN_METRIC and own in quotas else "CPUS", quotas)


def _of_spot(spec: DeploymentSpec, metric: str, quotas: Mapping[str, Quota]) -> str:
    """Spot nodes have quotas of their own where a project was given any, else the usual ones."""
    spot = "PREEMPTIBLE_CPUS" if metric.endswith("CPUS") else f"PREEMPTIBLE_{metric}"
    given = spot in quotas and quotas[spot].limit > 0
    return spot if spec.spot and given else metric


def _disks(spec: DeploymentSpec) -> Need:
    """Those of the nodes, and what components claim of GKE's usual class: both are pd-balanced."""
    amount = spec.disk_gb * spec.nodes + claimed_gib(catalogued(), spec.without)
    return Need("SSD_TOTAL_GB", amount, spec.disk_gb * MOST_EXTRA_NODES)


def _addresses(spec: DeploymentSpec) -> Need:
    """A node has an address of its own, unless it is private: then all share the gateway's."""
    if spec.private_nodes:
        return Need("IN_USE_ADDRESSES", 1)
    return Need("IN_USE_ADDRESSES", spec.nodes, MOST_EXTRA_NODES)


def _gpus(spec: DeploymentSpec, quotas: Mapping[str, Quota]) -> list[Need]:
    """One node of the GPU pool: it begins with none, and must be able to have one."""
    if not spec.gpu_type:
        return []
    return [Need(_of_spot(spec, GPUS[spec.gpu_type].quota, quotas), spec.gpus)]
