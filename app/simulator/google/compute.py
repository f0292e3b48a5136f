"""Compute Engine: what can be had where, global addresses, backend services, operations."""

import asyncio
import re

from app.simulator.google import addresses, catalogue, compute_operations, quotas
from app.simulator.google.api import Api, Call
from app.simulator.google.compute_links import link, listing, number
from app.simulator.google.errors import Json, not_found

api = Api(
    "compute",
    "compute.googleapis.com",
    "Compute Engine API",
    gated=True,
    compute=True,
    root="/compute/v1",
)

_PROJECT = "/projects/{project}"
_ADDRESSES = f"{_PROJECT}/global/addresses"
_OPERATIONS = f"{_PROJECT}/global/operations"
_DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"
_LONGEST_WAIT = 110.0
_SINCE = "2014-05-30T18:35:16.514-07:00"


@api.on("GET", _PROJECT)
def get_project(call: Call) -> Json:
    """The project as Compute Engine knows it, with its global quotas."""
    project = call.project("compute.projects.get")
    return {
        "kind": "compute#project",
        "id": project["projectNumber"],
        "name": project["projectId"],
        "creationTimestamp": _SINCE,
        "selfLink": link(project["projectId"]),
        "quotas": quotas.of_project(call.cloud, project),
        "defaultServiceAccount": project["projectNumber"] + _DEFAULT_ACCOUNT,
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
    }


@api.on("GET", f"{_PROJECT}/regions")
def list_regions(call: Call) -> Json:
    """Every region with its quotas."""
    project = call.project("compute.regions.list")
    regions = [_region(call, project, name) for name in sorted(catalogue.ZONES)]
    return listing(call, "regions", "compute#regionList", regions)


@api.on("GET", f"{_PROJECT}/regions/{{region}}")
def get_region(call: Call) -> Json:
    """One region with its quotas."""
    project = call.project("compute.regions.get", f"regions/{call.params['region']}")
    if call.params["region"] not in catalogue.ZONES:
        raise _missing(project, f"regions/{call.params['region']}")
    return _region(call, project, call.params["region"])


@api.on("GET", f"{_PROJECT}/zones")
def list_zones(call: Call) -> Json:
    """Every zone."""
    project = call.project("compute.zones.list")
    zones = [_zone(call, project, name) for name in catalogue.zones()]
    return listing(call, "zones", "compute#zoneList", zones)


@api.on("GET", f"{_PROJECT}/zones/{{zone}}")
def get_zone(call: Call) -> Json:
    """One zone."""
    project = call.project("compute.zones.get", f"zones/{call.params['zone']}")
    return _zone(call, project, _known_zone(call, project))


@api.on("GET", f"{_PROJECT}/zones/{{zone}}/machineTypes")
def list_machine_types(call: Call) -> Json:
    """What the zone offers."""
    project = call.project("compute.machineTypes.list")
    zone = _known_zone(call, project)
    machines = [_machine(call, project, zone, m) for m in catalogue.machine_types(zone)]
    return listing(call, f"zones/{zone}/machineTypes", "compute#machineTypeList", machines)


@api.on("GET", f"{_PROJECT}/zones/{{zone}}/machineTypes/{{machine}}")
def get_machine_type(call: Call) -> Json:
    """One machine type in one zone."""
    project = call.project("compute.machineTypes.get")
    zone, name = _known_zone(call, project), call.params["machine"]
    if not catalogue.offers(zone, name):
        raise _missing(project, f"zones/{zone}/machineTypes/{name}")
    return _machine(call, project, zone, catalogue.MACHINE_TYPES[name])


@api.on("GET", f"{_PROJECT}/zones/{{zone}}/acceleratorTypes")
def list_accelerator_types(call: Call) -> Json:
    """The zone's GPUs."""
    project = call.project("compute.acceleratorTypes.list")
    zone = _known_zone(call, project)
    gpus = [_accelerator(call, project, zone, gpu) for gpu in catalogue.accelerators(zone)]
    return listing(call, f"zones/{zone}/acceleratorTypes", "compute#acceleratorTypeList", gpus)


@api.on("GET", f"{_PROJECT}/global/networks")
def list_networks(call: Call) -> Json:
    """The one network there is."""
    project = call.project("compute.networks.list")
    return listing(call, "global/networks", "compute#networkList", [_network(call, project)])


@api.on("GET", f"{_PROJECT}/global/networks/{{network}}")
def get_network(call: Call) -> Json:
    """The default network."""
    project = call.project("compute.networks.get", f"global/networks/{call.params['network']}")
    if call.params["network"] != "default":
        raise _missing(project, f"global/networks/{call.params['network']}")
    return _network(call, project)


