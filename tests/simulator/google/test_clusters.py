"""Kubernetes Engine through the official client, and the clusters themselves through theirs."""

import base64
import ssl
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from google.api_core import exceptions
from google.cloud import container_v1

from app.simulator.timings import Timings
from tests.support.simulator import DANA, SAM, SimulatorThread, running

PROJECT = "ml-sandbox-1234"
PARENT = f"projects/{PROJECT}/locations/us-central1-a"
NAME = f"{PARENT}/clusters/kf-1"


def client(cloud: SimulatorThread, email: str = DANA) -> container_v1.ClusterManagerClient:
    return container_v1.ClusterManagerClient(
        credentials=cloud.credentials(email),
        transport="rest",
        client_options=cloud.options("container"),
    )


def wanted(name: str = "kf-1", **node: Any) -> container_v1.Cluster:
    config = container_v1.NodeConfig(
        machine_type=node.get("machine_type", "n1-standard-8"),
        disk_size_gb=100,
        disk_type="pd-balanced",
        service_account=node.get("service_account", ""),
        workload_metadata_config={"mode": "GKE_METADATA"},
    )
    pool = container_v1.NodePool(
        name="default-pool", initial_node_count=node.get("count", 2), config=config
    )
    return container_v1.Cluster(
        name=name,
        node_pools=[pool],
        initial_cluster_version=node.get("version", ""),
        release_channel={"channel": "REGULAR"},
        workload_identity_config={"workload_pool": f"{PROJECT}.svc.id.goog"},
        resource_labels={"kubeflow-deployment": name},
    )


def create(cloud: SimulatorThread, cluster: container_v1.Cluster) -> container_v1.Operation:
    return client(cloud).create_cluster(parent=PARENT, cluster=cluster)


def finished(cloud: SimulatorThread, operation: container_v1.Operation) -> container_v1.Operation:
    name, api = f"{PARENT}/operations/{operation.name}", client(cloud)
    return until(
        lambda: api.get_operation(name=name),
        lambda found: found.status == container_v1.Operation.Status.DONE,
    )


def until(answer: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """What `answer` gives as soon as it is good."""
    deadline = time.monotonic() + 60
    while not good(value := answer()):
        assert time.monotonic() < deadline, value
        time.sleep(0.02)
    return value


def version(cluster: container_v1.Cluster) -> Any:
    """What the cluster's own API says of itself, over verified TLS."""
    context = ssl.create_default_context()
    authority = base64.b64decode(cluster.master_auth.cluster_ca_certificate).decode()
    context.load_verify_locations(cadata=authority)
    with urllib.request.urlopen(f"https://{cluster.endpoint}/version", context=context) as answer:
        return answer.status


def test_a_cluster_is_reachable_the_moment_its_operation_is_done(cloud: SimulatorThread) -> None:
    operation = create(cloud, wanted())
    assert operation.status != container_v1.Operation.Status.DONE
    done = finished(cloud, operation)
    assert not done.error.code
    cluster = client(cloud).get_cluster(name=NAME)
    assert cluster.status == container_v1.Cluster.Status.RUNNING
    assert cluster.release_channel.channel == container_v1.ReleaseChannel.Channel.REGULAR
    assert cluster.current_node_count == 2
    assert version(cluster) == 200


def test_a_cluster_has_no_endpoint_while_it_is_made(slow_cloud: SimulatorThread) -> None:
    create(slow_cloud, wanted())
    cluster = client(slow_cloud).get_cluster(name=NAME)
    assert cluster.status == container_v1.Cluster.Status.PROVISIONING
    assert cluster.endpoint == ""
    assert cluster.master_auth.cluster_ca_certificate == ""


def test_progress_never_goes_back_and_ends_like_a_real_creation(tmp_path: Path) -> None:
    with running(tmp_path, speed=250) as cloud:
        operation = create(cloud, wanted())
        assert not operation.progress.metrics
        name, api = f"{PARENT}/operations/{operation.name}", client(cloud)
        seen: list[dict[str, int]] = []

        def observe() -> container_v1.Operation:
            found = api.get_operation(name=name)
            seen.append({m.name: m.int_value for m in found.progress.metrics})
            return found

        until(observe, lambda found: found.status == container_v1.Operation.Status.DONE)
    deploying = [metrics.get("CLUSTER_DEPLOYING", 0) for metrics in seen]
    assert deploying == sorted(deploying)
    assert seen[-1]["CLUSTER_HEALTHCHECKING"] == 1
    assert seen[-1]["CLUSTER_HEALTHCHECKING_TOTAL"] == 2


def test_a_taken_name_is_refused(slow_cloud: SimulatorThread) -> None:
    create(slow_cloud, wanted())
    with pytest.raises(exceptions.Conflict, match=f"Already exists: {NAME}"):
        create(slow_cloud, wanted())


def test_a_cluster_that_is_being_made_cannot_be_deleted(slow_cloud: SimulatorThread) -> None:
    create(slow_cloud, wanted())
    with pytest.raises(exceptions.BadRequest, match="Cluster is running incompatible operation"):
        client(slow_cloud).delete_cluster(name=NAME)


def test_a_deleted_cluster_leaves_nothing(cloud: SimulatorThread, tmp_path: Path) -> None:
    finished(cloud, create(cloud, wanted()))
    homes = tmp_path / "cloud" / "clusters"
    assert len(list(homes.iterdir())) == 1
    finished(cloud, client(cloud).delete_cluster(name=NAME))
    with pytest.raises(exceptions.NotFound, match=f"Not found: {NAME}"):
        client(cloud).get_cluster(name=NAME)
    until(lambda: list(homes.iterdir()), lambda left: left == [])


def test_a_name_can_be_used_again_at_once(cloud: SimulatorThread) -> None:
    finished(cloud, create(cloud, wanted()))
    first = client(cloud).get_cluster(name=NAME)
    finished(cloud, client(cloud).delete_cluster(name=NAME))
    finished(cloud, create(cloud, wanted()))
    second = client(cloud).get_cluster(name=NAME)
    assert second.id != first.id
    assert second.master_auth.cluster_ca_certificate != first.master_auth.cluster_ca_certificate
    assert version(second) == 200


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({"machine_type": "n9-standard-8"}, "Machine type with name 'n9-standard-8'"),
        ({"service_account": "no@ml-sandbox-1234.iam.gserviceaccount.com"}, "does not exist"),
        ({"version": "1.19"}, 'Master version "1.19" is unsupported'),
    ],
)
def test_what_cannot_be_made_is_refused(
    slow_cloud: SimulatorThread, node: dict[str, Any], text: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=text):
        create(slow_cloud, wanted(**node))


