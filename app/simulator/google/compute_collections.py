"""Compute Engine: list, get, insert, patch and delete for the kinds of plain resource."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.simulator.google import addresses, catalogue, compute_operations, compute_store, quotas
from app.simulator.google.api import Call
from app.simulator.google.cloud import stamp
from app.simulator.google.compute_api import PROJECT, api, checked_name, missing
from app.simulator.google.compute_links import aggregated, link, listing
from app.simulator.google.errors import Json, already_exists

_AT_FIRST: dict[str, Json] = {"disks": {"status": "READY", "sizeGb": "500"}}
_OUTPUT_ONLY = ("kind", "id", "selfLink", "creationTimestamp", "name", "region", "zone")


@dataclass(frozen=True, slots=True)
class _Kind:
    """`scope` is a path with its parameter; `noun` ends `compute#...`.

    `permission` differs from `name` for what is global and regional alike. `quota` is counted
    in the project, or for kinds of a region in that region.
    """

    name: str
    noun: str
    scope: str = "global"
    permission: str = ""
    quota: str = ""
    list_noun: str = ""
    is_aggregated: bool = True

    @property
    def can(self) -> str:
        """What permissions for it begin with."""
        return f"compute.{self.permission or self.name}"

    @property
    def lists(self) -> str:
        """The `kind` of its lists."""
        return f"compute#{self.list_noun or self.noun}List"


_KINDS = (
    _Kind("routers", "router", "regions/{region}", quota="ROUTERS"),
    _Kind("disks", "disk", "zones/{zone}"),
    _Kind("networkEndpointGroups", "networkEndpointGroup", "zones/{zone}"),
    _Kind(
        "forwardingRules",
        "forwardingRule",
        permission="globalForwardingRules",
        quota="FORWARDING_RULES",
    ),
    _Kind("targetHttpProxies", "targetHttpProxy", quota="TARGET_HTTP_PROXIES"),
    _Kind("targetHttpsProxies", "targetHttpsProxy", quota="TARGET_HTTPS_PROXIES"),
    _Kind("urlMaps", "urlMap", quota="URL_MAPS"),
    _Kind("backendServices", "backendService", quota="BACKEND_SERVICES"),
    _Kind("healthChecks", "healthCheck", quota="HEALTH_CHECKS"),
    _Kind("sslCertificates", "sslCertificate", quota="SSL_CERTIFICATES"),
    _Kind("firewalls", "firewall", quota="FIREWALLS", is_aggregated=False),
)
NOUNS = {kind.name: kind.noun for kind in _KINDS}
_CANNOT_CHANGE = ("disks", "networkEndpointGroups", "sslCertificates")


def _serve(kind: _Kind) -> None:
    many = f"{PROJECT}/{kind.scope}/{kind.name}"
    one = f"{many}/{{name}}"
    api.on("GET", many)(_named(_list, "list", kind))
    api.on("GET", one)(_named(_get, "get", kind))
    api.on("POST", many)(_named(_insert, "insert", kind))
    api.on("DELETE", one)(_named(_delete, "delete", kind))
    if kind.name not in _CANNOT_CHANGE:
        api.on("PATCH", one)(_named(_patch, "patch", kind))
    if kind.is_aggregated:
        every = f"{PROJECT}/aggregated/{kind.name}"
        api.on("GET", every)(_named(_aggregate, "aggregate", kind))


def _named(work: Callable[[_Kind, Call], Json], verb: str, kind: _Kind) -> Callable[[Call], Json]:
    """A handler of its own name, such as `list_urlMaps`, by which faults find it."""

    def handler(call: Call) -> Json:
        return work(kind, call)

    handler.__name__ = f"{verb}_{kind.name}"
    return handler


def _list(kind: _Kind, call: Call) -> Json:
    project, scope = call.project(f"{kind.can}.list"), _scope(kind, call)
    found = compute_store.of(call.cloud, project["projectId"], kind.name)
    here = [_shown(kind, doc) for doc in found if compute_store.scope_of(doc) == scope]
    return listing(call, f"{scope}/{kind.name}", kind.lists, here)


def _aggregate(kind: _Kind, call: Call) -> Json:
    project = call.project(f"{kind.can}.list")
    scopes: dict[str, list[Json]] = {scope: [] for scope in _every_scope(kind)}
    for document in compute_store.of(call.cloud, project["projectId"], kind.name):
        scope = compute_store.scope_of(document)
        scopes.setdefault(scope, []).append(_shown(kind, document))
    noun = f"compute#{kind.noun}AggregatedList"
    return aggregated(call, kind.name, noun, scopes)


def _get(kind: _Kind, call: Call) -> Json:
    project, path = _named_in(kind, call, "get")
    return _shown(kind, compute_store.find(call.cloud, project["projectId"], path))


def _insert(kind: _Kind, call: Call) -> Json:
    name = checked_name(call.body)
    path = f"{_scope(kind, call)}/{kind.name}/{name}"
    project = call.project(f"{kind.can}.create", path)
    request = call.query.get("requestId", "")
    again = compute_operations.of_request(call.cloud, project, request)
    if again:
        return again
    if compute_store.lookup(call.cloud, project["projectId"], path):
        where = f"projects/{project['projectId']}/{path}"
        raise already_exists(f"The resource '{where}' already exists")
    quotas.require_one(call.cloud, project, kind.quota)
    body = {**_AT_FIRST.get(kind.name, {}), **_wanted(call, project)}
    document = compute_store.put(call.cloud, project["projectId"], path, body)
    return _begin(call, project, "insert", document, request)


def _patch(kind: _Kind, call: Call) -> Json:
    project, path = _named_in(kind, call, "update")
    document = compute_store.find(call.cloud, project["projectId"], path)
    body = {**document["body"], **_wanted(call, project)}
    document = compute_store.put(call.cloud, project["projectId"], document["path"], body)
    return _begin(call, project, "patch", document)


def _delete(kind: _Kind, call: Call) -> Json:
    project, path = _named_in(kind, call, "delete")
    document = compute_store.find(call.cloud, project["projectId"], path)
    document = compute_store.release(call.cloud, document)
    target, done_at = document["path"], document["gone_at"]
    request = call.query.get("requestId", "")
    return compute_operations.start(
        call, project, "delete", target, document["id"], done_at, request
    )


def _wanted(call: Call, project: Json) -> Json:
    """The body with full links in Google's own form, and addresses by number."""
    body = {
        key: _linked(value, call.cloud.base_url)
        for key, value in call.body.items()
        if key not in _OUTPUT_ONLY
    }
    start = f"{link(project['projectId'], 'global/addresses')}/"
    if str(body.get("IPAddress", "")).startswith(start):
        name = body["IPAddress"].removeprefix(start)
        body["IPAddress"] = addresses.find(call.cloud, project, name)["address"]
    return body


