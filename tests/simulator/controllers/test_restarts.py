"""Controllers and API servers that stop and start again."""

from pathlib import Path
from typing import Any

from app.simulator.clock import Clock
from app.simulator.controllers.gke.ingresses import SINCE
from app.simulator.controllers.kinds import DEPLOYMENT, INGRESS, POD
from app.simulator.controllers.objects import annotations, holds
from app.simulator.timings import Timings
from tests.simulator.clouds import MemoryCloud
from tests.simulator.clusters import TestCluster, api_server, running_controllers
from tests.simulator.controllers.test_endpoint_chain import (
    ADDRESS,
    address_of,
    make_gateway,
    make_ingress,
)

REAL, FAST = Clock(1), Clock(4000)
LABELS = {"app": "web"}


def web() -> dict[str, Any]:
    template = {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [{"name": "main", "image": "example/web:1"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template}
    return {"metadata": {"name": "web", "namespace": "default"}, "spec": spec}


async def test_an_ingress_goes_on_waiting_from_when_it_began(tmp_path: Path) -> None:
    cloud = MemoryCloud(addresses={"kf-1-ip": ADDRESS})
    async with api_server(tmp_path, REAL) as server:
        async with running_controllers(server, cloud, REAL, Timings()) as cluster:
            await make_gateway(cluster)
            await make_ingress(cluster)
            begun = await cluster.until(
                INGRESS, "default", "kubeflow", lambda each: SINCE in annotations(each)
            )
        async with running_controllers(server, cloud, FAST, Timings()) as cluster:
            given = await cluster.until(INGRESS, "default", "kubeflow", address_of)
        assert annotations(given)[SINCE] == annotations(begun)[SINCE]
        assert "kubernetes.ingress/default/kubeflow" in cloud.over


async def test_a_pod_that_was_starting_starts_after_a_restart(tmp_path: Path) -> None:
    cloud = MemoryCloud()
    async with api_server(tmp_path, REAL) as server:
        async with running_controllers(server, cloud, REAL, Timings()) as cluster:
            await cluster.create(DEPLOYMENT, web())
            (pod,) = await pods_with_start_time(cluster)
        async with running_controllers(server, cloud, FAST, Timings()) as cluster:
            await cluster.until(DEPLOYMENT, "default", "web", lambda d: holds(d, "Available"))
            (same,) = (await cluster.client.list(POD, "default")).items
        assert same["metadata"]["uid"] == pod["metadata"]["uid"]
        assert same["status"]["startTime"] == pod["status"]["startTime"]


async def test_controllers_survive_a_restart_of_the_api_server(tmp_path: Path) -> None:
    cloud = MemoryCloud()
    async with (
        api_server(tmp_path, FAST) as server,
        running_controllers(server, cloud, FAST, Timings()) as cluster,
    ):
        await cluster.create(DEPLOYMENT, web())
        await cluster.until(DEPLOYMENT, "default", "web", lambda d: holds(d, "Available"))
        await server.stop()
        await server.start()
        await cluster.client.merge(DEPLOYMENT, web(), {"spec": {"replicas": 3}}, "test")
        await cluster.until(
            DEPLOYMENT, "default", "web", lambda d: d["status"].get("readyReplicas") == 3
        )


async def pods_with_start_time(cluster: TestCluster) -> list[dict[str, Any]]:
    while True:
        pods: list[dict[str, Any]] = (await cluster.client.list(POD, "default")).items
        started = [pod for pod in pods if (pod.get("status") or {}).get("startTime")]
        if started:
            return started
