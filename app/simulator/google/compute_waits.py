"""Compute Engine: looking operations up, and waiting for them, in every scope."""

import asyncio

from app.simulator.google import catalogue, compute_operations
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, api
from app.simulator.google.compute_links import aggregated, listing
from app.simulator.google.errors import Json

_SCOPES = ("global", "zones/{zone}", "regions/{region}")
_LONGEST_WAIT = 110.0
_EVERY = tuple(f"{PROJECT}/{scope}/operations" for scope in _SCOPES)
_ONE = tuple(f"{each}/{{operation}}" for each in _EVERY)


@api.on("GET", *_EVERY)
def list_operations(call: Call) -> Json:
    """The operations of a scope."""
    scope, noun = _scope(call)
    project = call.project(f"compute.{noun}.list")
    operations = compute_operations.every(call.cloud, project, scope)
    return listing(call, f"{scope}/operations", "compute#operationList", operations)


@api.on("GET", f"{PROJECT}/aggregated/operations")
def aggregated_operations(call: Call) -> Json:
    """The operations of all scopes."""
    project = call.project("compute.globalOperations.list")
    places = [f"regions/{name}" for name in sorted(catalogue.ZONES)]
    places += [f"zones/{name}" for name in catalogue.zones()]
    scopes = {
        scope: compute_operations.every(call.cloud, project, scope) for scope in ("global", *places)
    }
    return aggregated(call, "operations", "compute#operationAggregatedList", scopes)


@api.on("GET", *_ONE)
def get_operation(call: Call) -> Json:
    """One operation."""
    scope, noun = _scope(call)
    project = call.project(f"compute.{noun}.get")
    return compute_operations.find(call.cloud, project, scope, call.params["operation"])


@api.on("POST", *(f"{each}/wait" for each in _ONE))
async def wait_operation(call: Call) -> Json:
    """The operation as soon as it is done, or as it is after almost two minutes."""
    (scope, noun), name = _scope(call), call.params["operation"]
    project = call.project(f"compute.{noun}.get")
    left = compute_operations.seconds_left(call.cloud, project, scope, name)
    await asyncio.sleep(min(left, _LONGEST_WAIT))
    return compute_operations.find(call.cloud, project, scope, name)


def _scope(call: Call) -> tuple[str, str]:
    if "zone" in call.params:
        return f"zones/{call.params['zone']}", "zoneOperations"
    if "region" in call.params:
        return f"regions/{call.params['region']}", "regionOperations"
    return "global", "globalOperations"
