"""Server-side apply: who owns what, conflicts, and what disappears."""

from typing import Any

from .conftest import Api
from .examples import (
    CONFIGMAPS,
    CRDS,
    DEPLOYMENTS,
    WIDGETS,
    config_map,
    deployment,
    widget,
    widget_definition,
)

A, B = f"{CONFIGMAPS}/a", f"{DEPLOYMENTS}/web"


def managers(item: dict[str, Any]) -> dict[str, Any]:
    return {line["manager"]: line["fieldsV1"] for line in item["metadata"]["managedFields"]}


async def test_the_first_application_creates_the_object(api: Api) -> None:
    answer = await api.apply(A, config_map("a", {"x": "1"}))
    assert answer.status_code == 201
    assert managers(answer.json()) == {"portal": {"f:data": {"f:x": {}}}}


async def test_applying_the_same_again_changes_nothing(api: Api) -> None:
    first = await api.apply(B, deployment("web", replicas=2))
    again = await api.apply(B, deployment("web", replicas=2))
    assert again.status_code == 200
    assert again.json() == first.json()


async def test_a_field_that_is_no_longer_applied_disappears(api: Api) -> None:
    await api.apply(A, config_map("a", {"x": "1", "y": "2"}))
    answer = await api.apply(A, config_map("a", {"x": "1"}))
    assert answer.json()["data"] == {"x": "1"}


async def test_a_field_that_another_manager_also_owns_stays(api: Api) -> None:
    await api.apply(A, config_map("a", {"x": "1", "y": "2"}))
    await api.apply(A, config_map("a", {"y": "2"}), manager="other")
    answer = await api.apply(A, config_map("a", {"x": "1"}))
    assert answer.json()["data"] == {"x": "1", "y": "2"}
    assert managers(answer.json())["other"] == {"f:data": {"f:y": {}}}


async def test_a_field_that_nobody_owns_is_kept(api: Api) -> None:
    await api.apply(B, deployment("web"))
    answer = await api.apply(B, deployment("web", minReadySeconds=5))
    assert answer.json()["spec"]["revisionHistoryLimit"] == 10


async def test_a_conflict_names_the_manager_and_the_field(api: Api) -> None:
    await api.apply(B, deployment("web", replicas=1))
    answer = await api.apply(B, deployment("web", replicas=3), manager="other")
    status = answer.json()
    assert answer.status_code == 409
    assert status["reason"] == "Conflict"
    assert status["message"] == (
        'Apply failed with 1 conflict: conflict with "portal": .spec.replicas'
    )
    assert status["details"]["causes"] == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "portal"',
            "field": ".spec.replicas",
        }
    ]


async def test_several_conflicts_are_listed_by_manager(api: Api) -> None:
    await api.create(DEPLOYMENTS, deployment("web", replicas=1), fieldManager="hand")
    item = deployment("web", {"name": "main", "image": "other:1"}, replicas=2)
    answer = await api.apply(B, item)
    assert answer.json()["message"] == (
        'Apply failed with 2 conflicts: conflicts with "hand" using apps/v1:\n'
        "- .spec.replicas\n"
        '- .spec.template.spec.containers[name="main"].image'
    )


async def test_force_takes_the_field_over(api: Api) -> None:
    await api.apply(B, deployment("web", replicas=1))
    answer = await api.apply(B, deployment("web", replicas=3), manager="other", force=True)
    assert answer.json()["spec"]["replicas"] == 3
    assert "f:replicas" not in managers(answer.json())["portal"]["f:spec"]


async def test_the_same_value_is_owned_by_both(api: Api) -> None:
    await api.apply(B, deployment("web", replicas=1))
    answer = await api.apply(B, deployment("web", replicas=1), manager="other")
    assert answer.status_code == 200
    owned = managers(answer.json())
    assert owned["portal"] == owned["other"]


async def test_an_update_takes_ownership_from_an_applier(api: Api) -> None:
    await api.apply(A, config_map("a", {"x": "1"}))
    await api.patch(f"{A}?fieldManager=hand", {"data": {"x": "2"}})
    answer = await api.apply(A, config_map("a", {"x": "1"}))
    assert answer.status_code == 409
    assert 'conflict with "hand" using v1: .data.x' in answer.json()["message"]


async def test_lists_merge_by_their_keys(api: Api) -> None:
    sidecar = {"name": "sidecar", "image": "proxy:1"}
    main = {"name": "main", "image": "nginx:1.27", "ports": [{"containerPort": 80}]}
    await api.apply(B, deployment("web", main))
    other = deployment("web", sidecar)
    merged = (await api.apply(B, other, manager="injector")).json()
    names = [item["name"] for item in merged["spec"]["template"]["spec"]["containers"]]
    assert sorted(names) == ["main", "sidecar"]
    without = (await api.apply(B, deployment("web", main))).json()
    assert without["spec"] == merged["spec"]


