"""Organisation policies that are set on a project, and what GKE's nodes come up against.

They are found out while nodes are made, so that a cluster's creation is DONE with an error.
"""

from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json

KNOWN = ("compute.vmExternalIpAccess", "compute.requireShieldedVm")


def violated(cloud: Cloud, project: Json, spec: Json, machine: str) -> str:
    """What Compute Engine says of the first constraint that nodes of `spec` violate, or nothing."""
    constraints = project.get("constraints", [])
    if "compute.vmExternalIpAccess" in constraints and not _is_private(spec):
        return (
            f"[CONDITION_NOT_MET]: Instance '{machine}' creation failed: Constraint "
            f"constraints/compute.vmExternalIpAccess violated for project "
            f"{project['projectNumber']}. Add instance {machine} to the constraint to use external "
            "IP with it."
        )
    if "compute.requireShieldedVm" in constraints and not _boots_securely(spec):
        return (
            f"Constraint constraints/compute.requireShieldedVm violated for project "
            f"projects/{project['projectId']}. Secure Boot is not enabled in the "
            "'shielded_instance_config' field."
        )
    return ""


def _is_private(spec: Json) -> bool:
    return bool(spec.get("networkConfig", {}).get("defaultEnablePrivateNodes"))


def _boots_securely(spec: Json) -> bool:
    configs = [pool["config"].get("shieldedInstanceConfig", {}) for pool in spec["nodePools"]]
    return all(config.get("enableSecureBoot") for config in configs)
