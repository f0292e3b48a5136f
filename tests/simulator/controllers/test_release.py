"""The whole of Kubeflow 26.03 under the simulator's controllers.

On the simulator's own server, where they are all; on a real one tests/installation has them.
"""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.kinds import (
    CERTIFICATE,
    CLAIM,
    CLUSTER_ROLE,
    DEFINITION,
    DEPLOYMENT,
    MUTATING_WEBHOOK,
    NAMESPACE,
    PROFILE,
    VALIDATING_WEBHOOK,
    Kind,
)
from app.simulator.controllers.objects import holds
from app.simulator.world import ClusterAccess
from tests.simulator.clusters import TestCluster
from tests.support import control_plane
from tests.support.control_plane import FACTS
from tests.support.tools import missing

_MIRROR = Path(os.environ.get("KFPORTAL_MIRROR", Path(__file__).parents[4] / "shared/kubeflow"))
_RELEASE = _MIRROR / "26.03/example-gke.yaml.gz"
_AT_ONCE = 8
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def release() -> list[dict[str, Any]]:
    if not _RELEASE.exists():
        missing(f"{_RELEASE} is not there; set KFPORTAL_MIRROR")
    with gzip.open(_RELEASE) as file:
        objects = [obj for obj in yaml.load_all(file, _LOADER) if obj]
    for obj in objects:
        obj.pop("status", None)
        if "aggregationRule" in obj:
            obj.pop("rules", None)
    return objects


async def apply(cluster: TestCluster, objects: Iterable[dict[str, Any]]) -> None:
    plurals = await discovered(cluster)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(obj: dict[str, Any]) -> None:
        while True:
            try:
                async with slots:
                    return await apply_one(cluster, plurals, obj)
            except ApiError as error:
                if "failed calling webhook" not in error.message:
                    raise
                await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as group:
        for obj in objects:
            group.create_task(one(obj))


async def apply_one(
    cluster: TestCluster, plurals: dict[tuple[str, str], Kind], obj: dict[str, Any]
) -> None:
    kind, metadata = plurals[(obj["apiVersion"], obj["kind"])], obj["metadata"]
    await cluster.client.request(
        "PATCH",
        kind.path(metadata.get("namespace", ""), metadata["name"]),
        params={"fieldManager": "portal", "force": "true"},
        json=obj,
        headers={"Content-Type": "application/apply-patch+yaml"},
    )


async def discovered(cluster: TestCluster) -> dict[tuple[str, str], Kind]:
    groups = (await cluster.client.request("GET", "/apis"))["groups"]
    versions = [("", "v1")] + [
        (group["name"], version["version"]) for group in groups for version in group["versions"]
    ]
    found = {}
    for group, version in versions:
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        for each in (await cluster.client.request("GET", root))["resources"]:
            if "/" not in each["name"]:
                kind = Kind(group, version, each["name"], each["kind"], each["namespaced"])
                found[(kind.api_version, kind.name)] = kind
    return found


async def established(cluster: TestCluster, names: list[str]) -> None:
    whole = Kind(DEFINITION.group, "v1", DEFINITION.plural, DEFINITION.name, namespaced=False)
    for name in names:
        await cluster.until(whole, "", name, lambda each: holds(each, "Established"))


@pytest.mark.timeout(300)
async def test_the_whole_release_becomes_ready(tmp_path: Path) -> None:
    objects = release()
    first = [each for each in objects if each["kind"] in ("Namespace", "CustomResourceDefinition")]
    rest = [each for each in objects if each not in first]
    async with cluster_of(tmp_path) as cluster:
        await apply(cluster, first)
        kinds = [each for each in first if each["kind"] == "CustomResourceDefinition"]
        await established(cluster, [each["metadata"]["name"] for each in kinds])
        await apply(cluster, rest)
        await all_available(cluster, sum(each["kind"] == "Deployment" for each in objects))
        await settled(cluster)


@asynccontextmanager
async def cluster_of(directory: Path) -> AsyncIterator[TestCluster]:
    async with (
        control_plane.cluster(directory, "simulated", speed=400) as running,
        KubernetesClient(running.url, running.ca_certificate, running.token) as client,
    ):
        access = ClusterAccess(FACTS, running.url, running.ca_certificate, running.token)
        yield TestCluster(client, running.cloud, access)


async def all_available(cluster: TestCluster, expected: int) -> None:
    ready: list[Any] = []
    while len(ready) < expected:
        deployments = (await cluster.client.list(DEPLOYMENT)).items
        ready = [each for each in deployments if holds(each, "Available")]
        await asyncio.sleep(0.2)


async def settled(cluster: TestCluster) -> None:
    certificates = (await cluster.client.list(CERTIFICATE)).items
    assert all(holds(each, "Ready") for each in certificates)
    claims = (await cluster.client.list(CLAIM)).items
    assert {each["status"]["phase"] for each in claims} == {"Bound"}
    await cluster.until(NAMESPACE, "", "kubeflow-user-example-com", bool)
    await cluster.until(
        PROFILE, "", "kubeflow-user-example-com", lambda each: holds(each, "Successful")
    )
    await cluster.until(CLUSTER_ROLE, "", "kubeflow-admin", lambda role: role.get("rules"))
    for kind in (MUTATING_WEBHOOK, VALIDATING_WEBHOOK):
        for configuration in (await cluster.client.list(kind)).items:
            await cluster.until(kind, "", configuration["metadata"]["name"], has_authority)


def has_authority(configuration: dict[str, Any]) -> bool:
    return all(hook["clientConfig"].get("caBundle") for hook in configuration["webhooks"])
