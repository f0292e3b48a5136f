"""The columns of Pods and what makes them."""

from typing import Any

from app.simulator.kubernetes.objects import Object, value_at
from app.simulator.kubernetes.printing.ages import age, age_of
from app.simulator.kubernetes.printing.pods import pod_cells
from app.simulator.kubernetes.printing.printer import Printer, at, labels_cell


def _selector(item: Object) -> str:
    selector = value_at(item, "spec.selector") or {}
    parts = [f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()]
    for rule in selector.get("matchExpressions") or ():
        parts.append(
            f"{rule['key']} {rule['operator'].lower()} ({','.join(rule.get('values', []))})"
        )
    return ",".join(parts) or "<none>"


def _containers(item: Object) -> list[str]:
    containers = value_at(item, "spec.template.spec.containers") or []
    names = ",".join(container["name"] for container in containers)
    images = ",".join(container.get("image", "") for container in containers)
    return [names, images]


def _deployment(item: Object) -> list[Any]:
    ready, wanted = at(item, "status.readyReplicas", 0), at(item, "spec.replicas", 0)
    updated, available = (
        at(item, "status.updatedReplicas", 0),
        at(item, "status.availableReplicas", 0),
    )
    own = [f"{ready}/{wanted}", updated, available, age_of(item)]
    return [*own, *_containers(item), _selector(item)]


def _replica_set(item: Object) -> list[Any]:
    counts = [
        at(item, "spec.replicas", 0),
        at(item, "status.replicas", 0),
        at(item, "status.readyReplicas", 0),
    ]
    return [*counts, age_of(item), *_containers(item), _selector(item)]


def _stateful_set(item: Object) -> list[Any]:
    ready, wanted = at(item, "status.readyReplicas", 0), at(item, "spec.replicas", 0)
    return [f"{ready}/{wanted}", age_of(item), *_containers(item)]


def _daemon_set(item: Object) -> list[Any]:
    counts = [at(item, f"status.{name}", 0) for name in _DAEMON_COUNTS]
    nodes = labels_cell(value_at(item, "spec.template.spec.nodeSelector"))
    return [*counts, nodes, age_of(item), *_containers(item), _selector(item)]


def _job(item: Object) -> list[Any]:
    succeeded, wanted = at(item, "status.succeeded", 0), value_at(item, "spec.completions")
    conditions = value_at(item, "status.conditions") or ()
    true = {condition["type"] for condition in conditions if condition.get("status") == "True"}
    state = next((name for name in ("Complete", "Failed", "Suspended") if name in true), "Running")
    start, end = value_at(item, "status.startTime"), value_at(item, "status.completionTime")
    took = age(start, end) if start else ""
    completions = f"{succeeded}/{wanted or 1}"
    return [state, completions, took, age_of(item), *_containers(item), _selector(item)]


def _cron_job(item: Object) -> list[Any]:
    last = value_at(item, "status.lastScheduleTime")
    return [
        at(item, "spec.schedule"),
        at(item, "spec.timeZone", "<none>"),
        str(at(item, "spec.suspend", False)),
        len(value_at(item, "status.active") or ()),
        age(last) if last else "<none>",
        age_of(item),
    ]


def _autoscaler(item: Object) -> list[Any]:
    reference = f"{at(item, 'spec.scaleTargetRef.kind')}/{at(item, 'spec.scaleTargetRef.name')}"
    limits = [at(item, "spec.minReplicas", "<unset>"), at(item, "spec.maxReplicas", 0)]
    metrics = value_at(item, "spec.metrics") or ()
    targets = [_metric(metric) for metric in metrics]
    shown = ", ".join(targets) or "<none>"
    return [reference, shown, *limits, at(item, "status.currentReplicas", 0), age_of(item)]


def _metric(metric: Object) -> str:
    target = value_at(metric, "resource.target") or {}
    utilization = target.get("averageUtilization")
    wanted = f"{utilization}%" if utilization is not None else target.get("averageValue", "<auto>")
    return f"{at(metric, 'resource.name', metric.get('type', ''))}: <unknown>/{wanted}"


def _budget(item: Object) -> list[Any]:
    return [
        at(item, "spec.minAvailable", "N/A"),
        at(item, "spec.maxUnavailable", "N/A"),
        at(item, "status.disruptionsAllowed", 0),
        age_of(item),
    ]


_TEMPLATE = ("Containers*", "Images*", "Selector*")
_POD = ("Ready", "Status", "Restarts", "Age", "IP*", "Node*", "Nominated Node*", "Readiness Gates*")
_DAEMON_COUNTS = (
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
)
_COUNTS = ("Desired", "Current", "Ready")
_SCALER = ("Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age")
_CRON = ("Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Age")
PRINTERS = {
    "/pods": Printer(_POD, pod_cells),
    "/replicationcontrollers": Printer((*_COUNTS, "Age", *_TEMPLATE), _replica_set),
    "apps/replicasets": Printer((*_COUNTS, "Age", *_TEMPLATE), _replica_set),
    "apps/deployments": Printer(
        ("Ready", "Up-to-date", "Available", "Age", *_TEMPLATE), _deployment
    ),
    "apps/statefulsets": Printer(("Ready", "Age", "Containers*", "Images*"), _stateful_set),
    "apps/daemonsets": Printer(
        (*_COUNTS, "Up-to-date", "Available", "Node Selector", "Age", *_TEMPLATE), _daemon_set
    ),
    "batch/jobs": Printer(("Status", "Completions", "Duration", "Age", *_TEMPLATE), _job),
    "batch/cronjobs": Printer(_CRON, _cron_job),
    "autoscaling/horizontalpodautoscalers": Printer(_SCALER, _autoscaler),
    "policy/poddisruptionbudgets": Printer(
        ("Min Available", "Max Unavailable", "Allowed Disruptions", "Age"), _budget
    ),
}
