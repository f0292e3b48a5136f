"""What is asked of GKE, and how its answers are read."""

from dataclasses import replace
from typing import Any

import pytest
from google.cloud import container_v1 as gke

from app.errors import Permanent, Transient
from app.google.cluster_message import ClusterOrder, message
from app.google.cluster_operation import read
from app.google.clusters import Versions
from app.google.errors import Refused

_ORDER = ClusterOrder(
    project="p",
    zone="asia-east1-a",
    name="kf-1",
    version="1.35.8-gke.1036000",
    machine_type="n1-standard-8",
    nodes=2,
    disk_gb=100,
    node_pool="default-pool",
    node_account="kf-1-vm@p.iam.gserviceaccount.com",
    labels={"kubeflow-deploy-portal": "d1"},
)


def _operation(status: str, **fields: Any) -> Any:
    return gke.Operation(name="operation-1", status=gke.Operation.Status[status], **fields)


def _progress(**metrics: int) -> Any:
    return gke.OperationProgress(
        metrics=[gke.OperationProgress.Metric(name=n, int_value=v) for n, v in metrics.items()]
    )


def test_the_cluster_has_what_kubeflow_needs() -> None:
    cluster = message(_ORDER)
    assert cluster.workload_identity_config.workload_pool == "p.svc.id.goog"
    assert cluster.network_config.datapath_provider == gke.DatapathProvider.ADVANCED_DATAPATH
    assert cluster.control_plane_endpoints_config.dns_endpoint_config.allow_external_traffic
    assert cluster.resource_labels == {"kubeflow-deploy-portal": "d1"}
    (pool,) = cluster.node_pools
    assert pool.config.service_account == _ORDER.node_account
    assert pool.config.shielded_instance_config.enable_secure_boot
    assert pool.autoscaling.min_node_count == pool.initial_node_count == 2


def test_nothing_deprecated_is_asked_for() -> None:
    cluster = message(_ORDER)
    for field in ("initial_node_count", "node_config", "private_cluster_config", "zone"):
        assert not getattr(cluster, field)


def test_progress_counts_work_units_of_all_stages() -> None:
    operation = read(
        _operation(
            "RUNNING",
            progress=_progress(
                CLUSTER_CONFIGURING=8,
                CLUSTER_CONFIGURING_TOTAL=8,
                CLUSTER_DEPLOYING=3,
                CLUSTER_DEPLOYING_TOTAL=11,
                CLUSTER_HEALTHCHECKING=0,
                CLUSTER_HEALTHCHECKING_TOTAL=2,
            ),
        )
    )
    assert operation.fraction == pytest.approx(11 / 21)
    assert operation.stage == "CLUSTER_DEPLOYING"


def test_early_on_there_are_no_metrics() -> None:
    operation = read(_operation("PENDING"))
    assert (operation.fraction, operation.stage, operation.done) == (0.0, "", False)


def test_done_with_an_error_is_an_error() -> None:
    text = "Instance 'gke-kf-1' creation failed: Quota 'IN_USE_ADDRESSES' exceeded."
    operation = read(_operation("DONE", error={"code": 8, "message": text}))
    assert operation.done
    assert isinstance(operation.error, Permanent)
    assert operation.error.cause == text
    assert "quota" in operation.error.hint


def test_a_stock_out_told_by_a_condition_is_final() -> None:
    text = "The zone does not have enough resources available to fulfill the request."
    condition = gke.StatusCondition(code=gke.StatusCondition.Code.GCE_STOCKOUT, message=text)
    operation = read(_operation("DONE", nodepool_conditions=[condition]))
    assert isinstance(operation.error, Permanent)
    assert "another zone" in operation.error.hint


def test_an_internal_error_is_worth_another_try() -> None:
    operation = read(_operation("DONE", error={"code": 13, "message": "Internal error."}))
    assert isinstance(operation.error, Transient)


def test_health_checking_may_end_one_short() -> None:
    progress = _progress(CLUSTER_HEALTHCHECKING=1, CLUSTER_HEALTHCHECKING_TOTAL=2)
    operation = read(_operation("DONE", progress=progress))
    assert (operation.fraction, operation.error) == (1.0, None)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("1.35", "1.35.8-gke.1"), ("1.34", "1.34.9-gke.2"), ("1.33", "1.35.8-gke.1")],
)
def test_a_minor_is_preferred_where_it_is_offered(wanted: str, chosen: str) -> None:
    valid = ("1.36.1-gke.1", "1.35.8-gke.1", "1.34.9-gke.2", "1.34.8-gke.1")
    assert Versions(valid, "1.35.8-gke.1").prefer(wanted) == chosen


def test_a_gpu_pool_has_no_node_until_one_is_needed_and_brings_the_driver() -> None:
    order = replace(
        _ORDER, gpu_type="nvidia-tesla-t4", gpus=2, gpu_machine_type="n1-standard-16", spot=True
    )
    main, gpus = message(order).node_pools
    assert (gpus.initial_node_count, gpus.autoscaling.min_node_count) == (0, 0)
    assert gpus.autoscaling.max_node_count > 0
    assert gpus.config.machine_type == "n1-standard-16"
    (accelerator,) = gpus.config.accelerators
    assert (accelerator.accelerator_type, accelerator.accelerator_count) == ("nvidia-tesla-t4", 2)
    driver = accelerator.gpu_driver_installation_config.gpu_driver_version
    assert driver == gke.GPUDriverInstallationConfig.GPUDriverVersion.DEFAULT
    assert main.config.spot
    assert gpus.config.spot


def test_private_nodes_are_asked_for_in_the_new_field() -> None:
    cluster = message(replace(_ORDER, private_nodes=True))
    assert cluster.network_config.default_enable_private_nodes
    assert not cluster.private_cluster_config


def test_progress_does_not_fall_when_the_totals_of_later_stages_come_in() -> None:
    """Trap: they come late, and a share of those that are known would go back."""
    first = {"CLUSTER_CONFIGURING": 8, "CLUSTER_CONFIGURING_TOTAL": 9}
    then = first | {"CLUSTER_DEPLOYING": 0, "CLUSTER_DEPLOYING_TOTAL": 11}
    last = then | {"CLUSTER_HEALTHCHECKING": 0, "CLUSTER_HEALTHCHECKING_TOTAL": 2}
    told = [read(_operation("RUNNING", progress=_progress(**m))) for m in (first, then, last)]
    fractions = [operation.fraction for operation in told]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.5
    assert (told[0].reached, told[0].total) == (8, 9)


def test_the_reason_in_brackets_is_kept_with_googles_text() -> None:
    text = "Not all instances running in IGM after 35m4s. Current errors: [GCE_STOCKOUT]: ..."
    operation = read(_operation("DONE", error={"code": 13, "message": text}))
    assert isinstance(operation.error, Refused)
    assert operation.error.reason == "GCE_STOCKOUT"
    assert operation.error.cause == text


def test_an_older_message_without_an_error_object_is_an_error_too() -> None:
    operation = read(_operation("DONE", status_message="Constraint constraints/x violated."))
    assert isinstance(operation.error, Permanent)
    assert "administrator" in operation.error.hint
