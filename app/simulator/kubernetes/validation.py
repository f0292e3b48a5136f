"""What the API server refuses in built-in objects: names, missing fields, changed constants."""

import re
from collections.abc import Callable
from typing import Any

from app.simulator.kubernetes.crds import CRD_STORAGE, causes_against
from app.simulator.kubernetes.errors import Cause, field_cause, invalid_value, required
from app.simulator.kubernetes.objects import Object, metadata_of, value_at
from app.simulator.kubernetes.resources import Resource

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_PART = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = re.compile(rf"({_NAME_PART})?")
_QUALIFIED_NAME = re.compile(rf"({_SUBDOMAIN.pattern}/)?{_NAME_PART}")
_MAX_ANNOTATIONS = 256 * 1024
_FREE_NAMES = "rbac.authorization.k8s.io"
_LABEL_NAMED = ("/namespaces", "/services")
_WORKLOADS = ("apps/deployments", "apps/replicasets", "apps/statefulsets", "apps/daemonsets")
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
    " '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used"
    r" for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
    " must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex"
    " used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)


def causes_against_new(resource: Resource, item: Object) -> list[Cause]:
    """Why a new object is refused; empty if it is not."""
    return [*_name_causes(resource, item), *_content_causes(resource, item)]


def causes_against_change(resource: Resource, before: Object, after: Object) -> list[Cause]:
    """Why a changed object is refused; empty if it is not."""
    causes = _content_causes(resource, after)
    for path in _CONSTANTS.get(resource.storage, ()):
        old, new = value_at(before, path), value_at(after, path)
        if old is not None and old != new:
            causes.append(_immutable(path, new))
    return causes


def _immutable(path: str, value: Any) -> Cause:
    detail = "cannot change roleRef" if path == "roleRef" else "field is immutable"
    return invalid_value(path, value, detail)


def _name_causes(resource: Resource, item: Object) -> list[Cause]:
    name = str(metadata_of(item).get("name", ""))
    if not name:
        return [required("metadata.name", "name or generateName is required")]
    if resource.group == _FREE_NAMES:
        return []
    if resource.storage in _LABEL_NAMED:
        fits, rule = bool(_LABEL.fullmatch(name)), _LABEL_RULE
    else:
        fits, rule = bool(_SUBDOMAIN.fullmatch(name)) and len(name) <= 253, _SUBDOMAIN_RULE
    return [] if fits else [invalid_value("metadata.name", name, rule)]


def _content_causes(resource: Resource, item: Object) -> list[Cause]:
    check = _CHECKS.get(resource.storage)
    common = [*_label_causes(item), *_annotation_causes(item)]
    return [*common, *(check(item) if check else [])]


def _annotation_causes(item: Object) -> list[Cause]:
    annotations = metadata_of(item).get("annotations") or {}
    size = sum(len(name) + len(str(value)) for name, value in annotations.items())
    if size <= _MAX_ANNOTATIONS:
        return []
    told = f"Too long: may not be more than {_MAX_ANNOTATIONS} bytes"
    return [field_cause("FieldValueTooLong", "metadata.annotations", told)]


def _label_causes(item: Object) -> list[Cause]:
    causes = []
    for name, value in (metadata_of(item).get("labels") or {}).items():
        if not _QUALIFIED_NAME.fullmatch(name):
            causes.append(invalid_value("metadata.labels", name, "name part must be valid"))
        if len(str(value)) > 63 or not _LABEL_VALUE.fullmatch(str(value)):
            detail = (
                "a valid label must be an empty string or consist of alphanumeric characters,"
                " '-', '_' or '.', and must start and end with an alphanumeric character"
            )
            causes.append(invalid_value("metadata.labels", value, detail))
    return causes


