"""GKE's own kind of long operation: DONE is not success, and progress comes in metrics."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.errors import PortalError
from app.google.errors import Answer, hint_for, of_answer

# Units of work of each stage in recorded creations; a stage's own total counts as soon as it is
# told, which for the later ones is minutes after the first.
STAGES = {"CLUSTER_CONFIGURING": 9, "CLUSTER_DEPLOYING": 11, "CLUSTER_HEALTHCHECKING": 2}
_RATE_OR_OUTAGE = {4: 504, 13: 500, 14: 503}  # codes that may pass by themselves
_REASON = re.compile(r"\[([A-Z][A-Z_]{3,})\]")  # `Current errors: [GCE_STOCKOUT]: ...`


@dataclass(frozen=True, slots=True)
class ClusterOperation:
    """How the making (or unmaking) of a cluster is getting on.

    `fraction` is 0 to 1; `reached` of `total` units of the present `stage` are done.
    """

    name: str
    done: bool
    fraction: float
    stage: str
    reached: int = 0
    total: int = 0
    error: PortalError | None = None


def read(operation: Any) -> ClusterOperation:
    """From a `container_v1.Operation`."""
    metrics = {metric.name: int(metric.int_value) for metric in operation.progress.metrics}
    done = operation.status.name == "DONE"
    stage = _stage(metrics)
    return ClusterOperation(
        name=operation.name,
        done=done,
        fraction=1.0 if done else _fraction(metrics),
        stage=stage,
        reached=metrics.get(stage, 0),
        total=metrics.get(f"{stage}_TOTAL", 0),
        error=_error(operation) if done else None,
    )


def failure(code: int, text: str, conditions: Iterable[Any]) -> PortalError | None:
    """What Google says went wrong, or None; `code` is a gRPC code, 0 if there is none."""
    said = [condition for condition in conditions if condition.code or condition.message]
    message = text or "; ".join(c.message for c in said if c.message)
    if not code and not message:
        return None
    final = bool(hint_for(message)) or code not in _RATE_OR_OUTAGE
    status = 400 if final else _RATE_OR_OUTAGE[code]
    return of_answer(
        Answer(status, message or "The cluster could not be made.", _reason(said, message))
    )


def _fraction(metrics: dict[str, int]) -> float:
    """Units of work done of all; health checking ends one short of its total."""
    total = sum(metrics.get(f"{stage}_TOTAL", usual) for stage, usual in STAGES.items())
    return min(1.0, sum(metrics.get(stage, 0) for stage in STAGES) / total)


def _stage(metrics: dict[str, int]) -> str:
    """The first stage that has work left, or nothing while GKE says nothing yet."""
    for stage in STAGES:
        if metrics.get(stage, 0) < metrics.get(f"{stage}_TOTAL", 0):
            return stage
    return ""


def _error(operation: Any) -> PortalError | None:
    """From `error`, which is the newer, or from the message and conditions that it replaces."""
    conditions = [*operation.cluster_conditions, *operation.nodepool_conditions]
    text = str(operation.error.message) or str(operation.status_message)
    return failure(int(operation.error.code), text, conditions)


def _reason(conditions: list[Any], message: str) -> str:
    named = next((condition.code.name for condition in conditions if condition.code), "")
    found = _REASON.search(message)
    return named or (found[1] if found else "")
