"""What goes wrong while a bundle is installed: waited for, or told as what it is."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from app.errors import Message, Permanent
from app.kube.apply import Applier
from app.kube.client import KubeClient
from app.kube.resources import Resources
from app.simulator.controllers import Failure
from app.simulator.controllers.kubelet.fate import Fate
from tests.installation.installing import Fates, Json, Story, connected, few, install
from tests.kube.manifests import config, custom, definition, deployment, namespace, service
from tests.support.control_plane import ClusterThread

pytestmark = pytest.mark.timeout(120)
_HURRY = 300.0


async def test_a_broken_object_stops_it_with_object_field_and_the_servers_words(
    cluster: ClusterThread,
) -> None:
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"default/Not A Name \(metadata.name\): .*nvalid"):
            await install(client, few(config("fine"), config("Not A Name")))


async def test_a_kind_that_nothing_defines_is_named(cluster: ClusterThread) -> None:
    story = Story(speed=_HURRY)
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"Ghost default/one: .*CustomResourceDefinition"):
            await install(client, few(custom("Ghost", "one")), story)
    assert story.tells("the cluster does not serve the kind Ghost")


async def test_a_webhook_behind_which_there_is_nobody_is_named_in_the_end(
    cluster: ClusterThread,
) -> None:
    story = Story(speed=6 * _HURRY)
    guarded = [definition("Widget"), _webhook(cluster, "nobody"), custom("Widget", "one")]
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"behind the Service of a webhook.*: default/nobody"):
            await install(client, few(*guarded), story)


async def test_a_webhook_that_does_not_answer_is_told_of_waited_for_and_named_in_the_end(
    cluster: ClusterThread,
) -> None:
    story = Story(speed=_HURRY)
    checker = [deployment("checker"), service("checker"), _webhook(cluster, "checker")]
    bundle = few(*checker, definition("Widget"), custom("Widget", "one"))
    async with connected(cluster) as client:
        cluster.webhooks.silent.add("checker.default.svc")
        installing = asyncio.create_task(install(client, bundle, story))
        await story.told("Widget default/one waits: the webhook widgets.example.org does not")
        cluster.webhooks.silent.clear()
        await installing
        cluster.webhooks.silent.add("checker.default.svc")
        applier = await _impatient(client, story)
        with pytest.raises(Permanent, match=r"Widget default/two: after .* deadline exceeded"):
            await applier.apply([custom("Widget", "two")])


async def _impatient(client: KubeClient, story: Story) -> Applier:
    """Whoever applies with it has two seconds."""

    async def tell(message: Message) -> None:
        values: Json = message.values
        await story.say(message.template, **values)

    resources = Resources(client)
    await resources.refresh()
    return Applier(client, resources, story.pause, tell, limit=2)


async def test_an_api_server_that_restarts_in_the_middle_is_waited_for(
    cluster: ClusterThread,
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
        await asyncio.to_thread(cluster.restart_api_server, 0.5)
        await installing
        assert await _count(client) == 300


async def test_a_token_that_expires_in_the_middle_is_replaced(cluster: ClusterThread) -> None:
    asked: list[str] = []

    async def token(instead_of: str = "") -> str:
        asked.append(instead_of)
        return "expired" if len(asked) > 50 and not instead_of else cluster.token

    many = few(*(config(f"c{number}", x="y") for number in range(100)))
    async with await KubeClient.connect(cluster.url, cluster.ca_certificate, token) as client:
        await install(client, many)
    assert "expired" in asked


async def test_a_pod_whose_image_cannot_be_had_is_told_of_and_named_when_it_is_late(
    cluster: ClusterThread, fates: Fates
) -> None:
    story = Story(speed=_HURRY)
    fates.of_all = Fate(0, Failure("ErrImagePull", "Failed to pull image: not found"))
    async with connected(cluster) as client:
        with pytest.raises(Permanent, match=r"Test is not ready in time.*Deployment default/app"):
            await install(client, few(deployment("app")), story)
    assert story.tells("cannot start, its image cannot be had")


async def test_what_an_earlier_release_had_is_pruned_but_not_what_holds_data(
    cluster: ClusterThread,
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


def _webhook(cluster: ClusterThread, service: str) -> Json:
    """Every Widget is to be checked by a Service."""
    host = f"{service}.default.svc"
    authority = cluster.server.issue(host, [host], datetime.now(UTC)).authority
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "checks-widgets"},
        "webhooks": [
            {
                "name": "widgets.example.org",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 1,
                "clientConfig": {
                    "service": {"namespace": "default", "name": service},
                    "caBundle": b64encode(authority).decode(),
                },
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
