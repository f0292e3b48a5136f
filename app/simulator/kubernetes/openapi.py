"""OpenAPI v3 documents: what kubectl reads to validate on the server's side and to explain."""

import re

from app.simulator.kubernetes import models
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.resources import Registry, Resource

_META = "V1ObjectMeta"
_MODEL_NAME = re.compile(r"((?:[A-Z][a-z]+)?V\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)")
_PATCHES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
)
_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_PLAIN: dict[str, Object] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
}


def index(registry: Registry) -> Object:
    """`/openapi/v3`: where each group's document is."""
    paths = {}
    for group, versions in registry.groups().items():
        for version in versions:
            path = f"apis/{group}/{version}" if group else f"api/{version}"
            url = f"/openapi/v3/{path}?hash={registry.revision:016X}"
            paths[path] = {"serverRelativeURL": url}
    return {"paths": paths}


def document(registry: Registry, group: str, version: str, server: str) -> Object | None:
    """One group's document in one version, or None if it is not served."""
    resources = registry.in_version(group, version)
    if not resources:
        return None
    schemas: dict[str, Object] = {}
    for resource in resources:
        _add_resource(schemas, resource)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": server},
        "paths": {path: item for r in resources for path, item in _paths(r).items()},
        "components": {"schemas": schemas},
    }


def version_two(server: str) -> Object:
    """`/openapi/v2` as JSON: valid, and without content, since its readers read v3 first."""
    info = {"title": "Kubernetes", "version": server}
    return {"swagger": "2.0", "info": info, "paths": {}, "definitions": {}}


def _add_resource(schemas: dict[str, Object], resource: Resource) -> None:
    known = None if resource.custom else models.model_of(resource)
    if known:
        _add_model(schemas, known.name)
        name = _model_key(known.name)
        schema = schemas[name]
    else:
        _add_model(schemas, _META)
        schema, name = _custom_schema(resource), _schema_name(resource)
    schemas[name] = {**schema, "x-kubernetes-group-version-kind": [_kind(resource)]}


def _schema_name(resource: Resource) -> str:
    reversed_group = ".".join(reversed(resource.group.split(".")))
    return f"{reversed_group}.{resource.version}.{resource.kind}"


def _custom_schema(resource: Resource) -> Object:
    common = {name: {"type": "string"} for name in ("apiVersion", "kind")}
    schema: Object = resource.schema()
    properties = {**(schema.get("properties") or {}), **common, "metadata": _reference(_META)}
    return {**schema, "type": "object", "properties": properties}


def _add_model(schemas: dict[str, Object], name: str) -> None:
    """Add a model's schema and those of all that it refers to."""
    known, key = models.model(name), _model_key(name)
    if known is None or key in schemas:
        return
    properties: Object = {}
    schemas[key] = {"type": "object", "properties": properties}
    for field, type_ in known.types.items():
        described = {"description": known.descriptions[field]} if known.descriptions[field] else {}
        properties[field] = {**described, **_type_schema(schemas, type_)}


def _type_schema(schemas: dict[str, Object], type_: str) -> Object:
    item, value = models.item_type(type_), models.value_type(type_)
    if item:
        return {"type": "array", "items": _type_schema(schemas, item)}
    if value:
        return {"type": "object", "additionalProperties": _type_schema(schemas, value)}
    if models.model(type_) is None:
        return _PLAIN.get(type_, {"x-kubernetes-preserve-unknown-fields": True})
    _add_model(schemas, type_)
    return _reference(type_)


def _reference(name: str) -> Object:
    return {"allOf": [{"$ref": f"#/components/schemas/{_model_key(name)}"}], "default": {}}


def _model_key(name: str) -> str:
    """`V1ContainerPort` as `io.k8s.V1.ContainerPort`: readers show what is behind the last dot."""
    found = _MODEL_NAME.fullmatch(name)
    return f"io.k8s.{found[1]}.{found[2]}" if found else f"io.k8s.{name}"


def _paths(resource: Resource) -> Object:
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.api_version}"
    space = "/namespaces/{namespace}" if resource.namespaced else ""
    patch = {
        "operationId": f"patch{resource.kind}{resource.version}",
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": _kind(resource),
        "parameters": [_parameter(name) for name in _PARAMETERS],
        "requestBody": {"content": {name: {"schema": {"type": "object"}} for name in _PATCHES}},
        "responses": {"200": {"description": "OK"}},
    }
    return {f"{root}{space}/{resource.plural}/{{name}}": {"patch": patch}}


def _parameter(name: str) -> Object:
    type_ = "boolean" if name == "force" else "string"
    return {"name": name, "in": "query", "schema": {"type": type_, "uniqueItems": True}}


def _kind(resource: Resource) -> Object:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}
