"""Compute Engine: the project, and what can be had where."""

from app.simulator.google import catalogue, quotas
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, api, missing
from app.simulator.google.compute_links import link, listing, number
from app.simulator.google.errors import Json

_DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"
_SINCE = "2014-05-30T18:35:16.514-07:00"


@api.on("GET", PROJECT)
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


@api.on("GET", f"{PROJECT}/regions")
def list_regions(call: Call) -> Json:
    """Every region with its quotas."""
    project = call.project("compute.regions.list")
    regions = [_region(call, project, name) for name in sorted(catalogue.ZONES)]
    return listing(call, "regions", "compute#regionList", regions)


@api.on("GET", f"{PROJECT}/regions/{{region}}")
def get_region(call: Call) -> Json:
    """One region with its quotas."""
    project = call.project("compute.regions.get", f"regions/{call.params['region']}")
    if call.params["region"] not in catalogue.ZONES:
        raise missing(project, f"regions/{call.params['region']}")
    return _region(call, project, call.params["region"])


@api.on("GET", f"{PROJECT}/zones")
def list_zones(call: Call) -> Json:
    """Every zone."""
    project = call.project("compute.zones.list")
    zones = [_zone(call, project, name) for name in catalogue.zones()]
    return listing(call, "zones", "compute#zoneList", zones)


@api.on("GET", f"{PROJECT}/zones/{{zone}}")
def get_zone(call: Call) -> Json:
    """One zone."""
    project = call.project("compute.zones.get", f"zones/{call.params['zone']}")
    return _zone(call, project, _known_zone(call, project))


@api.on("GET", f"{PROJECT}/zones/{{zone}}/machineTypes")
def list_machine_types(call: Call) -> Json:
    """What the zone offers."""
    project = call.project("compute.machineTypes.list")
    zone = _known_zone(call, project)
    machines = [_machine(call, project, zone, m) for m in catalogue.machine_types(zone)]
    return listing(call, f"zones/{zone}/machineTypes", "compute#machineTypeList", machines)


@api.on("GET", f"{PROJECT}/zones/{{zone}}/machineTypes/{{machine}}")
def get_machine_type(call: Call) -> Json:
    """One machine type in one zone."""
    project = call.project("compute.machineTypes.get")
    zone, name = _known_zone(call, project), call.params["machine"]
    if not catalogue.offers(zone, name):
        raise missing(project, f"zones/{zone}/machineTypes/{name}")
    return _machine(call, project, zone, catalogue.MACHINE_TYPES[name])


@api.on("GET", f"{PROJECT}/zones/{{zone}}/acceleratorTypes")
def list_accelerator_types(call: Call) -> Json:
    """The zone's GPUs."""
    project = call.project("compute.acceleratorTypes.list")
    zone = _known_zone(call, project)
    gpus = [_accelerator(call, project, zone, gpu) for gpu in catalogue.accelerators(zone)]
    return listing(call, f"zones/{zone}/acceleratorTypes", "compute#acceleratorTypeList", gpus)


@api.on("GET", f"{PROJECT}/global/networks")
def list_networks(call: Call) -> Json:
    """The one network there is."""
    project = call.project("compute.networks.list")
    return listing(call, "global/networks", "compute#networkList", [_network(call, project)])


@api.on("GET", f"{PROJECT}/global/networks/{{network}}")
def get_network(call: Call) -> Json:
    """The default network."""
    project = call.project("compute.networks.get", f"global/networks/{call.params['network']}")
    if call.params["network"] != "default":
        raise missing(project, f"global/networks/{call.params['network']}")
    return _network(call, project)


def _known_zone(call: Call, project: Json) -> str:
    zone = call.params["zone"]
    if zone not in catalogue.zones():
        raise missing(project, f"zones/{zone}")
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
