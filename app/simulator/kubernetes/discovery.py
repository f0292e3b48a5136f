"""Discovery: which groups, versions and resources there are, in the legacy and aggregated form."""

from collections.abc import Iterable

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.resources import Registry, Resource

_SUBRESOURCE_VERBS = {
    "status": ["get", "patch", "update"],
    "scale": ["get", "patch", "update"],
    "approval": ["get", "patch", "update"],
    "ephemeralcontainers": ["get", "patch", "update"],
    "finalize": ["update"],
    "log": ["get"],
    "eviction": ["create"],
    "binding": ["create"],
    "token": ["create"],
}
_SUBRESOURCE_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}


def core_versions() -> Object:
    """`/api`"""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
    }


def group_list(registry: Registry) -> Object:
    """`/apis`"""
    groups = [group(registry, name) for name in registry.groups() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(registry: Registry, name: str) -> Object | None:
    """`/apis/GROUP`, or None if there is no such group."""
    versions = registry.groups().get(name)
    if not versions:
        return None
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": name,
        "versions": listed,
        "preferredVersion": listed[0],
    }


def resource_list(registry: Registry, group_name: str, version: str) -> Object | None:
    """`/api/v1` or `/apis/GROUP/VERSION`, or None if it is not served."""
    resources = registry.in_version(group_name, version)
    if not resources:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": resources[0].api_version,
        "resources": [line for resource in resources for line in _legacy_lines(resource)],
    }


def aggregated(registry: Registry, version: str, *, core: bool) -> Object:
    """Everything at once, as `apidiscovery.k8s.io` has it."""
    groups = registry.groups()
    names = [""] if core else [name for name in groups if name]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [_discovered_group(registry, name, groups[name]) for name in names],
    }


def _legacy_lines(resource: Resource) -> Iterable[Object]:
    line: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
        "storageVersionHash": "",
    }
    if resource.short_names:
        line["shortNames"] = list(resource.short_names)
    if resource.categories:
        line["categories"] = list(resource.categories)
    yield line
    for name in resource.subresources:
        below: Object = {
            "name": f"{resource.plural}/{name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": _SUBRESOURCE_VERBS[name],
        }
        if name in _SUBRESOURCE_KINDS:
            group_name, version, kind = _SUBRESOURCE_KINDS[name]
            below |= {"group": group_name, "version": version, "kind": kind}
        yield below


def _discovered_group(registry: Registry, name: str, versions: list[str]) -> Object:
    return {
        "metadata": {"name": name, "creationTimestamp": None} if name else {},
        "versions": [
            {
                "version": version,
                "freshness": "Current",
                "resources": [_discovered(item) for item in registry.in_version(name, version)],
            }
            for version in versions
        ],
    }


def _discovered(resource: Resource) -> Object:
    line: Object = {
        "resource": resource.plural,
        "responseKind": _kind(resource.group, resource.version, resource.kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        line["shortNames"] = list(resource.short_names)
    if resource.categories:
        line["categories"] = list(resource.categories)
    if resource.subresources:
        line["subresources"] = [
            {
                "subresource": name,
                "responseKind": _kind(
                    *_SUBRESOURCE_KINDS.get(name, (resource.group, resource.version, resource.kind))
                ),
                "verbs": _SUBRESOURCE_VERBS[name],
            }
            for name in resource.subresources
        ]
    return line


def _kind(group_name: str, version: str, kind: str) -> Object:
    return {"group": group_name, "version": version, "kind": kind}
