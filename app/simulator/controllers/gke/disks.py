"""Compute Engine's disks behind PersistentVolumes: made with them, and gone with them.

A disk whose volume is still there when its cluster is deleted stays.
"""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.gke.parts import zone_of
from app.simulator.controllers.kinds import STORAGE_CLASS, VOLUME
from app.simulator.controllers.objects import Key, Object
from app.simulator.controllers.quantities import number
from app.simulator.controllers.volumes import DRIVER

_ROOT = "https://www.googleapis.com/compute/v1/projects"


class DiskController(Controller):
    """Keeps one disk for each volume of the persistent disks' driver."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._volumes = self.watch(VOLUME)
        self._classes = self.use(STORAGE_CLASS)

    async def reconcile(self, key: Key) -> float | None:
        """Make the volume's disk, or remove that of a volume which is no more."""
        facts, volume = self.context.facts, self._volumes.get(key)
        path = f"zones/{zone_of(facts)}/disks/{key[1]}"
        if volume is None:
            self.context.world.delete_compute(facts.project, path)
        elif (volume["spec"].get("csi") or {}).get("driver") == DRIVER:
            self.context.world.put_compute(facts.project, path, self._body(volume))
        return None

    def _body(self, volume: Object) -> Object:
        facts = self.context.facts
        class_ = self._classes.get(("", volume["spec"].get("storageClassName") or "")) or {}
        type_ = (class_.get("parameters") or {}).get("type", "pd-standard")
        size = number(volume["spec"]["capacity"]["storage"]) / 2**30
        claim = volume["spec"].get("claimRef") or {}
        place = f"{_ROOT}/{facts.project}/zones/{zone_of(facts)}"
        return {
            "sizeGb": str(max(1, round(size))),
            "type": f"{place}/diskTypes/{type_}",
            "status": "READY",
            "labels": {"goog-gke-volume": "", "goog-k8s-cluster-name": facts.name},
            "description": str(
                {
                    "kubernetes.io/created-for/pvc/namespace": claim.get("namespace", ""),
                    "kubernetes.io/created-for/pvc/name": claim.get("name", ""),
                    "kubernetes.io/created-for/pv/name": volume["metadata"]["name"],
                    "storage.gke.io/created-by": DRIVER,
                }
            ),
        }
