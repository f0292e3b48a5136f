"""Deletion: finalizers, owners, Pods' grace, namespaces."""

from .conftest import Api
from .examples import CONFIGMAPS, PODS, config_map, namespace, owned_by, pod
from .waiting import until


async def test_a_finalizer_holds_the_object_back(api: Api) -> None:
    path = f"{CONFIGMAPS}/a"
    await api.create(CONFIGMAPS, config_map("a", finalizers=["example.com/hold"]))
    deleting = (await api.delete(path)).json()
    assert deleting["metadata"]["deletionTimestamp"]
    await api.patch(path, {"metadata": {"finalizers": None}})
    assert (await api.get(path)).status_code == 404


async def test_a_deletion_answers_with_a_status(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    status = (await api.delete(f"{CONFIGMAPS}/a")).json()
    assert status["status"] == "Success"
    assert (status["details"]["name"], status["details"]["kind"]) == ("a", "configmaps")


async def test_a_precondition_protects_a_newer_object(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    answer = await api.delete(f"{CONFIGMAPS}/a", preconditions={"uid": "another"})
    assert answer.status_code == 409
    assert (await api.get(f"{CONFIGMAPS}/a")).status_code == 200


async def test_dependents_follow_their_owner(api: Api) -> None:
    owner = (await api.create(CONFIGMAPS, config_map("owner"))).json()
    await api.create(CONFIGMAPS, owned_by(config_map("child"), owner))
    await api.delete(f"{CONFIGMAPS}/owner")
    await api.until_gone(f"{CONFIGMAPS}/child")


async def test_a_dependent_with_another_owner_stays(api: Api) -> None:
    one = (await api.create(CONFIGMAPS, config_map("one"))).json()
    two = (await api.create(CONFIGMAPS, config_map("two"))).json()
    child = owned_by(config_map("child"), one)
    child["metadata"]["ownerReferences"] += owned_by(config_map("x"), two)["metadata"][
        "ownerReferences"
    ]
    await api.create(CONFIGMAPS, child)
    await api.delete(f"{CONFIGMAPS}/one")

    async def forgotten() -> bool:
        item = (await api.get(f"{CONFIGMAPS}/child")).json()
        return len(item["metadata"]["ownerReferences"]) == 1

    await until(forgotten)


async def test_an_owner_in_the_foreground_waits_for_its_dependents(api: Api) -> None:
    owner = (await api.create(CONFIGMAPS, config_map("owner"))).json()
    child = owned_by(config_map("child"), owner, blockOwnerDeletion=True)
    child["metadata"]["finalizers"] = ["example.com/hold"]
    await api.create(CONFIGMAPS, child)
    waiting = await api.delete(f"{CONFIGMAPS}/owner", propagationPolicy="Foreground")
    assert waiting.json()["metadata"]["finalizers"] == ["foregroundDeletion"]

    async def child_is_deleting() -> bool:
        return "deletionTimestamp" in (await api.get(f"{CONFIGMAPS}/child")).json()["metadata"]

    await until(child_is_deleting)
    assert (await api.get(f"{CONFIGMAPS}/owner")).status_code == 200
    await api.patch(f"{CONFIGMAPS}/child", {"metadata": {"finalizers": None}})
    await api.until_gone(f"{CONFIGMAPS}/owner")


async def test_orphans_stay_without_an_owner(api: Api) -> None:
    owner = (await api.create(CONFIGMAPS, config_map("owner"))).json()
    await api.create(CONFIGMAPS, owned_by(config_map("child"), owner))
    await api.delete(f"{CONFIGMAPS}/owner", propagationPolicy="Orphan")
    await api.until_gone(f"{CONFIGMAPS}/owner")
    child = (await api.get(f"{CONFIGMAPS}/child")).json()
    assert "ownerReferences" not in child["metadata"]


async def test_an_object_whose_owner_never_was_is_collected(api: Api) -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "uid": "none"}}
    await api.create(CONFIGMAPS, owned_by(config_map("child"), owner))
    await api.until_gone(f"{CONFIGMAPS}/child")


async def test_a_pod_on_a_node_ends_when_its_kubelet_says_so(api: Api) -> None:
    await api.create(PODS, pod("p", nodeName="n1"))
    deleting = (await api.delete(f"{PODS}/p")).json()
    assert deleting["metadata"]["deletionGracePeriodSeconds"] == 30
    assert (await api.get(f"{PODS}/p")).status_code == 200
    await api.delete(f"{PODS}/p", gracePeriodSeconds=0)
    assert (await api.get(f"{PODS}/p")).status_code == 404


async def test_a_pod_without_a_node_goes_at_once(api: Api) -> None:
    await api.create(PODS, pod("p"))
    await api.delete(f"{PODS}/p")
    assert (await api.get(f"{PODS}/p")).status_code == 404


async def test_a_namespace_goes_with_its_content_unless_that_is_held_back(api: Api) -> None:
    free, held = (f"/api/v1/namespaces/{api.namespace}-{name}" for name in ("free", "held"))
    for path, finalizers in ((free, []), (held, ["example.com/hold"])):
        await api.create("/api/v1/namespaces", namespace(path.rpartition("/")[2]))
        await api.create(f"{path}/configmaps", config_map("a", finalizers=finalizers))
        assert (await api.delete(path)).json()["status"]["phase"] == "Terminating"
    refused = await api.create(f"{held}/configmaps", config_map("b"))
    assert refused.status_code == 403
    assert refused.json()["details"]["causes"][0]["reason"] == "NamespaceTerminating"

    async def told() -> bool:
        status = (await api.get(held)).json()["status"]
        return "example.com/hold in 1 resource instances" in str(status.get("conditions"))

    await until(told)
    await api.until_gone(free)
    await api.patch(f"{held}/configmaps/a", {"metadata": {"finalizers": None}})


async def test_a_collection_is_deleted_by_label(api: Api) -> None:
    for name in ("a", "b"):
        await api.create(CONFIGMAPS, config_map(name, labels={"name": name}))
    await api.client.delete(CONFIGMAPS, params={"labelSelector": "name=a"})
    items = (await api.get(CONFIGMAPS)).json()["items"]
    assert [item["metadata"]["name"] for item in items] == ["b"]


async def test_the_first_namespaces_cannot_be_deleted(api: Api) -> None:
    answer = await api.delete("/api/v1/namespaces/default")
    assert answer.status_code == 403
    assert answer.json()["message"].endswith("this namespace may not be deleted")
