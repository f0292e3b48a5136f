"""Compute Engine: the project, its regions and zones."""

from app.simulator.google import catalogue, quotas
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, SINCE, api, known_zone, missing
from app.simulator.google.compute_links import link, listing, number
from app.simulator.google.errors import Json

_DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"


@api.on("GET", PROJECT)
def get_project(call: Call) -> Json:
    """The project as Compute Engine knows it, with its global quotas."""
    project = call.project("compute.projects.get")
    return {
        "kind": "compute#project",
        "id": project["projectNumber"],
        "name": project["projectId"],
        "creationTimestamp": SINCE,
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
    return _zone(call, project, known_zone(call, project))


def _region(call: Call, project: Json, name: str) -> Json:
    project_id = project["projectId"]
    return {
        "kind": "compute#region",
        "id": number(name),
        "name": name,
        "description": name,
        "creationTimestamp": SINCE,
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
        "creationTimestamp": SINCE,
        "status": "UP",
        "region": link(project_id, f"regions/{region}"),
        "selfLink": link(project_id, f"zones/{name}"),
    }
