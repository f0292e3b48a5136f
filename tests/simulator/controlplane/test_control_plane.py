"""A real control plane with the simulator's controllers as the rest of its world."""

import asyncio
import os
import signal
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.kinds import (
    CLAIM,
    CONFIG_MAP,
    DEFINITION,
    DEPLOYMENT,
    NAMESPACE,
    NODE,
    POD,
    STORAGE_CLASS,
    Kind,
)
from app.simulator.controllers.objects import holds
from tests.simulator.kubernetes.examples import deployment
from tests.support.control_plane import (
    HOW_TO_GET_THEM,
    ClusterThread,
    available,
    server_for,
    started,
)
from tests.support.tools import missing

LINKS = Kind("example.com", "v2", "links", "Link")
SERVE = """
import asyncio, sys
from pathlib import Path
from tests.support.control_plane import server_for

async def main():
    server = server_for(Path(sys.argv[1]), "real")
    await server.start()
    print(*server.pids.values(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while True:
            try:
                value = await found()
            except ApiError as error:
                if error.status != 404:
                    raise
                value = None
            if value:
                return value
            await asyncio.sleep(0.05)


@pytest.fixture
async def space(client: KubernetesClient) -> str:
    name = f"test-{uuid4().hex[:8]}"
    await client.create(NAMESPACE, {"metadata": {"name": name}}, "test")
    return name


async def test_it_comes_with_nodes_and_a_default_storage_class(client: KubernetesClient) -> None:
    async def ready() -> bool:
        nodes = (await client.list(NODE)).items
        return len(nodes) == 2 and all(holds(node, "Ready") for node in nodes)

    await until(ready)
    classes = (await client.list(STORAGE_CLASS)).items
    assert "standard-rwo" in [each["metadata"]["name"] for each in classes]


async def test_a_deployment_becomes_available(client: KubernetesClient, space: str) -> None:
    item = deployment("web", replicas=2)
    item["metadata"]["namespace"] = space
    await client.create(DEPLOYMENT, item, "test")

    async def is_available() -> bool:
        return holds(await client.get(DEPLOYMENT, space, "web"), "Available")

    await until(is_available)
    pods = (await client.list(POD, space)).items
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


async def test_a_claim_is_bound_when_a_pod_uses_it(client: KubernetesClient, space: str) -> None:
    size = {"requests": {"storage": "1Gi"}}
    claim = {
        "metadata": {"name": "data", "namespace": space},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": size},
    }
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    pod = {
        "metadata": {"name": "p", "namespace": space},
        "spec": {"containers": [{"name": "main", "image": "a:1"}], "volumes": [volume]},
    }
    await client.create(CLAIM, claim, "test")

    async def made() -> bool:
        return bool(await client.create(POD, pod, "test"))

    await until_accepted(made)

    async def running() -> bool:
        phase = (await client.get(POD, space, "p"))["status"]["phase"]
        return bool(phase == "Running")

    await until(running)
    assert (await client.get(CLAIM, space, "data"))["status"]["phase"] == "Bound"


async def until_accepted(attempt: Callable[[], Awaitable[bool]]) -> None:
    """A Pod is refused until its namespace's service account is there."""

    async def accepted() -> bool:
        try:
            return await attempt()
        except ApiError as error:
            if error.status != 403:
                raise
            return False

    await until(accepted)


async def test_a_token_of_the_cloud_is_asked_about(plane: ClusterThread) -> None:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    async with KubernetesClient(plane.url, plane.ca_certificate, "token-of-alice") as alice:
        told = await alice.request("POST", path, json=review)
    assert told["status"]["userInfo"]["username"] == "alice@example.com"
    async with KubernetesClient(plane.url, plane.ca_certificate, "wrong") as stranger:
        with pytest.raises(ApiError) as refused:
            await stranger.list(NODE)
    assert refused.value.status == 401


