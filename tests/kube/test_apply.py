"""Many objects at once, and patience with what passes by itself."""

import asyncio

import orjson
import pytest

from app.errors import Message, Permanent
from app.kube.apply import Applier
from app.kube.client import KubeClient
from app.kube.errors import KubeRefused, KubeUnavailable, hindrance, refusal
from app.kube.resources import Resources
from tests.kube.manifests import config, custom, definition, namespace


def _applier(client: KubeClient, resources: Resources, told: list[str], limit: float) -> Applier:
    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0.01)

    async def tell(message: Message) -> None:
        told.append(str(message))

    return Applier(client, resources, pause, tell, limit)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def applier(client: KubeClient, resources: Resources, told: list[str]) -> Applier:
    return _applier(client, resources, told, 900)


async def test_all_objects_are_applied_and_counted(applier: Applier, client: KubeClient) -> None:
    counts: list[int] = []
    await applier.apply([config(f"c{n}", x="y") for n in range(40)], counts.append)
    listed = await client.get("/api/v1/namespaces/default/configmaps")
    assert len([i for i in listed["items"] if i["metadata"]["name"].startswith("c")]) == 40
    assert counts == list(range(1, 41))


async def test_what_needs_something_later_in_the_list_is_tried_again(
    applier: Applier, client: KubeClient, told: list[str]
) -> None:
    await applier.apply(
        [custom("Widget", "one"), config("c", "later"), definition("Widget"), namespace("later")]
    )
    assert await client.get("/apis/example.org/v1/namespaces/default/widgets/one")
    assert await client.get("/api/v1/namespaces/later/configmaps/c")
    assert any("does not serve the kind Widget (example.org/v1) yet" in line for line in told)


async def test_the_wait_for_new_kinds_ends_when_they_are_served(applier: Applier) -> None:
    kinds = {("example.org/v1", "Gadget")}
    await applier.apply([definition("Gadget")])
    await applier.served(kinds)
    assert not applier.resources.missing(kinds)


async def test_a_refusal_for_good_names_object_and_field_in_the_servers_words(
    applier: Applier,
) -> None:
    broken = config("Not A Name")
    with pytest.raises(Permanent, match=r"default/Not A Name \(metadata.name\): .*nvalid"):
        await applier.apply([config("fine"), broken])


async def test_what_never_gets_through_is_given_up_with_its_reason(
    client: KubeClient, resources: Resources, told: list[str]
) -> None:
    applier = _applier(client, resources, told, limit=5)
    with pytest.raises(Permanent, match=r"Ghost default/one: .* its CustomResourceDefinition is"):
        await applier.apply([custom("Ghost", "one")])
    assert len(told) == 1


async def test_fields_that_others_hold_are_taken_over(applier: Applier, client: KubeClient) -> None:
    await applier.apply([config("shared", x="theirs")])
    await applier.apply([config("shared", x="ours")])
    found = await client.get("/api/v1/namespaces/default/configmaps/shared")
    assert found["data"] == {"x": "ours"}
    assert found["metadata"]["managedFields"][0]["manager"] == "kfportal"


def test_a_webhook_without_endpoints_is_transient_and_told_as_what_it_is() -> None:
    said = (
        'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to '
        'call webhook: Post "https://cert-manager-webhook.cert-manager.svc:443/validate": '
        'no endpoints available for service "cert-manager-webhook"'
    )
    error = refusal(500, orjson.dumps({"kind": "Status", "message": said}))
    assert isinstance(error, KubeUnavailable)
    assert str(hindrance("Issuer one", error)) == (
        "Issuer one waits: the webhook webhook.cert-manager.io does not answer yet (no endpoints "
        'available for service "cert-manager-webhook").'
    )


def test_an_invalid_object_is_refused_for_good() -> None:
    error = refusal(422, b'{"kind":"Status","message":"is invalid","reason":"Invalid"}')
    assert isinstance(error, KubeRefused)
    assert (error.cause, error.reason) == ("is invalid", "Invalid")


def test_a_field_of_the_wrong_type_is_refused_for_good_though_the_status_is_500() -> None:
    said = (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): "
        ".spec.replicas: expected numeric (int or float), got string"
    )
    error = refusal(500, orjson.dumps({"kind": "Status", "message": said}))
    assert isinstance(error, KubeRefused)
    assert error.field == "spec.replicas"
