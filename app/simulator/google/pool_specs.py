"""Node pools as they are asked for: what is usual, and what cannot be."""

import re

from app.simulator.google import catalogue, gpus, policies
from app.simulator.google.api import Call
from app.simulator.google.errors import Json, invalid

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")


def of_cluster(spec: Json, location: str) -> list[Json]:
    """The pools that a cluster's spec asks for, in either form, with what is usual filled in."""
    pools = spec.get("nodePools", [])
    if pools and spec.get("initialNodeCount"):
        raise invalid(
            "Cluster.initial_node_count and Cluster.node_pools cannot be set at the same time."
        )
    if pools and spec.get("nodeConfig"):
        raise invalid("Cluster.node_config and Cluster.node_pools cannot be set at the same time.")
    if not pools and not spec.get("initialNodeCount"):
        raise invalid("Cluster.initial_node_count must be greater than zero.")
    if not pools:
        config, count = spec.get("nodeConfig", {}), spec["initialNodeCount"]
        pools = [{"name": "default-pool", "initialNodeCount": count, "config": config}]
    return [filled(pool, location) for pool in pools]


def filled(pool: Json, location: str) -> Json:
    """A pool as it will be, with what is usual where nothing is said."""
    standard = {
        "machineType": "e2-medium",
        "diskSizeGb": 100,
        "diskType": "pd-standard",
        "imageType": "COS_CONTAINERD",
        "serviceAccount": "default",
        "metadata": {"disable-legacy-endpoints": "true"},
        "shieldedInstanceConfig": {"enableIntegrityMonitoring": True},
    }
    config = {**standard, **pool.get("config", {})}
    places = [location] if location not in catalogue.ZONES else catalogue.ZONES[location][:3]
    return {"initialNodeCount": 0, "locations": list(places), **pool, "config": config}


def check(call: Call, project: Json, pool: Json) -> None:
    """Refuse a pool that cannot be; INVALID_ARGUMENT."""
    config = pool["config"]
    if not _NAME.fullmatch(pool.get("name", "")):
        raise invalid(f'Invalid value for field "node_pool.name": "{pool.get("name", "")}".')
    for zone in pool["locations"]:
        if not catalogue.offers(zone, config["machineType"]):
            machine = config["machineType"]
            raise invalid(f"Machine type with name '{machine}' does not exist in zone '{zone}'.")
        _check_gpus(zone, config)
    if config["diskSizeGb"] < 10:
        raise invalid("Disk size must be at least 10 GB.")
    _check_node_account(call, project, config["serviceAccount"])


def _check_gpus(zone: str, config: Json) -> None:
    """The text for a pair that does not fit is Compute Engine's, recorded as a node was made."""
    offered = {gpu.name for gpu in catalogue.accelerators(zone)}
    machine = config["machineType"]
    for accelerator in config.get("accelerators", []):
        name, count = accelerator["acceleratorType"], int(accelerator.get("acceleratorCount", 1))
        if name not in offered:
            raise invalid(f'Accelerator type "{name}" does not exist in zone {zone}.')
        if not gpus.fits(machine, name, count):
            raise invalid(f"[{machine}, {name}] features are not compatible for creating instance.")


def _check_node_account(call: Call, project: Json, account: str) -> None:
    if account == "default":
        return
    document = call.cloud.state.get("accounts", account)
    if document is None:
        raise invalid(f'Service account "{account}" does not exist.')
    if document.get("disabled"):
        raise invalid(f'Service account "{account}" is disabled.')
    permission = "iam.serviceAccounts.actAs"
    if not policies.allows(call.cloud, project["projectId"], call.account, permission):
        raise invalid(
            f'The user does not have access to service account "{account}". Ask a project owner '
            "to grant you the iam.serviceAccountUser role on the service account."
        )
