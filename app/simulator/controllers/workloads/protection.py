"""Storage that is in use stays: claims until their Pods are gone, volumes until their claims."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLAIM, POD, VOLUME
from app.simulator.controllers.objects import Key, Object, deleting
from app.simulator.controllers.workloads.pods import MANAGER

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
_ENDED = ("Succeeded", "Failed")


class ClaimProtectionController(Controller):
    """Lets a claim that is being deleted go once no Pod uses it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._claims = self.watch(CLAIM, only=_goes)
        self._pods = self.watch(POD, claims_of)

    async def reconcile(self, key: Key) -> float | None:
        """Take the finalizer off."""
        claim = self._claims.get(key)
        if claim is None or not deleting(claim):
            return None
        used = (key in claims_of(pod) and not _has_ended(pod) for pod in self._pods.all(key[0]))
        if not any(used):
            await self.cluster.merge(CLAIM, claim, without(claim, CLAIM_PROTECTION), MANAGER)
        return None


class VolumeProtectionController(Controller):
    """Lets a volume that is being deleted go once its claim is gone."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._volumes = self.watch(VOLUME, only=_goes)
        self._claims = self.watch(CLAIM, self._bound_to)

    async def reconcile(self, key: Key) -> float | None:
        """Take the finalizer off."""
        volume = self._volumes.get(key)
        if volume is None or not deleting(volume):
            return None
        claim = volume["spec"].get("claimRef") or {}
        bound = self._claims.get((claim.get("namespace", ""), claim.get("name", "")))
        if bound is None or bound["metadata"]["uid"] != claim.get("uid"):
            await self.cluster.merge(VOLUME, volume, without(volume, VOLUME_PROTECTION), MANAGER)
        return None

    def _bound_to(self, claim: Object) -> list[Key]:
        name = claim["spec"].get("volumeName")
        return [("", name)] if name else []


def claims_of(pod: Object) -> list[Key]:
    """The claims that a Pod's volumes name."""
    namespace = pod["metadata"]["namespace"]
    named = (each.get("persistentVolumeClaim") for each in pod["spec"].get("volumes") or ())
    return [(namespace, claim["claimName"]) for claim in named if claim]


def without(item: Object, finalizer: str) -> Object:
    """The patch that takes a finalizer off, and only where nobody else has changed the object."""
    metadata = item["metadata"]
    left = [name for name in metadata.get("finalizers") or () if name != finalizer]
    version = metadata["resourceVersion"]
    return {"metadata": {"finalizers": left or None, "resourceVersion": version}}


def _goes(item: Object, _: Object | None) -> bool:
    return deleting(item)


def _has_ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in _ENDED
