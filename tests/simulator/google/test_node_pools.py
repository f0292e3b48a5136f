"""Node pools beside the one that a cluster begins with, and which machines carry which GPUs."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from google.api_core import exceptions
from google.cloud import container_v1

from app.domain.places import GPUS
from app.simulator.google.gpus import fits
from tests.simulator.google.conftest import documented
from tests.simulator.google.test_clusters import NAME, PROJECT, client, create, finished, wanted
from tests.support.simulator import SimulatorThread

Status = container_v1.NodePool.Status


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    """A cloud with a cluster in it that nobody changes but by its pools."""
    with documented(tmp_path_factory.mktemp("cloud")) as simulator:
        finished(simulator, create(simulator, wanted()))
        yield simulator


def pool(name: str = "more", count: int = 1, **config: Any) -> container_v1.NodePool:
    config = {"machine_type": "e2-standard-4", "disk_size_gb": 50} | config
    return container_v1.NodePool(name=name, initial_node_count=count, config=config)


def nodes(cloud: SimulatorThread, tmp: Any) -> dict[str, str]:
    """The cluster's own Nodes: the pool of each by its name."""
    cluster = client(cloud).get_cluster(name=NAME)
    authority = tmp / "ca.pem"
    authority.write_bytes(base64.b64decode(cluster.master_auth.cluster_ca_certificate))
    url = f"https://{cluster.endpoint}/api/v1/nodes"
    headers = {"authorization": f"Bearer {cloud.token()}"}
    found = requests.get(url, headers=headers, verify=str(authority), timeout=10).json()["items"]
    labels = {each["metadata"]["name"]: each["metadata"]["labels"] for each in found}
    return {name: each["cloud.google.com/gke-nodepool"] for name, each in labels.items()}


def test_a_pool_comes_with_its_nodes_and_goes_with_them(
    cloud: SimulatorThread, tmp_path: Any
) -> None:
    api = client(cloud)
    begun = api.create_node_pool(parent=NAME, node_pool=pool())
    assert begun.operation_type == container_v1.Operation.Type.CREATE_NODE_POOL
    assert begun.target_link.endswith("/clusters/kf-1/nodePools/more")
    with pytest.raises(exceptions.BadRequest, match="is running incompatible operation operation-"):
        api.create_node_pool(parent=NAME, node_pool=pool("yet-another"))
    assert not finished(cloud, begun).error.code
    made = api.get_node_pool(name=f"{NAME}/nodePools/more")
    assert (made.status, made.config.machine_type) == (Status.RUNNING, "e2-standard-4")
    assert api.get_cluster(name=NAME).current_node_count == 3
    while sorted(nodes(cloud, tmp_path).values()) != ["default-pool", "default-pool", "more"]:
        pass
    with pytest.raises(exceptions.Conflict, match=r"Already exists: .*/nodePools/more"):
        api.create_node_pool(parent=NAME, node_pool=pool())
    finished(cloud, api.delete_node_pool(name=f"{NAME}/nodePools/more"))
    assert [each.name for each in api.list_node_pools(parent=NAME).node_pools] == ["default-pool"]
    while sorted(nodes(cloud, tmp_path).values()) != ["default-pool", "default-pool"]:
        pass
    with pytest.raises(exceptions.NotFound, match=r"Not found: .*/nodePools/more"):
        api.delete_node_pool(name=f"{NAME}/nodePools/more")


def test_a_pool_counts_against_the_quotas(cloud: SimulatorThread) -> None:
    with pytest.raises(exceptions.Forbidden, match='resource "IN_USE_ADDRESSES"'):
        client(cloud).create_node_pool(parent=NAME, node_pool=pool(count=600))


@pytest.mark.parametrize(
    ("machine", "gpu", "count", "told"),
    [
        ("n2-standard-32", "nvidia-tesla-t4", 1, "[n2-standard-32, nvidia-tesla-t4] features are"),
        ("n1-standard-8", "nvidia-l4", 1, "[n1-standard-8, nvidia-l4] features are not compatible"),
        ("n1-standard-8", "nvidia-tesla-t4", 3, "features are not compatible"),
        ("n1-standard-8", "nvidia-tesla-a100", 1, "does not exist in zone us-central1-a"),
    ],
)
def test_a_machine_cannot_have_every_gpu(
    cloud: SimulatorThread, machine: str, gpu: str, count: int, told: str
) -> None:
    accelerators = [{"accelerator_type": gpu, "accelerator_count": count}]
    wrong = pool(machine_type=machine, accelerators=accelerators)
    with pytest.raises(exceptions.BadRequest) as refused:
        client(cloud).create_node_pool(parent=NAME, node_pool=wrong)
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("machine", "gpu", "count", "is_right"),
    [
        ("n1-standard-32", "nvidia-tesla-t4", 2, True),
        ("n1-standard-96", "nvidia-tesla-t4", 2, False),
        ("n1-standard-16", "nvidia-tesla-v100", 1, False),
        ("g2-standard-24", "nvidia-l4", 2, True),
        ("g2-standard-24", "nvidia-l4", 1, False),
        ("a2-megagpu-16g", "nvidia-tesla-a100", 16, True),
        ("a2-highgpu-1g", "nvidia-a100-80gb", 1, False),
        ("a2-ultragpu-4g", "nvidia-a100-80gb", 4, True),
        ("n1-standard-8", "nvidia-tesla-k80", 1, False),
    ],
)
def test_machines_carry_gpus_as_google_says(
    machine: str, gpu: str, count: int, is_right: bool
) -> None:
    assert fits(machine, gpu, count) == is_right


def test_the_network_is_asked_for_on_the_callers_behalf(cloud: SimulatorThread) -> None:
    fault = {"name": "permission-missing", "arg": "compute.networks.get"}
    requests.post(f"{cloud.url}/_simulator/faults", json=fault, timeout=10)
    with pytest.raises(exceptions.Forbidden) as refused:
        create(cloud, wanted("kf-2"))
    requests.delete(f"{cloud.url}/_simulator/faults", timeout=10)
    assert refused.value.message.endswith(
        "Google Compute Engine: Required 'compute.networks.get' permission for "
        f"'projects/{PROJECT}/global/networks/default'."
    )


@pytest.mark.parametrize("name", GPUS)
def test_the_portal_asks_for_machines_that_carry_their_gpus(name: str) -> None:
    assert all(fits(GPUS[name].machine_type(count), name, count) for count in GPUS[name].counts)
