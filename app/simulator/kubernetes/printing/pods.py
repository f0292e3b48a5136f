"""The cells of a Pod: how many containers are ready, and in a word how it is."""

from typing import Any

from app.simulator.kubernetes.objects import Object, metadata_of, value_at
from app.simulator.kubernetes.printing.ages import age_of


def pod_cells(pod: Object) -> list[Any]:
    """READY, STATUS, RESTARTS, AGE and the wide columns."""
    statuses = value_at(pod, "status.containerStatuses") or []
    containers = value_at(pod, "spec.containers") or []
    ready = sum(bool(status.get("ready")) for status in statuses)
    return [
        f"{ready}/{len(containers)}",
        pod_state(pod),
        str(sum(status.get("restartCount", 0) for status in statuses)),
        age_of(pod),
        value_at(pod, "status.podIP") or "<none>",
        value_at(pod, "spec.nodeName") or "<none>",
        value_at(pod, "status.nominatedNodeName") or "<none>",
        "<none>",
    ]


def pod_state(pod: Object) -> str:
    """What STATUS shows: the phase, or the reason that tells more."""
    if metadata_of(pod).get("deletionTimestamp"):
        return "Terminating"
    state = value_at(pod, "status.reason") or value_at(pod, "status.phase") or "Pending"
    for index, status in enumerate(value_at(pod, "status.initContainerStatuses") or ()):
        if value_at(status, "state.terminated.exitCode") == 0 or status.get("started"):
            continue
        total = len(value_at(pod, "spec.initContainers") or ())
        return f"Init:{_reason(status) or f'{index}/{total}'}"
    reasons = [_reason(status) for status in value_at(pod, "status.containerStatuses") or ()]
    told = [reason for reason in reasons if reason]
    return str(told[-1] if told else state)


def _reason(status: Object) -> str:
    state = status.get("state") or {}
    reason = value_at(state, "waiting.reason") or value_at(state, "terminated.reason") or ""
    return "" if reason == "PodInitializing" and "initContainer" in status else str(reason)
