"""Which code carries out which step of a plan, and which takes its work away again."""

from app.domain.plan import StepName
from app.steps.access import remove_iap_access
from app.steps.accounts import (
    bind_workload_identity,
    create_accounts,
    remove_accounts,
    remove_workload_identity,
)
from app.steps.address import remove_address, reserve_address
from app.steps.bundles import load_bundle
from app.steps.cluster import create_cluster
from app.steps.cluster_removal import remove_cluster
from app.steps.confirm import confirm_removal
from app.steps.context import StepWork
from app.steps.endpoint import open_endpoint, secure_endpoint
from app.steps.endpoint_removal import remove_endpoint
from app.steps.kubeflow import install_base, install_kubeflow
from app.steps.names import publish_name, remove_name
from app.steps.project import check_project, enable_services, keep_services
from app.steps.ready import wait_ready

WORK: dict[StepName, StepWork] = {
    StepName.CHECK_PROJECT: check_project,
    StepName.ENABLE_SERVICES: enable_services,
    StepName.RESERVE_ADDRESS: reserve_address,
    StepName.CREATE_ACCOUNTS: create_accounts,
    StepName.PUBLISH_NAME: publish_name,
    StepName.CREATE_CLUSTER: create_cluster,
    StepName.LOAD_BUNDLE: load_bundle,
    StepName.INSTALL_BASE: install_base,
    StepName.INSTALL_KUBEFLOW: install_kubeflow,
    StepName.BIND_WORKLOAD_IDENTITY: bind_workload_identity,
    StepName.OPEN_ENDPOINT: open_endpoint,
    StepName.SECURE_ENDPOINT: secure_endpoint,
    StepName.WAIT_READY: wait_ready,
}

REMOVALS: dict[StepName, StepWork] = {  # by the step whose work is taken away
    StepName.ENABLE_SERVICES: keep_services,
    StepName.RESERVE_ADDRESS: remove_address,
    StepName.CREATE_ACCOUNTS: remove_accounts,
    StepName.PUBLISH_NAME: remove_name,
    StepName.CREATE_CLUSTER: remove_cluster,
    StepName.BIND_WORKLOAD_IDENTITY: remove_workload_identity,
    StepName.OPEN_ENDPOINT: remove_endpoint,
    StepName.SECURE_ENDPOINT: remove_iap_access,
    StepName.WAIT_READY: confirm_removal,
}