async def test_objects_are_converted_by_webhook(
    plane: ClusterThread, client: KubernetesClient, space: str
) -> None:
    await client.create(DEFINITION, links(plane, space), "test")
    await serve_webhook(client, space)
    link = {"metadata": {"name": "a", "namespace": space}, "spec": {"to": "b"}}

    async def made() -> bool:
        return bool(await client.create(LINKS, link, "test"))

    await until(made)
    older = Kind("example.com", "v1", "links", "Link")

    async def converted() -> Any:
        try:
            return await client.get(older, space, "a")
        except ApiError as error:
            if error.status != 500:
                raise
            return None

    found = await until(converted)
    assert (found["apiVersion"], found["spec"]) == ("example.com/v1", {"to": "b"})


def links(plane: ClusterThread, space: str) -> dict[str, Any]:
    authority = plane.server.issue("hook", ["hook"], datetime.now(UTC)).authority
    settings = {
        "service": {"namespace": space, "name": "hook", "path": "/convert"},
        "caBundle": b64encode(authority).decode(),
    }
    webhook = {"clientConfig": settings, "conversionReviewVersions": ["v1"]}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    versions = [
        {
            "name": name,
            "served": True,
            "storage": name == "v2",
            "schema": {"openAPIV3Schema": schema},
        }
        for name in ("v1", "v2")
    ]
    return {
        "metadata": {"name": "links.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "links", "kind": "Link"},
            "versions": versions,
            "conversion": {"strategy": "Webhook", "webhook": webhook},
        },
    }


async def serve_webhook(client: KubernetesClient, space: str) -> None:
    service = {
        "metadata": {"name": "hook", "namespace": space},
        "spec": {"selector": {"app": "hook"}, "ports": [{"port": 443, "targetPort": 9443}]},
    }
    await client.create(Kind("", "v1", "services", "Service"), service, "test")
    server = deployment("hook")
    server["metadata"]["namespace"] = space
    await client.create(DEPLOYMENT, server, "test")


async def test_an_api_server_that_was_killed_comes_back_with_everything(
    plane: ClusterThread, client: KubernetesClient, space: str
) -> None:
    note = {"metadata": {"name": "a", "namespace": space}, "data": {"x": "1"}}
    await client.create(CONFIG_MAP, note, "test")
    url = plane.url
    await asyncio.to_thread(plane.restart_api_server)
    async with KubernetesClient(url, plane.ca_certificate, plane.token) as again:
        assert (await again.get(CONFIG_MAP, space, "a"))["data"] == {"x": "1"}
        item = deployment("later")
        item["metadata"]["namespace"] = space
        await again.create(DEPLOYMENT, item, "test")

        async def is_available() -> bool:
            return holds(await again.get(DEPLOYMENT, space, "later"), "Available")

        await until(is_available)


async def test_it_goes_on_from_its_directory(tmp_path: Path) -> None:
    if not available():
        missing(HOW_TO_GET_THEM)
    note = {"metadata": {"name": "a", "namespace": "default"}, "data": {"x": "1"}}
    async with (
        started(server_for(tmp_path, "real")) as first,
        KubernetesClient(first.url, first.ca_certificate, first.admin_token) as client,
    ):
        await client.create(CONFIG_MAP, note, "test")
    async with (
        started(server_for(tmp_path, "real")) as second,
        KubernetesClient(second.url, second.ca_certificate, second.admin_token) as client,
    ):
        assert second.url == first.url
        assert (await client.get(CONFIG_MAP, "default", "a"))["data"] == {"x": "1"}


async def test_it_does_not_outlive_its_owner(tmp_path: Path) -> None:
    if not available():
        missing(HOW_TO_GET_THEM)
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout
    pids = [int(word) for word in (await owner.stdout.readline()).split()]
    assert len(pids) == 3
    owner.send_signal(signal.SIGKILL)
    await owner.wait()
    async with asyncio.timeout(20):
        while any(is_alive(pid) for pid in pids):  # noqa: ASYNC110 (other processes)
            await asyncio.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
