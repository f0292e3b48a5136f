"""Nodes of every pool, Ready, with a heartbeat now and then."""

from datetime import datetime

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import LEASE, NODE
from app.simulator.controllers.kubelet.machines import PODS, Machine, machine
from app.simulator.controllers.objects import Key, Object, digest, new_condition, stamp
from app.simulator.world import ClusterFacts, PoolFacts

MANAGER = "kubelet"
POOL = "default-pool"
_HEARTBEAT_SECONDS = 300.0
_LEASES = "kube-node-lease"
_CONDITIONS = (
    ("MemoryPressure", False, "KubeletHasSufficientMemory", "kubelet has sufficient memory"),
    ("DiskPressure", False, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", False, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", True, "KubeletReady", "kubelet is posting ready status"),
)


class NodeController(Controller):
    """Registers the nodes and keeps them Ready."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._nodes = self.watch(NODE, only=lambda _, former: former is not None)

    async def run(self) -> None:
        """Register what is missing, then beat."""
        for name in node_names(self.context.facts):
            self.queue.add(("", name))
        await super().run()

    async def reconcile(self, key: Key) -> float | None:
        """Register the node, or renew its status and lease."""
        names = node_names(self.context.facts)
        if key[1] not in names:
            return None
        index, now = names.index(key[1]), self.clock.now()
        node = self._nodes.get(key)
        if node is None:
            wanted = node_for(self.context.facts, index)
            node = await self.cluster.create(NODE, wanted, MANAGER)
        if node is not None and _is_old(node, now):
            facts = self.context.facts
            version = str((await self.cluster.client.request("GET", "/version"))["gitVersion"])
            type_ = machine(_pool_of(facts, index).machine_type)
            status = status_of(node, type_, index, now, version)
            await self.cluster.set_status(NODE, node, status, MANAGER)
            await self._renew_lease(key[1], now)
        return _HEARTBEAT_SECONDS

    async def _renew_lease(self, name: str, now: datetime) -> None:
        spec = {
            "holderIdentity": name,
            "leaseDurationSeconds": 40,
            "renewTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        lease = {"metadata": {"name": name, "namespace": _LEASES}, "spec": spec}
        if await self.cluster.create(LEASE, lease, MANAGER) is None:
            await self.cluster.merge(LEASE, lease, {"spec": spec}, MANAGER)


def node_names(facts: ClusterFacts) -> list[str]:
    """The names of all nodes, the same every time."""
    return [name for pool in pools_of(facts) for name in _names_in(facts, pool)]


def pools_of(facts: ClusterFacts) -> tuple[PoolFacts, ...]:
    """All pools, the one that the cluster began with first."""
    return (PoolFacts(POOL, facts.machine_type, facts.node_count), *facts.others)


def node_for(facts: ClusterFacts, index: int) -> Object:
    """The Node to be registered."""
    name = node_names(facts)[index]
    zone = facts.location
    return {
        "metadata": {"name": name, "labels": _labels(_pool_of(facts, index), name, zone)},
        "spec": {
            "podCIDR": pod_range(index),
            "podCIDRs": [pod_range(index)],
            "providerID": f"gce://{facts.project}/{zone}/{name}",
        },
    }


def pod_range(index: int) -> str:
    """The addresses of a node's Pods."""
    return f"10.{8 + index // 256}.{index % 256}.0/24"


def node_address(index: int) -> str:
    """The node's own address in the network `default`."""
    return f"10.128.{index // 250}.{2 + index % 250}"


def status_of(node: Object, type_: Machine, index: int, now: datetime, version: str) -> Object:
    """Ready, with what the machine offers; the kubelet is as old as the control plane."""
    conditions = [
        new_condition(node, type_name, status, now, reason, told)
        | {"lastHeartbeatTime": stamp(now)}
        for type_name, status, reason, told in _CONDITIONS
    ]
    return {
        "capacity": _resources(type_.cores * 1000, type_.memory),
        "allocatable": _resources(type_.allocatable_cores * 1000, type_.allocatable_memory),
        "conditions": conditions,
        "addresses": [
            {"type": "InternalIP", "address": node_address(index)},
            {"type": "Hostname", "address": node["metadata"]["name"]},
        ],
        "nodeInfo": _node_info(node, version),
    }


def _names_in(facts: ClusterFacts, pool: PoolFacts) -> list[str]:
    group = digest([facts.project, facts.location, facts.name, pool.name], 8)
    prefix = f"gke-{facts.name[:26].rstrip('-')}-{pool.name}-{group}"
    return [f"{prefix}-{digest([prefix, index], 4)}" for index in range(pool.count)]


def _pool_of(facts: ClusterFacts, index: int) -> PoolFacts:
    """The pool of the node of this number."""
    every = [pool for pool in pools_of(facts) for _ in range(pool.count)]
    return every[index]


def _labels(pool: PoolFacts, name: str, zone: str) -> dict[str, str]:
    region = zone.rpartition("-")[0]
    return {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": pool.machine_type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
        "topology.gke.io/zone": zone,
        "cloud.google.com/gke-nodepool": pool.name,
        "cloud.google.com/gke-os-distribution": "cos",
        "cloud.google.com/gke-container-runtime": "containerd",
        "cloud.google.com/machine-family": pool.machine_type.partition("-")[0],
        "iam.gke.io/gke-metadata-server-enabled": "true",
    }


def _resources(millicores: float, memory: float) -> dict[str, str]:
    return {
        "cpu": f"{round(millicores)}m" if millicores % 1000 else str(round(millicores / 1000)),
        "memory": f"{round(memory * 2**20)}Ki",
        "ephemeral-storage": "98831908Ki",
        "pods": str(PODS),
    }


def _node_info(node: Object, version: str) -> Object:
    name = node["metadata"]["name"]
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "osImage": "Container-Optimized OS from Google (simulated)",
        "kernelVersion": "6.12.0",
        "containerRuntimeVersion": "containerd://2.1.0",
        "kubeletVersion": version,
        "kubeProxyVersion": "",
        "bootID": digest([name, "boot"], 32),
        "machineID": digest([name, "machine"], 32),
        "systemUUID": digest([name, "system"], 32),
    }


def _is_old(node: Object, now: datetime) -> bool:
    for each in (node.get("status") or {}).get("conditions") or []:
        if each["type"] == "Ready":
            beat = datetime.fromisoformat(each["lastHeartbeatTime"])
            return (now - beat).total_seconds() >= _HEARTBEAT_SECONDS - 1
    return True