def _workload(item: Object) -> list[Cause]:
    spec = item.get("spec") or {}
    causes = [] if spec.get("selector") else [required("spec.selector")]
    template = spec.get("template") or {}
    wanted = value_at(spec, "selector.matchLabels") or {}
    labels = metadata_of(template).get("labels") or {}
    if not (spec.get("selector") and wanted.items() <= labels.items()):
        detail = "`selector` does not match template `labels`"
        causes.append(invalid_value("spec.template.metadata.labels", labels, detail))
    return causes + _pod_spec(template.get("spec") or {}, "spec.template.spec")


def _job(item: Object) -> list[Cause]:
    return _pod_spec(value_at(item, "spec.template.spec") or {}, "spec.template.spec")


def _pod(item: Object) -> list[Cause]:
    return _pod_spec(item.get("spec") or {}, "spec")


def _pod_spec(spec: Object, path: str) -> list[Cause]:
    containers = spec.get("containers") or []
    causes = [] if containers else [required(f"{path}.containers")]
    names = set()
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    for index, container in enumerate(containers):
        at = f"{path}.containers[{index}]"
        causes += [required(f"{at}.{f}") for f in ("name", "image") if not container.get(f)]
        if container.get("name") in names:
            told = f'Duplicate value: "{container["name"]}"'
            causes.append(field_cause("FieldValueDuplicate", f"{at}.name", told))
        names.add(container.get("name"))
        causes += _mounts(container, volumes, at)
    return causes


def _mounts(container: Object, volumes: set[Any], path: str) -> list[Cause]:
    return [
        field_cause(
            "FieldValueNotFound",
            f"{path}.volumeMounts[{index}].name",
            f'Not found: "{mount.get("name")}"',
        )
        for index, mount in enumerate(container.get("volumeMounts") or ())
        if mount.get("name") not in volumes
    ]


def _service(item: Object) -> list[Cause]:
    spec = item.get("spec") or {}
    headless = spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName"
    if not spec.get("ports") and not headless:
        return [required("spec.ports")]
    ports = spec.get("ports") or ()
    causes = [required(f"spec.ports[{i}].port") for i, p in enumerate(ports) if not p.get("port")]
    if len(ports) > 1:
        unnamed = (i for i, port in enumerate(ports) if not port.get("name"))
        causes += [required(f"spec.ports[{index}].name") for index in unnamed]
    return causes


def _binding(item: Object) -> list[Cause]:
    names = ("roleRef.kind", "roleRef.name")
    return [required(name) for name in names if not value_at(item, name)]


def _claim(item: Object) -> list[Cause]:
    wanted = ("spec.accessModes", "spec.resources.requests.storage")
    return [required(path) for path in wanted if not value_at(item, path)]


def _config_map(item: Object) -> list[Cause]:
    values = (item.get("data") or {}).items()
    return [
        invalid_value(f"data.{name}", value, "must be a string")
        for name, value in values
        if not isinstance(value, str)
    ]


_CHECKS: dict[str, Callable[[Object], list[Cause]]] = {
    **dict.fromkeys(_WORKLOADS, _workload),
    "batch/jobs": _job,
    "/pods": _pod,
    "/services": _service,
    "/configmaps": _config_map,
    "/persistentvolumeclaims": _claim,
    f"{_FREE_NAMES}/rolebindings": _binding,
    f"{_FREE_NAMES}/clusterrolebindings": _binding,
    CRD_STORAGE: causes_against,
}
_CONSTANTS = {
    **dict.fromkeys(_WORKLOADS, ("spec.selector",)),
    "apps/statefulsets": ("spec.selector", "spec.serviceName", "spec.podManagementPolicy"),
    "batch/jobs": ("spec.selector", "spec.completionMode"),
    "/services": ("spec.clusterIP",),
    "/secrets": ("type",),
    "/persistentvolumeclaims": ("spec.storageClassName", "spec.volumeName", "spec.accessModes"),
    f"{_FREE_NAMES}/rolebindings": ("roleRef",),
    f"{_FREE_NAMES}/clusterrolebindings": ("roleRef",),
    CRD_STORAGE: ("spec.group", "spec.scope", "spec.names.plural"),
}
