"""Many objects at once, and patience with what passes by itself."""

import asyncio

import pytest

from app.errors import Permanent
from app.kube.apply import Applier
from app.kube.client import KubeClient
from app.kube.errors import KubeRefused, KubeUnavailable, in_short, refusal
from app.kube.resources import Resources
from tests.kube.manifests import config, custom, definition, namespace


def _applier(client: KubeClient, resources: Resources, told: list[str], limit: float) -> Applier:
    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0.01)

    async def tell(item: str, reason: str) -> None:
        told.append(f"{item}: {reason}")

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
    assert any("Widget is not served yet" in line for line in told)


async def test_the_wait_for_new_kinds_ends_when_they_are_served(applier: Applier) -> None:
    kinds = {("example.org/v1", "Gadget")}
    await applier.apply([definition("Gadget")])
    await applier.served(kinds)
    assert not applier.resources.missing(kinds)


async def test_a_refusal_for_good_names_the_object_and_the_servers_words(
    applier: Applier,
) -> None:
    broken = config("Not A Name")
    with pytest.raises(Permanent, match=r"ConfigMap default/Not A Name: .*nvalid"):
        await applier.apply([config("fine"), broken])


async def test_what_never_gets_through_is_given_up_with_its_reason(
    client: KubeClient, resources: Resources, told: list[str]
) -> None:
    applier = _applier(client, resources, told, limit=5)
    with pytest.raises(Permanent, match="Ghost default/one: the kind Ghost is not served yet"):
        await applier.apply([custom("Ghost", "one")])
    assert len(told) == 1


async def test_fields_that_others_hold_are_taken_over(applier: Applier, client: KubeClient) -> None:
    await applier.apply([config("shared", x="theirs")])
    await applier.apply([config("shared", x="ours")])
    found = await client.get("/api/v1/namespaces/default/configmaps/shared")
    assert found["data"] == {"x": "ours"}
    assert found["metadata"]["managedFields"][0]["manager"] == "kfportal"


def test_a_webhook_without_endpoints_is_transient_and_told_in_short() -> None:
    message = (
        'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to '
        "call webhook: Post https://...: no endpoints available for service"
    )
    error = refusal(
        500, b'{"kind":"Status","message":"' + message.replace('"', '\\"').encode() + b'"}'
    )
    assert isinstance(error, KubeUnavailable)
    assert in_short(error) == "the webhook webhook.cert-manager.io does not answer yet"


def test_an_invalid_object_is_refused_for_good() -> None:
    error = refusal(422, b'{"kind":"Status","message":"is invalid","reason":"Invalid"}')
    assert isinstance(error, KubeRefused)
    assert (error.cause, error.reason) == ("is invalid", "Invalid")
