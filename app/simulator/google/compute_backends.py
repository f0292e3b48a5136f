"""Compute Engine: the health of backend services, and what is in network endpoint groups."""

from app.simulator.google import compute_store
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, api
from app.simulator.google.errors import ApiError, Json

_BACKEND = f"{PROJECT}/global/backendServices/{{name}}"
_GROUP = f"{PROJECT}/zones/{{zone}}/networkEndpointGroups/{{name}}"


@api.on("POST", f"{_BACKEND}/getHealth")
def get_backend_health(call: Call) -> Json:
    """The health of the endpoints of one of a backend service's groups."""
    path = f"global/backendServices/{call.params['name']}"
    project = call.project("compute.backendServices.get", path)["projectId"]
    backend = compute_store.find(call.cloud, project, path)
    group = _group_of(backend, str(call.body.get("group", "")))
    endpoints = compute_store.endpoints(call.cloud, project, group)
    body: Json = {"kind": "compute#backendServiceGroupHealth"}
    return (
        {**body, "healthStatus": [_health(backend, each) for each in endpoints]}
        if endpoints
        else body
    )


@api.on("POST", f"{_GROUP}/listNetworkEndpoints")
def list_network_endpoints(call: Call) -> Json:
    """The endpoints of a group."""
    path = f"zones/{call.params['zone']}/networkEndpointGroups/{call.params['name']}"
    project = call.project("compute.networkEndpointGroups.get", path)["projectId"]
    compute_store.find(call.cloud, project, path)
    endpoints = compute_store.endpoints(call.cloud, project, path)
    body: Json = {"kind": "compute#networkEndpointGroupsListNetworkEndpoints"}
    items = [{"networkEndpoint": _address(each)} for each in endpoints]
    return {**body, "items": items} if items else body


def _group_of(backend: Json, wanted: str) -> str:
    for each in backend["body"].get("backends", []):
        path = str(each["group"]).partition("/projects/")[2].partition("/")[2]
        if wanted.endswith(path):
            return path
    raise ApiError(
        "INVALID_ARGUMENT",
        f"Invalid value for field 'resource.group': '{wanted}'. Group is not a backend of the "
        "backend service.",
    )


def _health(backend: Json, endpoint: Json) -> Json:
    state = "HEALTHY" if backend.get("healthy") else "UNHEALTHY"
    return {"healthState": state, "ipAddress": endpoint["ip"], "port": endpoint["port"]}


def _address(endpoint: Json) -> Json:
    return {"ipAddress": endpoint["ip"], "port": endpoint["port"], "instance": endpoint["node"]}
