"""DaemonSets: a Pod on every node that fits."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import DAEMON_SET, NODE, POD
from app.simulator.controllers.objects import Key, Object, deleting, key_of, labels, uid
from app.simulator.controllers.workloads.pods import (
    MANAGER,
    finished,
    pod_from,
    random_suffix,
    ready_count,
    revision_of,
)
from app.simulator.controllers.workloads.statefulsets import REVISION_LABEL


class DaemonSetController(Controller):
    """Keeps one Pod of the present template on each node."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        sets = self.watch(DAEMON_SET)
        self._pods = self.watch_owned(POD, "DaemonSet")
        self._nodes = self.watch(
            NODE, keys=lambda _: map(key_of, sets), only=lambda _, former: former is None
        )

    async def reconcile(self, key: Key) -> float | None:
        """Make and remove Pods, then write the status."""
        set_ = self.cluster.get(DAEMON_SET, key)
        if set_ is None or deleting(set_):
            return None
        nodes = eligible(set_, self._nodes.all())
        for pod in outdated(set_, self._owned(set_), nodes):
            await self.cluster.delete(POD, pod)
        taken = {node_of(pod) for pod in self._pods.owned_by(uid(set_))}
        for node in nodes:
            if node not in taken:
                await self.cluster.create(POD, pod_for(set_, node), MANAGER)
        status = status_of(set_, self._owned(set_), nodes)
        await self.cluster.set_status(DAEMON_SET, set_, status, MANAGER)
        return None

    def _owned(self, set_: Object) -> list[Object]:
        return [pod for pod in self._pods.owned_by(uid(set_)) if not deleting(pod)]


def eligible(set_: Object, nodes: list[Object]) -> list[str]:
    """The names of the nodes that carry the labels that the template selects."""
    wanted = (set_["spec"]["template"]["spec"].get("nodeSelector") or {}).items()
    return sorted(
        node["metadata"]["name"]
        for node in nodes
        if all(labels(node).get(name) == value for name, value in wanted)
    )


def node_of(pod: Object) -> str | None:
    """The node for which a DaemonSet's Pod was made."""
    required = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field["key"] == "metadata.name":
                return str(field["values"][0])
    return None


def outdated(set_: Object, pods: list[Object], nodes: list[str]) -> list[Object]:
    """The Pods to be removed: finished, of another revision, or on a node that is gone."""
    return [
        pod
        for pod in pods
        if finished(pod)
        or labels(pod).get(REVISION_LABEL) != revision_of(set_["spec"]["template"])
        or node_of(pod) not in nodes
    ]


def pod_for(set_: Object, node: str) -> Object:
    """The Pod for one node."""
    name = f"{set_['metadata']['name']}-{random_suffix()}"
    pod = pod_from(set_["spec"]["template"], set_, name)
    pod["metadata"]["labels"] |= {
        REVISION_LABEL: revision_of(set_["spec"]["template"]),
        "pod-template-generation": str(set_["metadata"].get("generation", 1)),
    }
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    affinity = dict(pod["spec"].get("affinity") or {})
    affinity["nodeAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": required}
    pod["spec"]["affinity"] = affinity
    return pod


def status_of(set_: Object, pods: list[Object], nodes: list[str]) -> Object:
    """The whole status; None stands for a field that is left out."""
    ready, wanted = ready_count(pods), len(nodes)
    return {
        "observedGeneration": set_["metadata"].get("generation", 1),
        "currentNumberScheduled": len(pods),
        "desiredNumberScheduled": wanted,
        "numberMisscheduled": 0,
        "numberReady": ready,
        "numberAvailable": ready or None,
        "numberUnavailable": max(0, wanted - ready) or None,
        "updatedNumberScheduled": len(pods) or None,
    }
