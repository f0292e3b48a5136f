"""Compute Engine: the default network, with a subnetwork in every region."""

from app.simulator.google import catalogue
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, SINCE, api, missing
from app.simulator.google.compute_links import aggregated, link, listing, number
from app.simulator.google.errors import Json

_SUBNETWORKS = f"{PROJECT}/regions/{{region}}/subnetworks"


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


@api.on("GET", _SUBNETWORKS)
def list_subnetworks(call: Call) -> Json:
    """The one subnetwork of a region."""
    project = call.project("compute.subnetworks.list")
    region = _region(call, project)
    found = [_subnetwork(project, region)]
    return listing(call, f"regions/{region}/subnetworks", "compute#subnetworkList", found)


@api.on("GET", f"{_SUBNETWORKS}/{{subnetwork}}")
def get_subnetwork(call: Call) -> Json:
    """The default subnetwork of a region."""
    path = f"regions/{call.params['region']}/subnetworks/{call.params['subnetwork']}"
    project = call.project("compute.subnetworks.get", path)
    region = _region(call, project)
    if call.params["subnetwork"] != "default":
        raise missing(project, path)
    return _subnetwork(project, region)


@api.on("GET", f"{PROJECT}/aggregated/subnetworks")
def aggregated_subnetworks(call: Call) -> Json:
    """The subnetworks of all regions."""
    project = call.project("compute.subnetworks.list")
    scopes = {f"regions/{name}": [_subnetwork(project, name)] for name in sorted(catalogue.ZONES)}
    return aggregated(call, "subnetworks", "compute#subnetworkAggregatedList", scopes)


def _region(call: Call, project: Json) -> str:
    region = call.params["region"]
    if region not in catalogue.ZONES:
        raise missing(project, f"regions/{region}")
    return region


def _subnetwork(project: Json, region: str) -> Json:
    project_id, place = project["projectId"], sorted(catalogue.ZONES).index(region)
    first = 128 + 4 * place
    block = f"10.{first}.0" if first < 256 else f"10.{first - 256}.128"
    return {
        "kind": "compute#subnetwork",
        "id": number(f"{project_id} {region}"),
        "name": "default",
        "creationTimestamp": SINCE,
        "network": link(project_id, "global/networks/default"),
        "region": link(project_id, f"regions/{region}"),
        "ipCidrRange": f"{block}.0/20",
        "gatewayAddress": f"{block}.1",
        "privateIpGoogleAccess": False,
        "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY",
        "selfLink": link(project_id, f"regions/{region}/subnetworks/default"),
    }


def _network(call: Call, project: Json) -> Json:
    project_id = project["projectId"]
    return {
        "kind": "compute#network",
        "id": number(project_id),
        "name": "default",
        "description": "Default network for the project",
        "creationTimestamp": SINCE,
        "autoCreateSubnetworks": True,
        "subnetworks": [
            link(project_id, f"regions/{region}/subnetworks/default")
            for region in sorted(catalogue.ZONES)
        ],
        "routingConfig": {"routingMode": "REGIONAL"},
        "selfLink": link(project_id, "global/networks/default"),
    }
