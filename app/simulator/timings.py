"""How long Google takes, in simulated seconds.

Sources: the creation logs and threads gathered for this project; a cluster's 6m18s is one of
two creations recorded in full, the certificate's 14 minutes lies between the reports of 20 and
the best cases. What nobody has published (address of an Ingress, health) is an estimate.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """One figure a kind of wait; the names are what `--timing NAME=SECONDS` takes."""

    enable_services: float = 45
    service_account: float = 1
    account_everywhere: float = 10
    address: float = 10
    compute_resource: float = 8
    create_cluster: float = 378
    delete_cluster: float = 180
    node_pool: float = 90
    new_project: float = 8
    project_known: float = 60
    endpoints_service: float = 5
    endpoints_visible: float = 60
    endpoints_config: float = 5
    endpoints_rollout: float = 20
    dns: float = 30
    ingress_address: float = 180
    backend_healthy: float = 60
    certificate: float = 840
    pod_least: float = 20
    pod_most: float = 120
    job: float = 15
    issued_certificate: float = 5
    profile_namespace: float = 3
