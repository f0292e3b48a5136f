"""Deployments: a ReplicaSet for each template, scaled up and down."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import DEPLOYMENT, REPLICA_SET
from app.simulator.controllers.objects import (
    Key,
    Object,
    annotations,
    condition,
    deleting,
    moment_of,
    new_condition,
    owner_reference,
    stamp,
    uid,
)
from app.simulator.controllers.workloads.pods import MANAGER, revision_of

REVISION = "deployment.kubernetes.io/revision"
TEMPLATE_HASH = "pod-template-hash"
_COUNTERS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")


@dataclass(frozen=True)
class Rollout:
    """What brings a Deployment a step further."""

    create: Object | None = None
    scale: list[tuple[Object, int]] = field(default_factory=list)


class DeploymentController(Controller):
    """Rolls Deployments out and tells how far they are."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.watch(DEPLOYMENT)
        self._replica_sets = self.watch_owned(REPLICA_SET, "Deployment")

    async def reconcile(self, key: Key) -> float | None:
        """Make or scale its ReplicaSets, then write its status."""
        deployment = self.cluster.get(DEPLOYMENT, key)
        if deployment is None or deleting(deployment):
            return None
        step = next_step(deployment, self._replica_sets.owned_by(uid(deployment)))
        if step.create is not None:
            await self.cluster.create(REPLICA_SET, step.create, MANAGER)
        for replica_set, replicas in step.scale:
            patch = {"spec": {"replicas": replicas}}
            await self.cluster.merge(REPLICA_SET, replica_set, patch, MANAGER)
        return await self._tell(deployment)

    async def _tell(self, deployment: Object) -> float | None:
        owned = self._replica_sets.owned_by(uid(deployment))
        current = current_of(deployment, owned)
        if current is not None:
            await self._number(deployment, current, str(revision_for(deployment, owned)))
        now = self.clock.now()
        limit = deployment["spec"].get("progressDeadlineSeconds", 600)
        deadline = timedelta(seconds=self.clock.real(limit))
        status = status_of(deployment, owned, now, deadline)
        await self.cluster.set_status(DEPLOYMENT, deployment, status, MANAGER)
        return _until_deadline(status, now, deadline)

    async def _number(self, deployment: Object, current: Object, revision: str) -> None:
        """A template that is used again, as by an undo, becomes the latest revision."""
        patch = {"metadata": {"annotations": {REVISION: revision}}}
        for kind, obj in ((REPLICA_SET, current), (DEPLOYMENT, deployment)):
            if annotations(obj).get(REVISION) != revision:
                await self.cluster.merge(kind, obj, patch, MANAGER)


def next_step(deployment: Object, owned: list[Object]) -> Rollout:
    """Up with the ReplicaSet of the present template, then down with the others.

    With the strategy Recreate the others go first and their Pods must be gone.
    """
    wanted = deployment["spec"].get("replicas", 1)
    current = current_of(deployment, owned)
    others = [each for each in owned if each is not current]
    busy = [each for each in others if each["spec"].get("replicas") or _count(each, "replicas")]
    recreate = (deployment["spec"].get("strategy") or {}).get("type") == "Recreate"
    if recreate and busy:
        return Rollout(scale=_to_zero(busy))
    if current is None:
        return Rollout(create=replica_set_for(deployment, owned))
    scale = [(current, wanted)] if current["spec"].get("replicas") != wanted else []
    if _count(current, "availableReplicas") >= wanted:
        scale += _to_zero(busy)
    return Rollout(scale=scale)


def current_of(deployment: Object, owned: list[Object]) -> Object | None:
    """The ReplicaSet of the present template."""
    name = _name_of(deployment)
    return next((each for each in owned if each["metadata"]["name"] == name), None)


