"""When an object of each kind is ready: pure functions over objects as the server shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from app.errors import Permanent
from app.kube.client import Json


@dataclass(frozen=True, slots=True)
class ReadyKind:
    """A kind whose readiness can be told, and the path where all of them are listed."""

    kind: str
    group: str
    path: str
    is_ready: Callable[[Json], bool]


def _deployment(item: Json) -> bool:
    status, wanted = item.get("status", {}), item["spec"].get("replicas", 1)
    return (
        _observed(item)
        and status.get("updatedReplicas", 0) >= wanted
        and status.get("availableReplicas", 0) >= wanted
    )


def _stateful_set(item: Json) -> bool:
    status, wanted = item.get("status", {}), item["spec"].get("replicas", 1)
    return _observed(item) and status.get("readyReplicas", 0) >= wanted


def _daemon_set(item: Json) -> bool:
    status = item.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0)
    return (
        _observed(item)
        and status.get("updatedNumberScheduled", 0) >= wanted
        and status.get("numberAvailable", 0) >= wanted
    )


def _job(item: Json) -> bool:
    if failed := condition(item, "Failed"):
        raise Permanent(
            f"Job {item['metadata']['namespace']}/{item['metadata']['name']}: "
            f"{failed.get('message', 'failed')}"
        )
    return condition(item, "Complete") is not None


def _claim(item: Json) -> bool:
    return bool(item.get("status", {}).get("phase") == "Bound")


def _certificate(item: Json) -> bool:
    return condition(item, "Ready") is not None


def condition(item: Json, kind: str) -> Json | None:
    """The condition of this type, if it is there and true."""
    for found in item.get("status", {}).get("conditions") or []:
        if found.get("type") == kind and found.get("status") == "True":
            known: Json = found
            return known
    return None


def _observed(item: Json) -> bool:
    """Whether the status speaks of what is asked for now, not of an earlier spec."""
    seen = item.get("status", {}).get("observedGeneration", 0)
    return bool(seen >= item["metadata"].get("generation", 1))


READY_KINDS = (
    ReadyKind("Deployment", "apps", "/apis/apps/v1/deployments", _deployment),
    ReadyKind("StatefulSet", "apps", "/apis/apps/v1/statefulsets", _stateful_set),
    ReadyKind("DaemonSet", "apps", "/apis/apps/v1/daemonsets", _daemon_set),
    ReadyKind("Job", "batch", "/apis/batch/v1/jobs", _job),
    ReadyKind("PersistentVolumeClaim", "", "/api/v1/persistentvolumeclaims", _claim),
    ReadyKind(
        "Certificate", "cert-manager.io", "/apis/cert-manager.io/v1/certificates", _certificate
    ),
)
