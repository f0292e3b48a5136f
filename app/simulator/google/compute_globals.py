"""Compute Engine: global addresses, operations and backend services."""

import asyncio
import re

from app.simulator.google import addresses, catalogue, compute_operations
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, api, missing
from app.simulator.google.compute_links import link, listing
from app.simulator.google.errors import Json

_ADDRESSES = f"{PROJECT}/global/addresses"
_OPERATIONS = f"{PROJECT}/global/operations"
_LONGEST_WAIT = 110.0


@api.on("GET", _ADDRESSES)
def list_addresses(call: Call) -> Json:
    """The project's global addresses; `filter=name=N` and `labels.k=v` are understood."""
    project = call.project("compute.globalAddresses.list")
    found = [addresses.shown(call.cloud, doc) for doc in addresses.of(call.cloud, project)]
    chosen = [a for a in found if _wanted(a, call.query.get("filter", ""))]
    return listing(call, "global/addresses", "compute#addressList", chosen)


@api.on("GET", f"{PROJECT}/aggregated/addresses")
def aggregated_addresses(call: Call) -> Json:
    """The project's addresses by scope; all of them are global."""
    project = call.project("compute.globalAddresses.list")
    found = [addresses.shown(call.cloud, doc) for doc in addresses.of(call.cloud, project)]
    scopes = {"global": {"addresses": found}} if found else {}
    path = f"projects/{project['projectId']}/aggregated/addresses"
    return {"kind": "compute#addressAggregatedList", "id": path, "items": scopes}


@api.on("POST", _ADDRESSES)
def insert_address(call: Call) -> Json:
    """Reserve a global address; the same `requestId` again is the same operation."""
    name = call.body.get("name", "")
    project = call.project("compute.globalAddresses.create", f"global/addresses/{name}")
    request = call.query.get("requestId", "")
    again = compute_operations.of_request(call.cloud, project, request)
    if again:
        return again
    document = addresses.reserve(call.cloud, project, call.body)
    target = addresses.path(document)
    return compute_operations.start(
        call, project, "insert", target, document["id"], document["ready_at"], request
    )


@api.on("GET", f"{_ADDRESSES}/{{address}}")
def get_address(call: Call) -> Json:
    """One global address."""
    name = call.params["address"]
    project = call.project("compute.globalAddresses.get", f"global/addresses/{name}")
    return addresses.shown(call.cloud, addresses.find(call.cloud, project, name))


@api.on("DELETE", f"{_ADDRESSES}/{{address}}")
def delete_address(call: Call) -> Json:
    """Release a global address that nothing uses."""
    name = call.params["address"]
    project = call.project("compute.globalAddresses.delete", f"global/addresses/{name}")
    document = addresses.release(call.cloud, project, name)
    target, done = addresses.path(document), document["gone_at"]
    request = call.query.get("requestId", "")
    return compute_operations.start(call, project, "delete", target, document["id"], done, request)


@api.on("POST", f"{_ADDRESSES}/{{address}}/setLabels")
def set_address_labels(call: Call) -> Json:
    """Replace an address's labels."""
    name = call.params["address"]
    project = call.project("compute.globalAddresses.setLabels", f"global/addresses/{name}")
    document = addresses.label(call.cloud, project, name, call.body)
    target, now = addresses.path(document), document["labelled_at"]
    return compute_operations.start(call, project, "setLabels", target, document["id"], now)


@api.on("GET", _OPERATIONS)
def list_operations(call: Call) -> Json:
    """The project's global operations."""
    project = call.project("compute.globalOperations.list")
    operations = compute_operations.every(call.cloud, project)
    return listing(call, "global/operations", "compute#operationList", operations)


@api.on("GET", f"{_OPERATIONS}/{{operation}}")
def get_operation(call: Call) -> Json:
    """One global operation."""
    project = call.project("compute.globalOperations.get")
    return compute_operations.find(call.cloud, project, call.params["operation"])


@api.on("POST", f"{_OPERATIONS}/{{operation}}/wait")
async def wait_operation(call: Call) -> Json:
    """The operation as soon as it is done, or as it is after almost two minutes."""
    project = call.project("compute.globalOperations.get")
    name = call.params["operation"]
    left = min(compute_operations.seconds_left(call.cloud, project, name), _LONGEST_WAIT)
    await asyncio.sleep(left)
    return compute_operations.find(call.cloud, project, name)


@api.on("GET", f"{PROJECT}/global/backendServices")
def list_backend_services(call: Call) -> Json:
    """The backend services that load balancers made."""
    project = call.project("compute.backendServices.list")
    prefix = f"{project['projectId']}/"
    found = [_backend(doc) for _, doc in call.cloud.state.items("backend_services", prefix)]
    return listing(call, "global/backendServices", "compute#backendServiceList", found)


@api.on("GET", f"{PROJECT}/global/backendServices/{{backend}}")
def get_backend_service(call: Call) -> Json:
    """One backend service by name or numeric id."""
    name = call.params["backend"]
    project = call.project("compute.backendServices.get", f"global/backendServices/{name}")
    return _backend(_find_backend(call, project))


@api.on("POST", f"{PROJECT}/global/backendServices/{{backend}}/getHealth")
def get_backend_health(call: Call) -> Json:
    """The health of a backend service's one group."""
    project = call.project("compute.backendServices.get")
    document = _find_backend(call, project)
    state = "HEALTHY" if document["healthy"] else "UNHEALTHY"
    group = _backend(document)["backends"][0]["group"]
    return {
        "kind": "compute#backendServiceGroupHealth",
        "healthStatus": [{"healthState": state, "port": 8080, "instance": group}],
    }


def _find_backend(call: Call, project: Json) -> Json:
    name, prefix = call.params["backend"], f"{project['projectId']}/"
    for _, document in call.cloud.state.items("backend_services", prefix):
        if name in (document["name"], document["id"]):
            return document
    raise missing(project, f"global/backendServices/{name}")


def _backend(document: Json) -> Json:
    group = f"zones/{catalogue.zones()[0]}/networkEndpointGroups/{document['name']}"
    path = f"global/backendServices/{document['name']}"
    return {
        "kind": "compute#backendService",
        "id": document["id"],
        "name": document["name"],
        "creationTimestamp": document["created"],
        "protocol": "HTTP",
        "loadBalancingScheme": "EXTERNAL",
        "timeoutSec": 3600,
        "iap": {"enabled": document["iap"]},
        "backends": [{"group": link(document["project"], group), "balancingMode": "RATE"}],
        "selfLink": link(document["project"], path),
    }


def _wanted(resource: Json, terms: str) -> bool:
    found = re.findall(r"([\w.]+)\s*(?:=|eq|:)\s*\"?([\w.-]+)\"?", terms)
    for key, value in found:
        place, _, label = key.partition(".")
        own = resource.get("labels", {}).get(label) if place == "labels" else resource.get(key)
        if str(own) != value:
            return False
    return True