def test_an_unknown_field_is_refused_by_name(slow_cloud: SimulatorThread) -> None:
    body = {"cluster": {"name": "kf-1", "initialNodeCount": 1, "colour": "blue"}}
    url = f"{slow_cloud.url}/container/v1/{PARENT}/clusters"
    answer = slow_cloud.session().post(url, json=body, timeout=10)
    assert answer.status_code == 400
    told = "Invalid JSON payload received. Unknown name \"colour\" at 'cluster': Cannot find field."
    error = answer.json()["error"]
    assert (error["message"], error["status"]) == (told, "INVALID_ARGUMENT")
    violations = [{"field": "cluster", "description": told}]
    assert error["details"][0]["fieldViolations"] == violations


def test_a_quota_that_is_too_small_is_named(slow_cloud: SimulatorThread) -> None:
    quota = {"CPUS": 8}
    requests.post(f"{slow_cloud.url}/_simulator/quotas/{PROJECT}", json=quota, timeout=10)
    text = r"resource \"CPUS\": request requires '16.0' and is short '8.0'"
    with pytest.raises(exceptions.Forbidden, match=text):
        create(slow_cloud, wanted())


def test_who_may_not_create_is_told_the_permission(slow_cloud: SimulatorThread) -> None:
    text = r'Required "container.clusters.list" permission\(s\)|denied on resource'
    with pytest.raises(exceptions.Forbidden, match=text):
        client(slow_cloud, SAM).list_clusters(parent=PARENT)


def test_versions_come_by_channel(slow_cloud: SimulatorThread) -> None:
    config = client(slow_cloud).get_server_config(name=PARENT)
    regular = next(c for c in config.channels if c.channel.name == "REGULAR")
    assert regular.default_version in regular.valid_versions
    assert {v[:4] for v in regular.valid_versions} == {"1.34", "1.35", "1.36"}


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as cloud:
        finished(cloud, create(cloud, wanted()))
        before = client(cloud).get_cluster(name=NAME)
        token = cloud.token()
    with running(tmp_path) as cloud:
        headers = {"authorization": f"Bearer {token}"}
        url = f"{cloud.url}/container/v1/{NAME}"
        after = requests.get(url, headers=headers, timeout=10).json()
        assert after["endpoint"] == before.endpoint
        authority = after["masterAuth"]["clusterCaCertificate"]
        assert authority == before.master_auth.cluster_ca_certificate
        assert version(before) == 200


def test_an_operation_ends_when_it_would_have_without_the_restart(tmp_path: Path) -> None:
    timings = Timings(create_cluster=2000)
    with running(tmp_path, timings=timings) as cloud:
        operation = create(cloud, wanted())
        waits = requests.get(f"{cloud.url}/_simulator/waits", timeout=10).json()
        assert waits[0]["ended"] is None
    with running(tmp_path, timings=timings) as cloud:
        finished(cloud, operation)
        (wait,) = requests.get(f"{cloud.url}/_simulator/waits", timeout=10).json()[:1]
        assert wait["what"] == "container.create_cluster/kf-1"
        assert wait["ended"]
        assert wait["deployment"] == "kf-1"


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        ("compute.vmExternalIpAccess", "constraints/compute.vmExternalIpAccess violated"),
        ("compute.requireShieldedVm", "Secure Boot is not enabled"),
    ],
)
def test_an_organisations_policy_is_found_out_as_nodes_are_made(
    cloud: SimulatorThread, constraint: str, told: str
) -> None:
    url = f"{cloud.url}/_simulator/constraints/{PROJECT}"
    requests.post(url, json={"constraints": [constraint]}, timeout=10).raise_for_status()
    operation = finished(cloud, create(cloud, wanted()))
    assert operation.error.code == 9
    assert told in operation.error.message
    asked = wanted("kf-2")
    asked.network_config.default_enable_private_nodes = True
    asked.node_pools[0].config.shielded_instance_config.enable_secure_boot = True
    assert not finished(cloud, create(cloud, asked)).error.code
