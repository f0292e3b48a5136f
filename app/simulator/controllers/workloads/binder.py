"""Binds claims and volumes to one another, and gives claims their default class."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLAIM, STORAGE_CLASS, VOLUME
from app.simulator.controllers.objects import Key, Object, annotations, deleting, key_of, uid
from app.simulator.controllers.workloads.pods import MANAGER

PROVISIONER = "volume.kubernetes.io/storage-provisioner"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


class BinderController(Controller):
    """Follows claims; a volume is bound when its claimRef names the claim."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        claims = self.watch(CLAIM)
        self._volumes = self.watch(VOLUME, _claim_keys)
        self._classes = self.watch(STORAGE_CLASS, lambda _: map(key_of, claims))

    async def reconcile(self, key: Key) -> float | None:
        """Give the claim its class, or bind it to the volume made for it."""
        claim = self.cluster.get(CLAIM, key)
        if claim is None or deleting(claim):
            return None
        if claim["spec"].get("storageClassName") is None:
            await self._choose_class(claim)
            return None
        volume = volume_for(claim, self._volumes.all())
        if volume is not None and (claim.get("status") or {}).get("phase") != "Bound":
            await self._bind(claim, volume)
        return None

    async def _choose_class(self, claim: Object) -> None:
        default = default_class(self._classes.all())
        if default is None:
            return
        metadata = {"annotations": {PROVISIONER: default["provisioner"]}}
        spec = {"storageClassName": default["metadata"]["name"]}
        await self.cluster.merge(CLAIM, claim, {"metadata": metadata, "spec": spec}, MANAGER)

    async def _bind(self, claim: Object, volume: Object) -> None:
        name = volume["metadata"]["name"]
        if claim["spec"].get("volumeName") != name:
            bound = {"pv.kubernetes.io/bind-completed": "yes"}
            bound |= {"pv.kubernetes.io/bound-by-controller": "yes"}
            patch = {"metadata": {"annotations": bound}, "spec": {"volumeName": name}}
            claim = await self.cluster.merge(CLAIM, claim, patch, MANAGER)
        await self.cluster.set_status(VOLUME, volume, {"phase": "Bound"}, MANAGER)
        status = {
            "phase": "Bound",
            "accessModes": volume["spec"]["accessModes"],
            "capacity": volume["spec"]["capacity"],
        }
        await self.cluster.set_status(CLAIM, claim, status, MANAGER)


def default_class(classes: list[Object]) -> Object | None:
    """The StorageClass for claims that name none."""
    return next((each for each in classes if annotations(each).get(DEFAULT_CLASS) == "true"), None)


def volume_for(claim: Object, volumes: list[Object]) -> Object | None:
    """The volume that was made for this very claim."""
    for volume in volumes:
        if (volume["spec"].get("claimRef") or {}).get("uid") == uid(claim):
            return volume
    return None


def _claim_keys(volume: Object) -> list[Key]:
    reference = volume["spec"].get("claimRef")
    return [(reference["namespace"], reference["name"])] if reference else []
