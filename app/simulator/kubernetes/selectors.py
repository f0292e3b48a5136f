"""Label and field selectors."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.simulator.kubernetes.errors import bad_request
from app.simulator.kubernetes.objects import value_at
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Entry

Test = Callable[[Entry], bool]
_SET = re.compile(r"^\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*$")
_COMPARISON = re.compile(r"^\s*([^\s!=<>]+)\s*(==|=|!=)\s*(\S*)\s*$")
_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)
_FIELDS = {
    "/pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "/events": _EVENT_FIELDS,
    "/nodes": ("spec.unschedulable",),
    "/namespaces": ("status.phase",),
    "/secrets": ("type",),
    "/services": ("spec.clusterIP", "spec.type"),
    "/replicationcontrollers": ("status.replicas",),
    "apps/replicasets": ("status.replicas",),
    "batch/jobs": ("status.successful",),
    "certificates.k8s.io/certificatesigningrequests": ("spec.signerName",),
}


@dataclass(frozen=True, slots=True)
class Selector:
    """Which objects a list or a watch is about."""

    labels: tuple[Test, ...] = ()
    fields: tuple[Test, ...] = ()

    def admits(self, entry: Entry | None) -> bool:
        """Whether an object is selected."""
        if entry is None:
            return False
        return all(test(entry) for test in self.labels) and all(test(entry) for test in self.fields)

    @property
    def admits_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.labels and not self.fields


def selector(resource: Resource, labels: str, fields: str) -> Selector:
    """Read both selectors of a request; raises a 400 `ApiError` if one cannot be read."""
    return Selector(
        tuple(_label_test(part) for part in _split(labels)),
        tuple(_field_test(resource, part) for part in _split(fields)),
    )


def _split(text: str) -> list[str]:
    """At commas outside parentheses."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def _label_test(part: str) -> Test:
    found = _SET.match(part)
    if found:
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda entry: _label(entry, key) in values
        return lambda entry: _label(entry, key) not in values
    found = _COMPARISON.match(part)
    if found:
        key, operator, wanted = found.groups()
        if operator == "!=":
            return lambda entry: _label(entry, key) != wanted
        return lambda entry: _label(entry, key) == wanted
    key = part.strip()
    if re.fullmatch(r"!?[\w./-]+", key) is None:
        raise bad_request(f"unable to parse requirement: found '{part}', expected: identifier")
    if key.startswith("!"):
        return lambda entry: _label(entry, key[1:].strip()) is None
    return lambda entry: _label(entry, key) is not None


def _label(entry: Entry, key: str) -> str | None:
    value: str | None = (entry.metadata.get("labels") or {}).get(key)
    return value


def _field_test(resource: Resource, part: str) -> Test:
    found = _COMPARISON.match(part)
    if found is None:
        raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    path, operator, wanted = found.groups()
    read = _field_reader(resource, path)
    if operator == "!=":
        return lambda entry: read(entry) != wanted
    return lambda entry: read(entry) == wanted


def _field_reader(resource: Resource, path: str) -> Callable[[Entry], str]:
    if path == "metadata.name":
        return lambda entry: entry.key[2]
    if path == "metadata.namespace":
        return lambda entry: entry.key[1]
    if path not in (*_FIELDS.get(resource.storage, ()), *resource.selectable_fields):
        raise bad_request(_unsupported(resource, path))
    if path == "source":
        return lambda entry: _shown(value_at(entry.content, "source.component"))
    return lambda entry: _shown(value_at(entry.content, path))


def _unsupported(resource: Resource, path: str) -> str:
    if resource.custom or resource.storage in _FIELDS:
        return f"field label not supported: {path}"
    known = '"metadata.name", "metadata.namespace"'
    return f'"{path}" is not a known field selector: only {known}'


def _shown(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
