"""Which objects are an installation's: told by a label, found by whoever knows the convention."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kube.apply import Applier
from app.kube.applyset import PART_OF, ApplySet, as_member
from app.kube.client import KubeClient
from app.kube.resources import Key, Resources
from tests.kube.manifests import Json, config, custom, definition, namespace

_PARENT = "/api/v1/namespaces/kube-system/configmaps/set"
_keys = st.sets(
    st.tuples(*(st.sampled_from(each) for each in (["", "apps"], ["A", "B"], ["", "ns"], "xyz")))
)


@pytest.fixture
async def members(client: KubeClient, resources: Resources) -> ApplySet:
    found = ApplySet(client, resources, "set")
    await found.open()
    return found


async def _apply(client: KubeClient, resources: Resources, *items: Json) -> None:
    for item in items:
        await client.apply(str(resources.path_of(item)), item)


@given(st.dictionaries(st.sampled_from(["app", PART_OF, "b"]), st.sampled_from(["x", "y"])))
def test_a_member_keeps_its_other_labels_and_is_of_one_set_only(labels: dict[str, str]) -> None:
    item: Json = {"kind": "Thing", "metadata": {"name": "x", "labels": dict(labels)}, "spec": {}}
    member = as_member(item, "set")
    assert member["metadata"]["labels"] == {**labels, PART_OF: _label("set")}
    assert as_member(as_member(item, "other"), "set") == member
    assert item["metadata"]["labels"] == labels


def test_the_id_is_the_conventions_own() -> None:
    """`applyset-` and the unpadded URL-safe base64 of a SHA-256, `-v1`."""
    assert re.fullmatch(r"applyset-[A-Za-z0-9_-]{43}-v1", _label("set"))
    assert _label("set") != _label("other")


async def test_members_are_found_whatever_their_kind_and_nothing_else_is(
    client: KubeClient, resources: Resources, members: ApplySet
) -> None:
    ours = [namespace("ours"), config("a"), config("b", "ours"), config("a", "kube-system")]
    await members.announce(ours)
    await _apply(client, resources, *map(members.labelled, ours), namespace("n"), config("not"))
    found = {(member.key[1], *member.key[2:]) for member in await members.members()}
    assert found == {
        ("Namespace", "", "ours"),
        ("ConfigMap", "default", "a"),
        ("ConfigMap", "ours", "b"),
        ("ConfigMap", "kube-system", "a"),
    }


async def test_kinds_are_announced_before_their_objects_and_stay_until_it_is_complete(
    client: KubeClient, resources: Resources, members: ApplySet
) -> None:
    async def said() -> dict[str, str]:
        found: dict[str, str] = (await client.get(_PARENT))["metadata"]["annotations"]
        return found

    assert members.is_new
    await members.announce([config("a", "one")])
    await members.announce([namespace("two")])
    assert (await said())["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap,Namespace"
    assert (await said())["applyset.kubernetes.io/additional-namespaces"] == "one"
    await members.complete([resources.key_of(namespace("two"))], [])
    assert (await said())["applyset.kubernetes.io/contains-group-kinds"] == "Namespace"
    again = ApplySet(client, resources, "set")
    await again.open()
    assert not again.is_new
    assert again.is_complete([resources.key_of(namespace("two"))])


async def test_members_of_a_kind_that_is_no_longer_served_are_no_trouble(
    client: KubeClient, resources: Resources, members: ApplySet
) -> None:
    async def nothing(*_: object) -> None:
        """Nobody waits, nobody listens."""

    applier = Applier(client, resources, nothing, nothing)
    widgets = [definition("Widget"), custom("Widget", "one")]
    await applier.apply(map(members.labelled, widgets))
    await members.announce(widgets)
    assert len(await members.members()) == 2
    await client.delete(str(resources.path_of(widgets[0])))
    assert await members.members() == []


@given(_keys, _keys)
async def test_a_set_is_complete_with_those_members_only(keys: set[Key], others: set[Key]) -> None:
    client = _TakesEverything()
    done = ApplySet(client, Resources(client), "set")
    await done.complete(sorted(keys), [])
    assert done.is_complete(keys)
    assert done.is_complete(others) == (others == keys)


class _TakesEverything(KubeClient):
    """A server that never refuses, and keeps nothing."""

    def __init__(self) -> None:
        """Needs no connection."""

    async def apply(self, path: str, body: Json) -> Json:
        return body


def _label(name: str) -> str:
    """What marks the members of a set."""
    member: dict[str, dict[str, dict[str, str]]] = as_member({"metadata": {"name": "x"}}, name)
    return member["metadata"]["labels"][PART_OF]