def _linked(value: Any, base: str) -> Any:
    if isinstance(value, str) and value.startswith(base):
        project, _, path = value.partition("/projects/")[2].partition("/")
        return link(project, path)
    if isinstance(value, dict):
        return {key: _linked(each, base) for key, each in value.items()}
    return [_linked(each, base) for each in value] if isinstance(value, list) else value


def _begin(call: Call, project: Json, verb: str, document: Json, request: str = "") -> Json:
    cloud, path = call.cloud, document["path"]
    done_at = stamp(cloud.clock.after(cloud.timings.compute_resource))
    return compute_operations.start(call, project, verb, path, document["id"], done_at, request)


def _named_in(kind: _Kind, call: Call, verb: str) -> tuple[Json, str]:
    path = f"{_scope(kind, call)}/{kind.name}/{call.params['name']}"
    return call.project(f"{kind.can}.{verb}", path), path


def _scope(kind: _Kind, call: Call) -> str:
    scope = kind.scope.format(**call.params)
    project = call.params["project"]
    if scope != "global" and scope not in _every_scope(kind):
        raise missing({"projectId": project}, scope)
    return scope


def _every_scope(kind: _Kind) -> list[str]:
    if kind.scope == "global":
        return ["global"]
    if kind.scope.startswith("zones"):
        return [f"zones/{zone}" for zone in catalogue.zones()]
    return [f"regions/{region}" for region in sorted(catalogue.ZONES)]


def _shown(kind: _Kind, document: Json) -> Json:
    return compute_store.shown(document, f"compute#{kind.noun}")


for _kind in _KINDS:
    _serve(_kind)