async def test_an_item_that_is_no_longer_applied_goes_with_its_defaults(api: Api) -> None:
    main, extra = {"name": "main", "image": "a:1"}, {"name": "extra", "image": "b:1"}
    await api.apply(B, deployment("web", main, extra))
    answer = (await api.apply(B, deployment("web", main))).json()
    containers = answer["spec"]["template"]["spec"]["containers"]
    assert [item["name"] for item in containers] == ["main"]


async def test_an_atomic_list_is_owned_as_a_whole(api: Api) -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "reader"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/reader"
    await api.apply(path, role)
    answer = await api.apply(path, {**role, "rules": []}, manager="other")
    assert answer.json()["details"]["causes"][0]["field"] == ".rules"


async def test_sets_and_keyed_lists_of_a_custom_kind_merge(api: Api) -> None:
    await api.apply(f"{CRDS}/widgets.example.com", widget_definition())
    await api.until_status(WIDGETS, 200)
    path = f"{WIDGETS}/w"
    await api.apply(path, widget("w", tags=["a"], parts=[{"name": "one", "weight": 1}]))
    other = widget("w", tags=["b"], parts=[{"name": "two", "weight": 2}])
    merged = (await api.apply(path, other, manager="other")).json()
    assert merged["spec"]["tags"] == ["b", "a"] or merged["spec"]["tags"] == ["a", "b"]
    assert {part["name"] for part in merged["spec"]["parts"]} == {"one", "two"}
    assert managers(merged)["other"]["f:spec"]["f:tags"] == {'v:"b"': {}}
    left = (await api.apply(path, widget("w", tags=["a"]))).json()
    assert [part["name"] for part in left["spec"]["parts"]] == ["two"]


async def test_a_definition_owns_its_versions_as_one_value(api: Api) -> None:
    answer = await api.apply(f"{CRDS}/widgets.example.com", widget_definition())
    assert managers(answer.json())["portal"]["f:spec"]["f:versions"] == {}


async def test_whoever_creates_owns_what_it_says_and_not_what_the_server_adds(api: Api) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    spec = {"ports": [{"port": 80}], "selector": {"app": "web"}}
    path = "/api/v1/namespaces/default/services"
    made = await api.create(path, {**service, "spec": spec}, fieldManager="hand")
    owned = managers(made.json())["hand"]["f:spec"]
    plain = {"f:internalTrafficPolicy", "f:selector", "f:sessionAffinity", "f:type"}
    assert set(owned) == {*plain, "f:ports"}
    assert set(owned["f:ports"]) == {".", 'k:{"port":80,"protocol":"TCP"}'}
    deployed = await api.create(DEPLOYMENTS, deployment("web"), fieldManager="hand")
    pods = managers(deployed.json())["hand"]["f:spec"]["f:template"]["f:spec"]
    main = pods["f:containers"]['k:{"name":"main"}']
    assert "." not in pods["f:containers"]
    assert main["f:resources"] == pods["f:securityContext"] == {}


async def test_a_dry_run_shows_the_result_and_writes_nothing(api: Api) -> None:
    await api.apply(A, config_map("a", {"x": "1"}))
    answer = await api.apply(A, config_map("a", {"x": "2"}), dryRun="All")
    assert answer.json()["data"] == {"x": "2"}
    assert (await api.get(A)).json()["data"] == {"x": "1"}


async def test_the_status_is_applied_through_its_subresource_only(api: Api) -> None:
    item = deployment("web")
    await api.apply(B, {**item, "status": {"replicas": 7}})
    assert not (await api.get(B)).json().get("status")
    status = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    answer = await api.apply(f"{B}/status", {**status, "status": {"replicas": 7}}, manager="ctl")
    assert answer.json()["status"] == {"replicas": 7}
    assert answer.json()["spec"]["replicas"] == 1


async def test_a_field_that_no_schema_declares_is_never_applied(api: Api) -> None:
    item = deployment("web", {"name": "main", "image": "a:1", "imagePullPolice": "Always"})
    answer = await api.apply(B, item)
    path = '.spec.template.spec.containers[name="main"].imagePullPolice'
    assert answer.status_code == 500
    assert answer.json()["message"] == (
        "failed to create typed patch object (/web; apps/v1, Kind=Deployment):"
        f" {path}: field not declared in schema"
    )


async def test_an_applier_must_name_itself(api: Api) -> None:
    answer = await api.apply(A, config_map("a"), manager="")
    assert answer.status_code == 422
