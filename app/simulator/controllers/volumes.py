"""Compute Engine's disks: a PersistentVolume for each claim, gone with it."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import CLAIM, STORAGE_CLASS, VOLUME
from app.simulator.controllers.kubelet.scheduler import SELECTED_NODE
from app.simulator.controllers.objects import Key, Object, annotations, deleting, key_of, uid
from app.simulator.world import ClusterFacts

DRIVER = "pd.csi.storage.gke.io"


class VolumeController(Controller):
    """Plays the CSI provisioner of persistent disks."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._claims = self.watch(CLAIM)
        self._volumes = self.watch(VOLUME, _claim_keys)
        self._classes = self.watch(STORAGE_CLASS, lambda _: map(key_of, self._claims))

    async def reconcile(self, key: Key) -> float | None:
        """Make the claim's volume when it is wanted, remove those of claims that are gone."""
        claim = self._claims.get(key)
        for volume in abandoned(key, claim, self._volumes.all()):
            await self.cluster.delete(VOLUME, volume)
        if claim is None or deleting(claim) or claim["spec"].get("volumeName"):
            return None
        class_ = self._classes.get(("", claim["spec"].get("storageClassName") or ""))
        if class_ is not None and wants_volume(claim, class_):
            volume = volume_for(claim, class_, self.context.facts)
            await self.cluster.create(VOLUME, volume, DRIVER)
        return None


def wants_volume(claim: Object, class_: Object) -> bool:
    """Whether the volume is to be made now, not only when a Pod uses the claim."""
    if class_["provisioner"] != DRIVER:
        return False
    waits = class_.get("volumeBindingMode") == "WaitForFirstConsumer"
    return not waits or SELECTED_NODE in annotations(claim)


def volume_for(claim: Object, class_: Object, facts: ClusterFacts) -> Object:
    """The PersistentVolume, named after the claim's uid, reserved for the claim."""
    namespace, claim_name = key_of(claim)
    name = f"pvc-{uid(claim)}"
    disk = f"projects/{facts.project}/zones/{facts.location}/disks/{name}"
    term = {"key": "topology.gke.io/zone", "operator": "In", "values": [facts.location]}
    return {
        "metadata": {
            "name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER},
        },
        "spec": {
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "accessModes": claim["spec"]["accessModes"],
            "persistentVolumeReclaimPolicy": class_.get("reclaimPolicy", "Delete"),
            "storageClassName": class_["metadata"]["name"],
            "volumeMode": "Filesystem",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": namespace,
                "name": claim_name,
                "uid": uid(claim),
            },
            "csi": {"driver": DRIVER, "fsType": "ext4", "volumeHandle": disk},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        },
    }


def abandoned(key: Key, claim: Object | None, volumes: list[Object]) -> list[Object]:
    """The volumes of a claim of this name that is no more, if they go with their claim."""
    return [
        volume
        for volume in volumes
        if _claim_keys(volume) == [key]
        and (claim is None or volume["spec"]["claimRef"].get("uid") != uid(claim))
        and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        and not deleting(volume)
    ]


def _claim_keys(volume: Object) -> list[Key]:
    reference = volume["spec"].get("claimRef")
    return [(reference["namespace"], reference["name"])] if reference else []
