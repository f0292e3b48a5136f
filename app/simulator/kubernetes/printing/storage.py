"""The columns of nodes, volumes and claims."""

from typing import Any

from app.simulator.kubernetes.objects import Object, metadata_of, value_at
from app.simulator.kubernetes.printing.ages import age_of
from app.simulator.kubernetes.printing.printer import Printer, at


def _node(item: Object) -> list[Any]:
    conditions = value_at(item, "status.conditions") or ()
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    state = "Ready" if ready else "NotReady"
    if value_at(item, "spec.unschedulable"):
        state += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    labels = metadata_of(item).get("labels") or {}
    roles = ",".join(name.removeprefix(prefix) for name in labels if name.startswith(prefix))
    found = value_at(item, "status.addresses") or ()
    addresses = {address["type"]: address["address"] for address in found}
    facts = ("osImage", "kernelVersion", "containerRuntimeVersion")
    return [
        state,
        roles or "<none>",
        age_of(item),
        at(item, "status.nodeInfo.kubeletVersion"),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        *(at(item, f"status.nodeInfo.{name}", "<unknown>") for name in facts),
    ]


def _claim(item: Object) -> list[Any]:
    return [
        "Terminating" if metadata_of(item).get("deletionTimestamp") else at(item, "status.phase"),
        at(item, "spec.volumeName"),
        at(item, "status.capacity.storage"),
        _access(value_at(item, "status.accessModes")),
        at(item, "spec.storageClassName"),
        at(item, "spec.volumeAttributesClassName", "<unset>"),
        age_of(item),
        at(item, "spec.volumeMode"),
    ]


def _volume(item: Object) -> list[Any]:
    claim = value_at(item, "spec.claimRef") or {}
    return [
        at(item, "spec.capacity.storage"),
        _access(value_at(item, "spec.accessModes")),
        at(item, "spec.persistentVolumeReclaimPolicy"),
        at(item, "status.phase"),
        f"{claim.get('namespace')}/{claim.get('name')}" if claim else "",
        at(item, "spec.storageClassName"),
        at(item, "spec.volumeAttributesClassName", "<unset>"),
        at(item, "status.reason"),
        age_of(item),
        at(item, "spec.volumeMode"),
    ]


def _access(modes: list[str] | None) -> str:
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX"}
    return ",".join(short.get(mode, mode) for mode in modes or ())


def _storage_class(item: Object) -> list[Any]:
    return [
        item.get("provisioner", ""),
        item.get("reclaimPolicy", "Delete"),
        item.get("volumeBindingMode", "Immediate"),
        str(bool(item.get("allowVolumeExpansion"))).lower(),
        age_of(item),
    ]


_NODE = ("Status", "Roles", "Age", "Version", "Internal-IP*", "External-IP*")
_CLASS = ("Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age")
PRINTERS = {
    "/nodes": Printer((*_NODE, "OS-Image*", "Kernel-Version*", "Container-Runtime*"), _node),
    "/persistentvolumeclaims": Printer(
        (
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            "VolumeAttributesClass",
            "Age",
            "VolumeMode*",
        ),
        _claim,
    ),
    "/persistentvolumes": Printer(
        (
            "Capacity",
            "Access Modes",
            "Reclaim Policy",
            "Status",
            "Claim",
            "StorageClass",
            "VolumeAttributesClass",
            "Reason",
            "Age",
            "VolumeMode*",
        ),
        _volume,
    ),
    "storage.k8s.io/storageclasses": Printer(_CLASS, _storage_class),
}
