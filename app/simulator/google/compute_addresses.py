"""Compute Engine: global addresses."""

from app.simulator.google import addresses, catalogue, compute_operations
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, api
from app.simulator.google.compute_links import aggregated, listing
from app.simulator.google.errors import Json

_ADDRESSES = f"{PROJECT}/global/addresses"


@api.on("GET", _ADDRESSES)
def list_addresses(call: Call) -> Json:
    """The project's global addresses."""
    project = call.project("compute.globalAddresses.list")
    found = [addresses.shown(call.cloud, doc) for doc in addresses.of(call.cloud, project)]
    return listing(call, "global/addresses", "compute#addressList", found)


@api.on("GET", f"{PROJECT}/aggregated/addresses")
def aggregated_addresses(call: Call) -> Json:
    """The project's addresses by scope; all of them are global."""
    project = call.project("compute.globalAddresses.list")
    found = [addresses.shown(call.cloud, doc) for doc in addresses.of(call.cloud, project)]
    scopes: dict[str, list[Json]] = {"global": found}
    scopes |= {f"regions/{region}": [] for region in sorted(catalogue.ZONES)}
    return aggregated(call, "addresses", "compute#addressAggregatedList", scopes)


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
