"""OpenAPI v3 documents: enough for kubectl to validate on the server's side and to explain."""

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.resources import Registry, Resource

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_PATCHES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
)
_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")
_META_FIELDS = {
    "name": {"type": "string", "description": "Name must be unique within a namespace."},
    "namespace": {"type": "string"},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    "uid": {"type": "string"},
    "resourceVersion": {"type": "string"},
    "creationTimestamp": {"type": "string", "format": "date-time"},
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
    schemas = {_schema_name(resource): _schema(resource) for resource in resources}
    schemas[_META] = {"type": "object", "properties": _META_FIELDS}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": server},
        "paths": {path: item for r in resources for path, item in _paths(r).items()},
        "components": {"schemas": schemas},
    }


def version_two(server: str) -> Object:
    """`/openapi/v2`: valid, and without content, since every client reads v3 first."""
    info = {"title": "Kubernetes", "version": server}
    return {"swagger": "2.0", "info": info, "paths": {}, "definitions": {}}


def _schema_name(resource: Resource) -> str:
    if resource.custom:
        reversed_group = ".".join(reversed(resource.group.split(".")))
        return f"{reversed_group}.{resource.version}.{resource.kind}"
    group = resource.group.partition(".")[0] or "core"
    return f"io.k8s.api.{group}.{resource.version}.{resource.kind}"


def _schema(resource: Resource) -> Object:
    metadata = {"allOf": [{"$ref": f"#/components/schemas/{_META}"}], "default": {}}
    common = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": metadata}
    schema: Object = resource.schema() if resource.custom else {"description": resource.kind}
    properties = {**(schema.get("properties") or _content(resource)), **common}
    return {
        **schema,
        "type": "object",
        "properties": properties,
        "x-kubernetes-group-version-kind": [_kind(resource)],
    }


def _content(resource: Resource) -> Object:
    if resource.custom or not (resource.generation or resource.has_status):
        return {}
    return {"spec": {"type": "object"}, "status": {"type": "object"}}


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
