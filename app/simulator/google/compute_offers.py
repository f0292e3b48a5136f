"""Compute Engine: machine types and accelerators, by zone."""

from app.simulator.google import catalogue
from app.simulator.google.api import Call
from app.simulator.google.compute_api import PROJECT, SINCE, api, known_zone, missing
from app.simulator.google.compute_links import aggregated, link, listing, number
from app.simulator.google.errors import Json


@api.on("GET", f"{PROJECT}/zones/{{zone}}/machineTypes")
def list_machine_types(call: Call) -> Json:
    """What the zone offers."""
    project = call.project("compute.machineTypes.list")
    zone = known_zone(call, project)
    machines = [_machine(call, project, zone, m) for m in catalogue.machine_types(zone)]
    return listing(call, f"zones/{zone}/machineTypes", "compute#machineTypeList", machines)


@api.on("GET", f"{PROJECT}/zones/{{zone}}/machineTypes/{{machine}}")
def get_machine_type(call: Call) -> Json:
    """One machine type in one zone."""
    project = call.project("compute.machineTypes.get")
    zone, name = known_zone(call, project), call.params["machine"]
    if not catalogue.offers(zone, name):
        raise missing(project, f"zones/{zone}/machineTypes/{name}")
    return _machine(call, project, zone, catalogue.MACHINE_TYPES[name])


@api.on("GET", f"{PROJECT}/zones/{{zone}}/acceleratorTypes")
def list_accelerator_types(call: Call) -> Json:
    """The zone's GPUs."""
    project = call.project("compute.acceleratorTypes.list")
    zone = known_zone(call, project)
    gpus = [_accelerator(call, project, zone, gpu) for gpu in catalogue.accelerators(zone)]
    return listing(call, f"zones/{zone}/acceleratorTypes", "compute#acceleratorTypeList", gpus)


@api.on("GET", f"{PROJECT}/zones/{{zone}}/acceleratorTypes/{{accelerator}}")
def get_accelerator_type(call: Call) -> Json:
    """One model of GPU in one zone."""
    project = call.project("compute.acceleratorTypes.get")
    zone, name = known_zone(call, project), call.params["accelerator"]
    for gpu in catalogue.accelerators(zone):
        if gpu.name == name:
            return _accelerator(call, project, zone, gpu)
    raise missing(project, f"zones/{zone}/acceleratorTypes/{name}")


@api.on("GET", f"{PROJECT}/aggregated/acceleratorTypes")
def aggregated_accelerator_types(call: Call) -> Json:
    """Every zone's GPUs."""
    project = call.project("compute.acceleratorTypes.list")
    scopes = {
        f"zones/{zone}": [
            _accelerator(call, project, zone, gpu) for gpu in catalogue.accelerators(zone)
        ]
        for zone in catalogue.zones()
    }
    noun = "compute#acceleratorTypeAggregatedList"
    return aggregated(call, "acceleratorTypes", noun, scopes)


@api.on("GET", f"{PROJECT}/aggregated/machineTypes")
def aggregated_machine_types(call: Call) -> Json:
    """Every zone's machine types."""
    project = call.project("compute.machineTypes.list")
    scopes = {
        f"zones/{zone}": [_machine(call, project, zone, m) for m in catalogue.machine_types(zone)]
        for zone in catalogue.zones()
    }
    return aggregated(call, "machineTypes", "compute#machineTypeAggregatedList", scopes)


def _machine(call: Call, project: Json, zone: str, machine: catalogue.MachineType) -> Json:
    path = f"zones/{zone}/machineTypes/{machine.name}"
    return {
        "kind": "compute#machineType",
        "id": number(machine.name),
        "name": machine.name,
        "description": f"{machine.cpus} vCPUs, {machine.memory_mb / 1024:g} GB RAM",
        "creationTimestamp": SINCE,
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
        "creationTimestamp": SINCE,
        "maximumCardsPerInstance": gpu.most,
        "zone": link(project_id, f"zones/{zone}"),
        "selfLink": link(project_id, path),
    }
