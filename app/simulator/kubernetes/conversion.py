"""One object in another version of its API."""

from functools import partial

from app.simulator.kubernetes.objects import Object, value_at
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Entry

# events.k8s.io/v1 -> v1
_EVENT_NAMES = {
    "note": "message",
    "regarding": "involvedObject",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}


def stored_api_version(resource: Resource) -> str:
    """The apiVersion under which the resource's objects are kept."""
    if resource.shared_storage.startswith("/"):
        return "v1"
    version = resource.storage_version or resource.version
    return f"{resource.group}/{version}" if resource.group else version


def to_stored(resource: Resource, item: Object) -> Object:
    """A received object in its stored version."""
    stored = stored_api_version(resource)
    if stored == resource.api_version:
        return item
    if resource.plural == "events":
        item = _renamed(item, _EVENT_NAMES)
    if resource.plural == "horizontalpodautoscalers":
        item = _metrics_from_percentage(item)
    return {**item, "apiVersion": stored}


def to_served(resource: Resource, item: Object) -> Object:
    """A stored object in the resource's version."""
    if item.get("apiVersion") == resource.api_version:
        return item
    if resource.plural == "events":
        item = _renamed(item, {new: old for old, new in _EVENT_NAMES.items()})
    if resource.plural == "horizontalpodautoscalers":
        item = _percentage_from_metrics(item)
    return {**item, "apiVersion": resource.api_version}


def served_bytes(resource: Resource, entry: Entry) -> bytes:
    """A stored object, encoded in the resource's version."""
    if entry.api_version == resource.api_version:
        return entry.body
    return entry.encoded(resource.api_version, partial(to_served, resource))


def served_object(resource: Resource, entry: Entry) -> Object:
    """A stored object in the resource's version."""
    return to_served(resource, entry.content)


def _renamed(item: Object, names: dict[str, str]) -> Object:
    return {names.get(name, name): value for name, value in item.items()}


def _metrics_from_percentage(item: Object) -> Object:
    spec = dict(item.get("spec") or {})
    percentage = spec.pop("targetCPUUtilizationPercentage", None)
    if percentage is not None:
        target = {"type": "Utilization", "averageUtilization": percentage}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**item, "spec": spec}


def _percentage_from_metrics(item: Object) -> Object:
    spec = dict(item.get("spec") or {})
    for metric in spec.pop("metrics", None) or ():
        percentage = value_at(metric, "resource.target.averageUtilization")
        if percentage is not None:
            spec["targetCPUUtilizationPercentage"] = percentage
    return {**item, "spec": spec}
