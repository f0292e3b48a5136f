"""GKE's own kind of long operation: DONE is not success, and progress comes in metrics."""

from dataclasses import dataclass
from typing import Any

from app.errors import PortalError
from app.google.errors import Answer, hint_for, of_answer

STAGES = ("CLUSTER_CONFIGURING", "CLUSTER_DEPLOYING", "CLUSTER_HEALTHCHECKING")
_RATE_OR_OUTAGE = {4: 504, 13: 500, 14: 503}  # codes that may pass by themselves


@dataclass(frozen=True, slots=True)
class ClusterOperation:
    """How the making (or unmaking) of a cluster is getting on; `fraction` is 0 to 1."""

    name: str
    done: bool
    fraction: float
    stage: str
    error: PortalError | None = None


def read(operation: Any) -> ClusterOperation:
    """From a `container_v1.Operation`."""
    metrics = {metric.name: int(metric.int_value) for metric in operation.progress.metrics}
    done = operation.status.name == "DONE"
    return ClusterOperation(
        name=operation.name,
        done=done,
        fraction=1.0 if done else _fraction(metrics),
        stage=_stage(metrics),
        error=_error(operation) if done else None,
    )


def _fraction(metrics: dict[str, int]) -> float:
    """Work units done of all, by the `_TOTAL` twins; health checking ends one short of its."""
    total = sum(metrics.get(f"{stage}_TOTAL", 0) for stage in STAGES)
    return sum(metrics.get(stage, 0) for stage in STAGES) / total if total else 0.0


def _stage(metrics: dict[str, int]) -> str:
    """The first stage that has work left, or nothing while GKE says nothing yet."""
    for stage in STAGES:
        if metrics.get(stage, 0) < metrics.get(f"{stage}_TOTAL", 0):
            return stage
    return ""


def _error(operation: Any) -> PortalError | None:
    conditions = [*operation.cluster_conditions, *operation.nodepool_conditions]
    message = str(operation.error.message) or "; ".join(c.message for c in conditions if c.message)
    if not operation.error.code and not message:
        return None
    code = int(operation.error.code)
    final = bool(hint_for(message)) or code not in _RATE_OR_OUTAGE
    status = 400 if final else _RATE_OR_OUTAGE[code]
    reason = next((c.code.name for c in conditions if c.code), "")
    return of_answer(Answer(status, message or "The cluster could not be made.", reason))
