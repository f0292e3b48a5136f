"""StatefulSets: numbered Pods, one after the other, each with its own claims."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLAIM, POD, STATEFUL_SET
from app.simulator.controllers.objects import Key, Object, deleting, labels, pod_ready, uid
from app.simulator.controllers.workloads.pods import (
    MANAGER,
    finished,
    pod_from,
    ready_count,
    revision_of,
)

REVISION_LABEL = "controller-revision-hash"


class StatefulSetController(Controller):
    """Keeps the Pods 0 to replicas-1, updating from the last to the first."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.watch(STATEFUL_SET)
        self._pods = self.watch_owned(POD, "StatefulSet")

    async def reconcile(self, key: Key) -> float | None:
        """Make the next Pod or remove one, then write the status."""
        set_ = self.cluster.get(STATEFUL_SET, key)
        if set_ is None or deleting(set_):
            return None
        for index in indices_to_make(set_, self._pods.owned_by(uid(set_))):
            await self._make(set_, index)
        for pod in pods_to_remove(set_, self._pods.owned_by(uid(set_))):
            await self.cluster.delete(POD, pod)
        status = status_of(set_, self._pods.owned_by(uid(set_)))
        await self.cluster.set_status(STATEFUL_SET, set_, status, MANAGER)
        return None

    async def _make(self, set_: Object, index: int) -> None:
        for claim in claims_for(set_, index):
            await self.cluster.create(CLAIM, claim, MANAGER)
        await self.cluster.create(POD, pod_for(set_, index), MANAGER)


def indices_to_make(set_: Object, pods: list[Object]) -> list[int]:
    """The numbers of the Pods that may be made now: all, or the first after ready ones."""
    names = {pod["metadata"]["name"]: pod for pod in pods}
    absent = [index for index in range(_wanted(set_)) if _pod_name(set_, index) not in names]
    if set_["spec"].get("podManagementPolicy") == "Parallel":
        return absent
    all_ready = all(pod_ready(names[_pod_name(set_, i)]) for i in range(absent[0])) if absent else 0
    return absent[:1] if all_ready else []


def pods_to_remove(set_: Object, pods: list[Object]) -> list[Object]:
    """At most one Pod at a time: a finished one, one too many, or one of an older revision."""
    present = [pod for pod in pods if not deleting(pod)]
    if any(finished(pod) for pod in present):
        return [pod for pod in present if finished(pod)][:1]
    kept = {_pod_name(set_, index) for index in range(_wanted(set_))}
    extra = [pod for pod in present if pod["metadata"]["name"] not in kept]
    if extra:
        return [max(extra, key=_index)]
    stale = [pod for pod in present if labels(pod).get(REVISION_LABEL) != _revision(set_)]
    others_ready = all(pod_ready(pod) for pod in pods if pod not in stale)
    return [max(stale, key=_index)] if stale and others_ready else []


def pod_for(set_: Object, index: int) -> Object:
    """The Pod with this number."""
    name = _pod_name(set_, index)
    pod = pod_from(set_["spec"]["template"], set_, name)
    pod["metadata"]["labels"] |= {
        REVISION_LABEL: _revision(set_),
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": str(index),
    }
    volumes = [
        {"name": template, "persistentVolumeClaim": {"claimName": f"{template}-{name}"}}
        for template in _claim_templates(set_)
    ]
    others = [
        volume
        for volume in pod["spec"].get("volumes") or []
        if volume["name"] not in _claim_templates(set_)
    ]
    pod["spec"] |= {"hostname": name, "volumes": others + volumes}
    return pod


def claims_for(set_: Object, index: int) -> list[Object]:
    """The claims of the Pod with this number."""
    return [
        {
            "metadata": {
                "name": f"{name}-{_pod_name(set_, index)}",
                "namespace": set_["metadata"]["namespace"],
                "labels": dict(set_["spec"]["selector"].get("matchLabels") or {}),
            },
            "spec": dict(template["spec"]),
        }
        for name, template in _claim_templates(set_).items()
    ]


def status_of(set_: Object, pods: list[Object]) -> Object:
    """The whole status; None stands for a field that is left out."""
    pods = [pod for pod in pods if not deleting(pod)]
    updated = [pod for pod in pods if labels(pod).get(REVISION_LABEL) == _revision(set_)]
    done = len(updated) == _wanted(set_) == ready_count(updated)
    before = (set_.get("status") or {}).get("currentRevision", _revision(set_))
    return {
        "observedGeneration": set_["metadata"].get("generation", 1),
        "replicas": len(pods),
        "readyReplicas": ready_count(pods) or None,
        "availableReplicas": ready_count(pods),
        "updatedReplicas": len(updated) or None,
        "currentReplicas": (len(updated) if done else len(pods) - len(updated)) or None,
        "currentRevision": _revision(set_) if done else before,
        "updateRevision": _revision(set_),
        "collisionCount": 0,
    }


def _wanted(set_: Object) -> int:
    return int(set_["spec"].get("replicas", 1))


def _pod_name(set_: Object, index: int) -> str:
    return f"{set_['metadata']['name']}-{index}"


def _index(pod: Object) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _revision(set_: Object) -> str:
    return f"{set_['metadata']['name']}-{revision_of(set_['spec']['template'])}"


def _claim_templates(set_: Object) -> dict[str, Object]:
    templates = set_["spec"].get("volumeClaimTemplates") or []
    return {template["metadata"]["name"]: template for template in templates}