@api.on("GET", _ADDRESSES)
def list_addresses(call: Call) -> Json:
    """The project's global addresses; `filter=name=N` and `labels.k=v` are understood."""
    project = call.project("compute.globalAddresses.list")
    found = [addresses.shown(call.cloud, doc) for doc in addresses.of(call.cloud, project)]
    chosen = [a for a in found if _wanted(a, call.query.get("filter", ""))]
    return listing(call, "global/addresses", "compute#addressList", chosen)


@api.on("GET", f"{_PROJECT}/aggregated/addresses")
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


@api.on("GET", f"{_PROJECT}/global/backendServices")
def list_backend_services(call: Call) -> Json:
    """The backend services that load balancers made."""
    project = call.project("compute.backendServices.list")
    prefix = f"{project['projectId']}/"
    found = [_backend(doc) for _, doc in call.cloud.state.items("backend_services", prefix)]
    return listing(call, "global/backendServices", "compute#backendServiceList", found)


@api.on("GET", f"{_PROJECT}/global/backendServices/{{backend}}")
def get_backend_service(call: Call) -> Json:
    """One backend service by name or numeric id."""
    name = call.params["backend"]
    project = call.project("compute.backendServices.get", f"global/backendServices/{name}")
    return _backend(_find_backend(call, project))


@api.on("POST", f"{_PROJECT}/global/backendServices/{{backend}}/getHealth")
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


def _missing(project: Json, path: str) -> Exception:
    return not_found(f"The resource 'projects/{project['projectId']}/{path}' was not found")


def _known_zone(call: Call, project: Json) -> str:
    zone = call.params["zone"]
    if zone not in catalogue.zones():
        raise _missing(project, f"zones/{zone}")
    return zone


def _region(call: Call, project: Json, name: str) -> Json:
    project_id = project["projectId"]
    return {
        "kind": "compute#region",
        "id": number(name),
        "name": name,
        "description": name,
        "creationTimestamp": _SINCE,
        "status": "UP",
        "selfLink": link(project_id, f"regions/{name}"),
        "zones": [link(project_id, f"zones/{z}") for z in catalogue.ZONES[name]],
        "quotas": quotas.of_region(call.cloud, project, name),
    }


def _zone(call: Call, project: Json, name: str) -> Json:
    project_id, region = project["projectId"], catalogue.region_of(name)
    return {
        "kind": "compute#zone",
        "id": number(name),
        "name": name,
        "description": name,
        "creationTimestamp": _SINCE,
        "status": "UP",
        "region": link(project_id, f"regions/{region}"),
        "selfLink": link(project_id, f"zones/{name}"),
    }


def _machine(call: Call, project: Json, zone: str, machine: catalogue.MachineType) -> Json:
    path = f"zones/{zone}/machineTypes/{machine.name}"
    return {
        "kind": "compute#machineType",
        "id": number(machine.name),
        "name": machine.name,
        "description": f"{machine.cpus} vCPUs, {machine.memory_mb / 1024:g} GB RAM",
        "creationTimestamp": _SINCE,
        "guestCpus": machine.cpus,
        "memoryMb": machine.memory_mb,
        "isSharedCpu": machine.shared,
        "architecture": "X86_64",
        "zone": zone,
        "selfLink": link(project["projectId"], path),
    }


def _accelerator(call: Call, project: Json, zone: str, gpu: catalogue.Accelerator) -> Json:
    project_id, path = project["projectId"], f"zones/{zone}/acceleratorTypes/{gpu.name}"
    return {
        "kind": "compute#acceleratorType",
        "id": number(gpu.name),
        "name": gpu.name,
        "description": gpu.description,
        "creationTimestamp": _SINCE,
        "maximumCardsPerInstance": gpu.most,
        "zone": link(project_id, f"zones/{zone}"),
        "selfLink": link(project_id, path),
    }


def _network(call: Call, project: Json) -> Json:
    project_id = project["projectId"]
    return {
        "kind": "compute#network",
        "id": number(project_id),
        "name": "default",
        "description": "Default network for the project",
        "creationTimestamp": _SINCE,
        "autoCreateSubnetworks": True,
        "routingConfig": {"routingMode": "REGIONAL"},
        "selfLink": link(project_id, "global/networks/default"),
    }


def _find_backend(call: Call, project: Json) -> Json:
    name, prefix = call.params["backend"], f"{project['projectId']}/"
    for _, document in call.cloud.state.items("backend_services", prefix):
        if name in (document["name"], document["id"]):
            return document
    raise _missing(project, f"global/backendServices/{name}")


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