def replica_set_for(deployment: Object, owned: list[Object]) -> Object:
    """The ReplicaSet of the present template, to be created."""
    spec, hash_ = deployment["spec"], revision_of(deployment["spec"]["template"])
    template = dict(spec["template"])
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = (metadata.get("labels") or {}) | {TEMPLATE_HASH: hash_}
    selector = dict(spec["selector"])
    selector["matchLabels"] = (selector.get("matchLabels") or {}) | {TEMPLATE_HASH: hash_}
    return {
        "metadata": {
            "name": _name_of(deployment),
            "namespace": deployment["metadata"]["namespace"],
            "labels": metadata["labels"],
            "annotations": {REVISION: str(revision_for(deployment, owned))},
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {
            "replicas": spec.get("replicas", 1),
            "selector": selector,
            "template": template | {"metadata": metadata},
        },
    }


def revision_for(deployment: Object, owned: list[Object]) -> int:
    """The number of the present template: one more than all others'."""
    current = current_of(deployment, owned)
    others = [int(annotations(each).get(REVISION, 0)) for each in owned if each is not current]
    mine = int(annotations(current).get(REVISION, 0)) if current else 0
    latest = max(others, default=0)
    return mine if mine > latest else latest + 1


def status_of(
    deployment: Object, owned: list[Object], now: datetime, deadline: timedelta
) -> Object:
    """The whole status; None stands for a field that is left out."""
    current = current_of(deployment, owned)
    wanted = deployment["spec"].get("replicas", 1)
    ready = sum(_count(each, "readyReplicas") for each in owned)
    available = sum(_count(each, "availableReplicas") for each in owned)
    counters = {
        "replicas": sum(_count(each, "replicas") for each in owned),
        "updatedReplicas": _count(current, "replicas") if current else 0,
        "readyReplicas": ready,
        "availableReplicas": available,
        "unavailableReplicas": max(0, wanted - available),
    }
    shown = {name: value or None for name, value in counters.items()}
    conditions = [
        _available(deployment, available, wanted, now),
        _progressing(deployment, current, shown, now, deadline),
    ]
    generation = deployment["metadata"].get("generation", 1)
    return {"observedGeneration": generation, **shown, "conditions": conditions}


def _available(deployment: Object, available: int, wanted: int, now: datetime) -> Object:
    enough = available >= wanted - _max_unavailable(deployment, wanted)
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    message = f"Deployment {'has' if enough else 'does not have'} minimum availability."
    found = new_condition(deployment, "Available", enough, now, reason, message)
    before = condition(deployment, "Available")
    same = before is not None and before["status"] == found["status"]
    return found | {"lastUpdateTime": (before or {}).get("lastUpdateTime") if same else stamp(now)}


def _progressing(
    deployment: Object,
    current: Object | None,
    counters: Object,
    now: datetime,
    deadline: timedelta,
) -> Object:
    before, status = condition(deployment, "Progressing"), deployment.get("status") or {}
    name = current["metadata"]["name"] if current else _name_of(deployment)
    wanted = deployment["spec"].get("replicas", 1) or None
    complete = all(counters[counter] == wanted for counter in _COUNTERS)
    moved = before is None or any(status.get(each) != counters[each] for each in _COUNTERS)
    updated = stamp(now) if before is None or moved else before["lastUpdateTime"]
    if complete:
        reason, told = "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.'
        if before and before["reason"] == reason:
            updated = before["lastUpdateTime"]
    elif not moved and now > moment_of(updated) + deadline + timedelta(seconds=1):
        reason, told = "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.'
    else:
        reason, told = "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.'
    fine = reason != "ProgressDeadlineExceeded"
    found = new_condition(deployment, "Progressing", fine, now, reason, told)
    return found | {"lastUpdateTime": updated}


def _until_deadline(status: Object, now: datetime, deadline: timedelta) -> float | None:
    progressing = status["conditions"][1]
    if progressing["reason"] != "ReplicaSetUpdated":
        return None
    due = moment_of(progressing["lastUpdateTime"]) + deadline + timedelta(seconds=1)
    return max(1.0, (due - now).total_seconds() + 0.1)


def _max_unavailable(deployment: Object, wanted: int) -> int:
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    limit = rolling.get("maxUnavailable", "25%")
    if isinstance(limit, str):
        return wanted * int(limit.rstrip("%")) // 100
    return int(limit)


def _name_of(deployment: Object) -> str:
    return f"{deployment['metadata']['name']}-{revision_of(deployment['spec']['template'])}"


def _to_zero(replica_sets: list[Object]) -> list[tuple[Object, int]]:
    return [(each, 0) for each in replica_sets if each["spec"].get("replicas")]


def _count(replica_set: Object, name: str) -> int:
    return int((replica_set.get("status") or {}).get(name) or 0)
