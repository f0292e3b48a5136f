"""Binds Pods to nodes that have room for them."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import filterfalse

from app.simulator.controllers.client import ApiError
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLAIM, NODE, POD
from app.simulator.controllers.objects import (
    Key,
    Object,
    annotations,
    deleting,
    holds,
    key_of,
    labels,
    new_condition,
    uid,
)
from app.simulator.controllers.quantities import number
from app.simulator.controllers.workloads.daemonsets import node_of

SELECTED_NODE = "volume.kubernetes.io/selected-node"
_MANAGER = "kube-scheduler"
_COMPONENT = "default-scheduler"
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a Pod asks for: cores, bytes, and a place among the node's Pods."""

    cpu: float = 0.0
    memory: float = 0.0
    pods: int = 0

    def __add__(self, other: "Request") -> "Request":
        return Request(self.cpu + other.cpu, self.memory + other.memory, self.pods + other.pods)


class Scheduler(Controller):
    """One Pod after the other, to the node with the fewest Pods among those that fit."""

    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pods = self.watch(POD, only=lambda pod, _: not pod["spec"].get("nodeName"))
        self._nodes = self.use(NODE)
        self._claims = self.use(CLAIM)
        self._bound: dict[str, tuple[str, Request]] = {}
        self._pods.subscribe(self._forget)

    async def reconcile(self, key: Key) -> float | None:
        """Bind the Pod, or say why it cannot be."""
        pod = self._pods.get(key)
        if pod is None or deleting(pod) or pod["spec"].get("nodeName") or uid(pod) in self._bound:
            return None
        nodes = [node for node in self._nodes.all() if holds(node, "Ready")]
        absent = [claim for _, claim in filterfalse(self._claims.get, claim_keys(pod))]
        fitting, reasons = candidates(pod, nodes, self._usage())
        if absent:
            reasons = {f'persistentvolumeclaim "{absent[0]}" not found': len(nodes)}
        if absent or not fitting:
            return await self._refuse(pod, reasons, len(nodes))
        await self._select_for_claims(pod, fitting[0])
        await self._bind(pod, fitting[0])
        return None

    async def _bind(self, pod: Object, node: str) -> None:
        namespace, name = key_of(pod)
        self._bound[uid(pod)] = (node, request_of(pod))
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name, "namespace": namespace, "uid": uid(pod)},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        path = POD.path(namespace, name, "binding")
        try:
            await self.cluster.client.request("POST", path, json=binding)
        except ApiError:
            self._bound.pop(uid(pod), None)
            raise
        told = f"Successfully assigned {namespace}/{name} to {node}"
        self.context.events.normal(pod, "Scheduled", told, _COMPONENT)

    async def _select_for_claims(self, pod: Object, node: str) -> None:
        """Volumes that wait for their first consumer are made in the zone of this node."""
        for claim in filter(None, map(self._claims.get, claim_keys(pod))):
            if not claim["spec"].get("volumeName") and SELECTED_NODE not in annotations(claim):
                patch = {"metadata": {"annotations": {SELECTED_NODE: node}}}
                await self.cluster.merge(CLAIM, claim, patch, _MANAGER)

    async def _refuse(self, pod: Object, reasons: dict[str, int], nodes: int) -> float:
        listed = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        told = f"0/{nodes} nodes are available: {listed or 'no nodes available to schedule pods'}."
        now = self.clock.now()
        unschedulable = new_condition(pod, "PodScheduled", False, now, "Unschedulable", told)
        await self.cluster.set_status(POD, pod, {"conditions": [unschedulable]}, _MANAGER)
        if nodes:
            self.context.events.warning(pod, "FailedScheduling", told, _COMPONENT)
        return self.clock.real(_RETRY_SECONDS) + 0.2

    def _usage(self) -> dict[str, Request]:
        usage: defaultdict[str, Request] = defaultdict(Request)
        for pod in self._pods:
            node = pod["spec"].get("nodeName")
            if node and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
                usage[node] += request_of(pod)
        for node, request in self._bound.values():
            usage[node] += request
        return usage

    def _forget(self, pod: Object, _: Object | None) -> None:
        """What the API server knows need not be remembered."""
        if pod["spec"].get("nodeName") or self._pods.get(key_of(pod)) is None:
            self._bound.pop(uid(pod), None)


def candidates(
    pod: Object, nodes: list[Object], usage: dict[str, Request]
) -> tuple[list[str], dict[str, int]]:
    """The nodes that fit, best first, and for the others how many fail for which reason."""
    fitting: list[str] = []
    reasons: defaultdict[str, int] = defaultdict(int)
    for node in nodes:
        reason = obstacle(pod, node, usage.get(node["metadata"]["name"], Request()))
        if reason is None:
            fitting.append(node["metadata"]["name"])
        else:
            reasons[reason] += 1
    return sorted(fitting, key=lambda name: usage.get(name, Request()).pods), dict(reasons)


def obstacle(pod: Object, node: Object, used: Request) -> str | None:
    """Why the Pod cannot run on the node, in the scheduler's words."""
    name, wanted = node["metadata"]["name"], pod["spec"].get("nodeSelector") or {}
    only_node = node_of(pod)
    if only_node not in (None, name):
        return "node(s) didn't satisfy plugin(s) [NodeAffinity]"
    if any(labels(node).get(label) != value for label, value in wanted.items()):
        return "node(s) didn't match Pod's node affinity/selector"
    room, total = node["status"]["allocatable"], used + request_of(pod)
    if total.cpu > number(room["cpu"]):
        return "Insufficient cpu"
    if total.memory > number(room["memory"]):
        return "Insufficient memory"
    return "Too many pods" if total.pods > number(room["pods"]) else None


def request_of(pod: Object) -> Request:
    """The sum of the containers' requests."""
    total = Request(pods=1)
    for container in pod["spec"]["containers"]:
        asked = (container.get("resources") or {}).get("requests") or {}
        total += Request(number(asked.get("cpu", 0)), number(asked.get("memory", 0)))
    return total


def claim_keys(pod: Object) -> list[Key]:
    """The claims that the Pod mounts."""
    namespace = key_of(pod)[0]
    sources = [v.get("persistentVolumeClaim") for v in pod["spec"].get("volumes") or []]
    return [(namespace, source["claimName"]) for source in sources if source]
