"""CustomResourceDefinitions: what they may say, the status they get, the resources they open."""

from collections.abc import Callable
from functools import cache, partial

from app.simulator.kubernetes.errors import Cause, invalid_value, required
from app.simulator.kubernetes.objects import Object, metadata_of, value_at, with_value
from app.simulator.kubernetes.resources import Column, Resource, ScalePaths

CRD_STORAGE = "apiextensions.k8s.io/customresourcedefinitions"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def with_defaults(crd: Object) -> Object:
    """The definition with the names and the conversion it leaves out."""
    spec = crd.get("spec") or {}
    names = spec.get("names") or {}
    kind = names.get("kind", "")
    names = {"listKind": f"{kind}List", "singular": kind.lower(), **names}
    conversion = _with_port(spec.get("conversion") or {"strategy": "None"})
    return {**crd, "spec": {**spec, "conversion": conversion, "names": names}}


def _with_port(conversion: Object) -> Object:
    path = ["webhook", "clientConfig", "service"]
    service = value_at(conversion, path)
    return with_value(conversion, path, {"port": 443, **service}) if service else conversion


def causes_against(crd: Object) -> list[Cause]:
    """Why a definition is refused; empty if it is not."""
    spec = crd["spec"]
    names, versions = spec["names"], spec.get("versions") or []
    causes = [
        required(f"spec.{field}")
        for field in ("group", "scope", "names.plural", "names.kind")
        if not value_at(spec, field)
    ]
    expected = f"{names.get('plural')}.{spec.get('group')}"
    name = metadata_of(crd).get("name")
    if not causes and name != expected:
        detail = 'must be spec.names.plural+"."+spec.group'
        causes.append(invalid_value("metadata.name", name, detail))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        detail = "must have exactly one version marked as storage version"
        causes.append(invalid_value("spec.versions", [v.get("name") for v in versions], detail))
    for index, version in enumerate(versions):
        if not value_at(version, "schema.openAPIV3Schema"):
            causes.append(required(f"spec.versions[{index}].schema.openAPIV3Schema"))
    return causes


def with_status(crd: Object, now: str) -> Object:
    """The definition with its names accepted, established, and its versions noted as stored."""
    status = crd.get("status") or {}
    conditions = {item["type"]: item for item in status.get("conditions") or ()}
    if not value_at(status, "acceptedNames.plural"):
        accepted = _condition("NamesAccepted", "NoConflicts", "no conflicts found", now)
        established = _condition(
            "Established", "InitialNamesAccepted", "the initial names have been accepted", now
        )
        conditions |= {"NamesAccepted": accepted, "Established": established}
    storage = storage_version(crd)
    stored = status.get("storedVersions") or []
    status = {
        "acceptedNames": crd["spec"]["names"],
        "conditions": list(conditions.values()),
        "storedVersions": stored if storage in stored else [*stored, storage],
    }
    return {**crd, "status": status}


def terminating(crd: Object, now: str) -> Object:
    """The definition while its objects are being deleted."""
    condition = _condition(
        "Terminating", "InstanceDeletionInProgress", "CustomResource deletion is in progress", now
    )
    conditions = [*(value_at(crd, "status.conditions") or []), condition]
    return with_value(crd, ["status", "conditions"], conditions)


def storage_version(crd: Object) -> str:
    """The name of the version in which objects are kept."""
    return next(str(v["name"]) for v in crd["spec"]["versions"] if v.get("storage"))


def resources_of(crd: Object, read: Callable[[], Object]) -> list[Resource]:
    """The resources a definition opens; `read` gives the definition when a schema is needed."""
    spec, names = crd["spec"], crd["spec"]["names"]
    return [
        Resource(
            group=spec["group"],
            version=version["name"],
            plural=names["plural"],
            kind=names["kind"],
            list_kind=names["listKind"],
            singular=names["singular"],
            namespaced=spec["scope"] == "Namespaced",
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=tuple(version.get("subresources") or ()),
            generation=True,
            scale=_scale(version),
            custom=True,
            storage_version=storage_version(crd),
            converter=value_at(spec, "conversion.webhook.clientConfig"),
            columns=_columns(version),
            selectable_fields=_selectable(version),
            schema=cache(partial(_schema, read, version["name"])),
        )
        for version in spec["versions"]
        if version.get("served")
    ]


def _schema(read: Callable[[], Object], version: str) -> Object:
    for candidate in read()["spec"]["versions"]:
        if candidate["name"] == version:
            schema: Object = value_at(candidate, "schema.openAPIV3Schema") or {}
            return schema
    return {}


def _columns(version: Object) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=column["name"],
            type=column["type"],
            path=column["jsonPath"],
            priority=column.get("priority", 0),
            description=column.get("description", ""),
            format=column.get("format", ""),
        )
        for column in version.get("additionalPrinterColumns") or ()
    )


def _selectable(version: Object) -> tuple[str, ...]:
    return tuple(field["jsonPath"].lstrip(".") for field in version.get("selectableFields") or ())


def _scale(version: Object) -> ScalePaths | None:
    scale = value_at(version, "subresources.scale")
    if not scale:
        return None
    selector = scale.get("labelSelectorPath")
    return ScalePaths(
        spec=scale["specReplicasPath"].lstrip("."),
        status=scale["statusReplicasPath"].lstrip("."),
        selector=selector.lstrip(".") if selector else None,
    )


def _condition(type_: str, reason: str, message: str, now: str) -> Object:
    return {
        "lastTransitionTime": now,
        "message": message,
        "reason": reason,
        "status": "True",
        "type": type_,
    }
