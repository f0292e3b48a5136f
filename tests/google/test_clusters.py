"""What is asked of GKE, and how its answers are read."""

from typing import Any

import pytest
from google.cloud import container_v1 as gke

from app.errors import Permanent, Transient
from app.google.cluster_message import ClusterOrder, message
from app.google.cluster_operation import read
from app.google.clusters import Versions

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
