"""The controllers at work on the simulator's own API server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.simulator.controllers import Failure, Fate
from app.simulator.controllers.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    ENDPOINT_SLICE,
    EVENT,
    JOB,
    NAMESPACE,
    NODE,
    POD,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    VOLUME,
    Kind,
)
from app.simulator.controllers.objects import holds
from tests.simulator.clusters import TestCluster, running_cluster

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "main", "image": "example/web:1"}]},
}


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[TestCluster]:
    async with running_cluster(tmp_path) as running:
        yield running


def named(name: str, **parts: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default"}, **parts}


def web(replicas: int = 2, **pod: Any) -> dict[str, Any]:
    template = TEMPLATE | {"spec": {**TEMPLATE["spec"], **pod}}
    selector = {"matchLabels": {"app": "web"}}
    return named("web", spec={"replicas": replicas, "selector": selector, "template": template})


async def test_a_deployment_becomes_available(cluster: TestCluster) -> None:
    await cluster.create(DEPLOYMENT, web())
    found = await cluster.until(DEPLOYMENT, "default", "web", lambda d: holds(d, "Available"))
    found = await ready(cluster, DEPLOYMENT, 2)
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"


async def test_a_removed_pod_is_replaced(cluster: TestCluster) -> None:
    await cluster.create(DEPLOYMENT, web(1))
    await ready(cluster, DEPLOYMENT, 1)
    (first,) = (await cluster.client.list(POD, "default")).items
    await cluster.client.delete(POD, first)
    await cluster.until_gone(POD, "default", first["metadata"]["name"])
    await ready(cluster, DEPLOYMENT, 1)
    (second,) = (await cluster.client.list(POD, "default")).items
    assert second["metadata"]["uid"] != first["metadata"]["uid"]


async def test_the_pods_of_a_deleted_deployment_go(cluster: TestCluster) -> None:
    made = await cluster.create(DEPLOYMENT, web(1))
    await ready(cluster, DEPLOYMENT, 1)
    (pod,) = (await cluster.client.list(POD, "default")).items
    await cluster.client.delete(DEPLOYMENT, made)
    await cluster.until_gone(POD, "default", pod["metadata"]["name"])


async def test_ready_pods_are_the_endpoints_of_their_service(cluster: TestCluster) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    await cluster.create(SERVICE, named("web", spec={"selector": {"app": "web"}, "ports": ports}))
    await cluster.create(DEPLOYMENT, web())
    await ready(cluster, DEPLOYMENT, 2)
    (slice_,) = (
        await cluster.client.list(ENDPOINT_SLICE, "default", "kubernetes.io/service-name=web")
    ).items
    name = slice_["metadata"]["name"]
    slice_ = await cluster.until(
        ENDPOINT_SLICE, "default", name, lambda s: len(s.get("endpoints") or []) == 2
    )
    assert slice_["ports"][0]["port"] == 8080
    assert all(endpoint["conditions"]["ready"] for endpoint in slice_["endpoints"])


async def test_a_job_completes(cluster: TestCluster) -> None:
    template = TEMPLATE | {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
    await cluster.create(JOB, named("once", spec={"template": template}))
    job = await cluster.until(JOB, "default", "once", lambda j: holds(j, "Complete"))
    assert job["status"]["succeeded"] == 1


async def test_a_stateful_set_gets_its_pods_and_volumes(cluster: TestCluster) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    set_ = web(2)
    set_["spec"] |= {"serviceName": "web", "volumeClaimTemplates": [claim]}
    await cluster.create(STATEFUL_SET, set_)
    await ready(cluster, STATEFUL_SET, 2)
    bound = await cluster.client.get(CLAIM, "default", "data-web-1")
    assert bound["status"]["phase"] == "Bound"
    volume = await cluster.client.get(VOLUME, "", bound["spec"]["volumeName"])
    assert volume["status"]["phase"] == "Bound"


async def test_a_volume_goes_with_its_claim(cluster: TestCluster) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "standard",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    claim = await cluster.create(CLAIM, named("data", spec=spec))
    bound = await cluster.until(
        CLAIM, "default", "data", lambda c: (c.get("status") or {}).get("phase") == "Bound"
    )
    await cluster.client.delete(CLAIM, claim)
    await cluster.until_gone(VOLUME, "", bound["spec"]["volumeName"])


async def test_a_pod_waits_for_the_secret_it_mounts(cluster: TestCluster) -> None:
    volume = {"name": "certs", "secret": {"secretName": "certs"}}
    await cluster.create(DEPLOYMENT, web(1, volumes=[volume]))
    (event,) = await events(cluster, "FailedMount")
    assert 'secret "certs" not found' in event["message"]
    await cluster.create(SECRET, named("certs", data={}))
    await cluster.until(DEPLOYMENT, "default", "web", lambda d: holds(d, "Available"))


async def test_a_started_pod_has_the_events_of_a_kubelet(cluster: TestCluster) -> None:
    await cluster.create(DEPLOYMENT, web(1))
    for reason in ("Scheduled", "Pulling", "Pulled", "Created", "Started"):
        assert await events(cluster, reason)


async def test_a_pod_that_fits_nowhere_stays_pending_and_says_why(cluster: TestCluster) -> None:
    await nodes(cluster)
    container = TEMPLATE["spec"]["containers"][0] | {"resources": {"requests": {"cpu": "64"}}}
    await cluster.create(DEPLOYMENT, web(1, containers=[container]))
    (event,) = await events(cluster, "FailedScheduling")
    assert event["message"] == "0/2 nodes are available: 2 Insufficient cpu."
    (pod,) = (await cluster.client.list(POD, "default")).items
    assert pod["status"]["phase"] == "Pending"


async def test_an_image_that_cannot_be_pulled_keeps_its_deployment_waiting(tmp_path: Path) -> None:
    failure = Failure("ImagePullBackOff", 'Back-off pulling image "example/web:1"')
    async with running_cluster(tmp_path, fate=lambda pod, images: Fate(1, failure)) as cluster:
        await cluster.create(DEPLOYMENT, web(1))
        (event,) = await events(cluster, "Failed")
        assert event["message"] == failure.message
        (pod,) = (await cluster.client.list(POD, "default")).items
        state = pod["status"]["containerStatuses"][0]["state"]
        assert state["waiting"]["reason"] == "ImagePullBackOff"


async def test_the_nodes_are_ready_and_have_room(cluster: TestCluster) -> None:
    assert {node["status"]["allocatable"]["cpu"] for node in await nodes(cluster)} == {"7910m"}


async def test_every_namespace_has_its_account_and_authority(cluster: TestCluster) -> None:
    await cluster.create(NAMESPACE, {"metadata": {"name": "fresh"}})
    await cluster.until(SERVICE_ACCOUNT, "fresh", "default", bool)
    await cluster.until(CONFIG_MAP, "fresh", "kube-root-ca.crt", bool)


async def test_every_wait_is_told_and_ends(cluster: TestCluster) -> None:
    await cluster.create(DEPLOYMENT, web(1))
    await cluster.until(DEPLOYMENT, "default", "web", lambda d: holds(d, "Available"))
    (pod,) = (await cluster.client.list(POD, "default")).items
    what = f"kubernetes.pod/default/{pod['metadata']['name']}"
    assert cluster.cloud.waits[what] == "kf-1"
    assert what in cluster.cloud.over


async def ready(cluster: TestCluster, kind: Kind, replicas: int) -> dict[str, Any]:
    def is_so(obj: dict[str, Any]) -> bool:
        return bool((obj.get("status") or {}).get("readyReplicas") == replicas)

    return await cluster.until(kind, "default", "web", is_so)


async def nodes(cluster: TestCluster) -> list[dict[str, Any]]:
    """Both nodes, once they are ready."""
    while True:
        found = (await cluster.client.list(NODE)).items
        if len(found) == 2 and all(holds(node, "Ready") for node in found):
            return found


async def events(cluster: TestCluster, reason: str) -> list[dict[str, Any]]:
    while True:
        found = (await cluster.client.list(EVENT, "default")).items
        told = [event for event in found if event["reason"] == reason]
        if told:
            return told
