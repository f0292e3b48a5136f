"""ReplicaSets: as many Pods as are wanted."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import POD, REPLICA_SET
from app.simulator.controllers.objects import Key, Object, deleting, pod_ready, uid
from app.simulator.controllers.workloads.pods import (
    MANAGER,
    finished,
    pod_from,
    random_suffix,
    ready_count,
)

_COMPONENT = "replicaset-controller"


class ReplicaSetController(Controller):
    """Makes Pods that are missing and removes those that are too many."""

    workers = 4

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.watch(REPLICA_SET)
        self._pods = self.watch_owned(POD, "ReplicaSet")

    async def reconcile(self, key: Key) -> float | None:
        """Make or remove Pods, then write the status."""
        replica_set = self.cluster.get(REPLICA_SET, key)
        if replica_set is None or deleting(replica_set):
            return None
        difference = missing(replica_set, self._alive(replica_set))
        for _ in range(difference):
            await self._make(replica_set)
        for pod in surplus(replica_set, self._alive(replica_set)):
            await self.cluster.delete(POD, pod)
        status = status_of(replica_set, self._alive(replica_set))
        await self.cluster.set_status(REPLICA_SET, replica_set, status, MANAGER)
        return None

    def _alive(self, replica_set: Object) -> list[Object]:
        owned = self._pods.owned_by(uid(replica_set))
        return [pod for pod in owned if not deleting(pod) and not finished(pod)]

    async def _make(self, replica_set: Object) -> None:
        name = f"{replica_set['metadata']['name']}-{random_suffix()}"
        pod = pod_from(replica_set["spec"]["template"], replica_set, name)
        await self.cluster.create(POD, pod, MANAGER)
        told = f"Created pod: {name}"
        self.context.events.normal(replica_set, "SuccessfulCreate", told, _COMPONENT)


def missing(replica_set: Object, pods: list[Object]) -> int:
    """How many Pods must be made."""
    return max(0, int(replica_set["spec"].get("replicas", 1)) - len(pods))


def surplus(replica_set: Object, pods: list[Object]) -> list[Object]:
    """The Pods to be removed, those that do not serve first."""
    too_many = len(pods) - replica_set["spec"].get("replicas", 1)
    return sorted(pods, key=pod_ready)[: max(0, too_many)]


def status_of(replica_set: Object, pods: list[Object]) -> Object:
    """The whole status; None stands for a field that is left out."""
    ready = ready_count(pods)
    return {
        "observedGeneration": replica_set["metadata"].get("generation", 1),
        "replicas": len(pods),
        "fullyLabeledReplicas": len(pods) or None,
        "readyReplicas": ready or None,
        "availableReplicas": ready or None,
    }
