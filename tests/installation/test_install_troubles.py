"""What goes wrong while a bundle is installed: waited for, or told as what it is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.errors import Permanent
from app.kube.client import KubeClient
from app.simulator.controllers import Failure
from app.simulator.controllers.kubelet.fate import Fate
from tests.installation.installing import Json, Story, connected, few, install
from tests.kube.manifests import config, custom, definition, deployment, namespace
from tests.support import control_plane
from tests.support.control_plane import HOW_TO_GET_THEM, SERVERS, RunningCluster, available
from tests.support.tools import missing

pytestmark = pytest.mark.timeout(120)
_HURRY = 300.0


async def test_a_broken_object_stops_it_with_object_field_and_the_servers_words(
    cluster: RunningCluster,
) -> None:
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"default/Not A Name \(metadata.name\): .*nvalid"):
            await install(client, few(config("fine"), config("Not A Name")))


async def test_a_kind_that_nothing_defines_is_named(cluster: RunningCluster) -> None:
    story = Story(speed=_HURRY)
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"Ghost default/one: .*CustomResourceDefinition"):
            await install(client, few(custom("Ghost", "one")), story)
    assert story.tells("the cluster does not serve the kind Ghost")


async def test_a_webhook_that_never_answers_is_named_in_the_end(cluster: RunningCluster) -> None:
    story = Story(speed=_HURRY)
    guarded = [definition("Widget"), _webhook(), custom("Widget", "one")]
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"(?s)nowhere/nobody"):
            await install(client, few(namespace("nowhere"), *guarded), story)


async def test_an_api_server_that_restarts_in_the_middle_is_waited_for(
    cluster: RunningCluster,
) -> None:
    requests, in_the_middle = 0, asyncio.Event()

    async def token(instead_of: str = "") -> str:
        nonlocal requests
        requests += 1
        if requests == 50:
            in_the_middle.set()
        return cluster.token

    many = few(*(config(f"c{number}", x="y") for number in range(300)))
    async with await KubeClient.connect(cluster.url, cluster.ca_certificate, token) as client:
        installing = asyncio.create_task(install(client, many))
        await in_the_middle.wait()
        assert await _count(client) < 300
        await cluster.server.restart_api_server(0.5)
        await installing
        assert await _count(client) == 300


async def test_a_token_that_expires_in_the_middle_is_replaced(cluster: RunningCluster) -> None:
    asked: list[str] = []

    async def token(instead_of: str = "") -> str:
        asked.append(instead_of)
        return "expired" if len(asked) > 50 and not instead_of else cluster.token

    many = few(*(config(f"c{number}", x="y") for number in range(100)))
    async with await KubeClient.connect(cluster.url, cluster.ca_certificate, token) as client:
        await install(client, many)
    assert "expired" in asked


@pytest.fixture(params=SERVERS)
async def without_images(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[RunningCluster]:
    """A cluster whose nodes can pull no image."""
    if request.param == "real" and not available():
        missing(HOW_TO_GET_THEM)
    failure = Failure("ErrImagePull", "Failed to pull image: not found")
    async with control_plane.cluster(
        tmp_path, request.param, fate=lambda *_: Fate(0, failure)
    ) as running:
        yield running


async def test_a_pod_whose_image_cannot_be_had_is_told_of_and_named_when_it_is_late(
    without_images: RunningCluster,
) -> None:
    story = Story(speed=_HURRY)
    async with connected(without_images) as client:
        with pytest.raises(Permanent, match=r"Test is not ready in time.*Deployment default/app"):
            await install(client, few(deployment("app")), story)
    assert story.tells("cannot start, its image cannot be had")


async def test_what_an_earlier_release_had_is_pruned_but_not_what_holds_data(
    cluster: RunningCluster,
) -> None:
    story = Story()
    earlier = few(namespace("old"), config("kept"), config("dropped"), definition("Widget"))
    async with connected(cluster) as client:
        await install(client, earlier)
        await install(client, few(config("kept")), story)
        assert await _count(client) == 1
        assert await client.get("/api/v1/namespaces/old")
    assert story.tells("Namespace old is not part of this Kubeflow any more, and is kept")


async def _count(client: KubeClient) -> int:
    """ConfigMaps of the installation in the namespace `default`."""
    listed = await client.get(
        "/api/v1/namespaces/default/configmaps", labelSelector="applyset.kubernetes.io/part-of"
    )
    return len(listed["items"])


def _webhook() -> Json:
    """Every Widget is to be checked by a Service that nobody stands behind."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "checks-widgets"},
        "webhooks": [
            {
                "name": "widgets.example.org",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"service": {"namespace": "nowhere", "name": "nobody"}},
                "rules": [
                    {
                        "apiGroups": ["example.org"],
                        "apiVersions": ["v1"],
                        "resources": ["widgets"],
                        "operations": ["CREATE", "UPDATE"],
                    }
                ],
            }
        ],
    }
