"""The status of a Pod at each turn of its life."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from app.simulator.controllers.kubelet.fate import Failure
from app.simulator.controllers.objects import Object, new_condition, stamp, uid

ContainerState = Callable[[Object], Object]


def creating(pod: Object, host: str, now: datetime) -> Object:
    """Bound; images are being pulled."""
    waiting = _waiting("ContainerCreating", "")
    statuses = _statuses(pod, "containers", waiting, started=False)
    return {
        "phase": "Pending",
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "startTime": stamp(now),
        "conditions": _conditions(pod, now, initialized=not _inits(pod), ready=False),
        "containerStatuses": statuses,
        **_init_statuses(pod, _waiting("PodInitializing", ""), started=False),
    }


def failing(pod: Object, failure: Failure, now: datetime) -> Object:
    """Bound, but its containers cannot run."""
    waiting = _waiting(failure.reason, failure.message)
    return {
        "phase": "Pending",
        "conditions": _conditions(pod, now, initialized=not _inits(pod), ready=False),
        "containerStatuses": _statuses(pod, "containers", waiting, started=False),
    }


def running(pod: Object, address: str, now: datetime) -> Object:
    """Every container runs and is ready."""
    state = {"running": {"startedAt": stamp(now)}}
    return {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": _conditions(pod, now, initialized=True, ready=True),
        "containerStatuses": _statuses(pod, "containers", lambda _: state, started=True),
        **_init_statuses(pod, lambda each: _init_state(each, now), started=True),
    }


def succeeded(pod: Object, now: datetime) -> Object:
    """Every container has ended well."""

    def ended(_: Object) -> Object:
        return _completed(now)

    conditions = _conditions(pod, now, initialized=True, ready=False, reason="PodCompleted")
    return {
        "phase": "Succeeded",
        "conditions": conditions,
        "containerStatuses": _statuses(pod, "containers", ended, started=False),
    }


def _conditions(
    pod: Object, now: datetime, initialized: bool, ready: bool, reason: str = "ContainersNotReady"
) -> list[Object]:
    told = "" if ready else _unready_message(pod, reason)
    why = "" if ready else reason
    not_initialized = "" if initialized else "ContainersNotInitialized"
    return [
        new_condition(pod, "PodScheduled", True, now),
        new_condition(pod, "PodReadyToStartContainers", initialized, now),
        new_condition(pod, "Initialized", initialized, now, not_initialized),
        new_condition(pod, "ContainersReady", ready, now, why, told),
        new_condition(pod, "Ready", ready, now, why, told),
    ]


def _unready_message(pod: Object, reason: str) -> str:
    if reason != "ContainersNotReady":
        return ""
    names = " ".join(each["name"] for each in pod["spec"]["containers"])
    return f"containers with unready status: [{names}]"


def _statuses(pod: Object, part: str, state: ContainerState, started: bool) -> list[Object]:
    return [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": _image_id(container) if started else "",
            "containerID": _container_id(pod, container) if started else "",
            "ready": started,
            "started": started,
            "restartCount": 0,
            "state": state(container),
            "lastState": {},
        }
        for container in pod["spec"].get(part) or []
    ]


def _init_statuses(pod: Object, state: ContainerState, started: bool) -> Object:
    if not _inits(pod):
        return {}
    return {"initContainerStatuses": _statuses(pod, "initContainers", state, started)}


def _init_state(container: Object, now: datetime) -> Object:
    if container.get("restartPolicy") == "Always":
        return {"running": {"startedAt": stamp(now)}}
    return _completed(now)


def _completed(now: datetime) -> Object:
    times = {"startedAt": stamp(now), "finishedAt": stamp(now)}
    return {"terminated": {"exitCode": 0, "reason": "Completed", **times}}


def _waiting(reason: str, message: str) -> ContainerState:
    told = {"message": message} if message else {}
    return lambda _: {"waiting": {"reason": reason, **told}}


def _image_id(container: Object) -> str:
    repository = container["image"].partition("@")[0]
    return f"{repository}@sha256:{sha256(container['image'].encode()).hexdigest()}"


def _container_id(pod: Object, container: Object) -> str:
    identity = f"{uid(pod)}/{container['name']}"
    return f"containerd://{sha256(identity.encode()).hexdigest()}"


def _inits(pod: Object) -> bool:
    return bool(pod["spec"].get("initContainers"))
