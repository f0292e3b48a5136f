"""Custom kinds: what a definition opens, checks, shows and takes with it."""

import pytest

from .conftest import Api
from .examples import CONFIGMAPS, CRDS, WIDGETS, widget, widget_definition
from .waiting import until

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.fixture
async def widgets(api: Api) -> Api:
    answer = await api.apply(f"{CRDS}/widgets.example.com", widget_definition())
    assert answer.status_code in (200, 201)
    await api.until_status(WIDGETS, 200)
    return api


async def test_a_definition_is_established_and_its_names_accepted(widgets: Api) -> None:
    status = (await widgets.get(f"{CRDS}/widgets.example.com")).json()["status"]
    conditions = {item["type"]: item["status"] for item in status["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert status["storedVersions"] == ["v1"]
    assert status["acceptedNames"]["listKind"] == "WidgetList"


async def test_its_resources_are_discovered_at_once(widgets: Api) -> None:
    legacy = (await widgets.get("/apis/example.com/v1")).json()["resources"]
    assert [line["name"] for line in legacy] == [
        "widgets",
        "widgets/status",
        "widgets/scale",
    ]
    found = (await widgets.client.get("/apis", headers={"Accept": AGGREGATED})).json()
    group = next(item for item in found["items"] if item["metadata"]["name"] == "example.com")
    assert [version["version"] for version in group["versions"]] == ["v1", "v1beta1"]
    assert group["versions"][0]["resources"][0]["shortNames"] == ["wd"]


async def test_one_storage_is_served_in_every_version(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget("w", size=1))
    older = WIDGETS.replace("/v1/", "/v1beta1/")
    item = (await widgets.get(f"{older}/w")).json()
    assert (item["apiVersion"], item["spec"]["size"]) == ("example.com/v1beta1", 1)
    listed = (await widgets.get(older)).json()
    assert listed["items"][0]["apiVersion"] == "example.com/v1beta1"


async def test_wrong_types_and_values_are_refused(widgets: Api) -> None:
    answer = await widgets.create(WIDGETS, widget("w", size="big", color="green", parts=[{}]))
    assert answer.status_code == 422
    fields = [cause["field"] for cause in answer.json()["details"]["causes"]]
    assert set(fields) == {"spec.size", "spec.color", "spec.parts[0].name"}


async def test_defaults_are_filled_in_and_unknown_fields_dropped(widgets: Api) -> None:
    created = await widgets.create(WIDGETS, widget("w", unheard=1, anything={"free": True}))
    assert created.json()["spec"] == {"anything": {"free": True}, "color": "red"}
    assert "spec.unheard" in created.headers["warning"]


async def test_unknown_fields_are_refused_where_that_is_asked(widgets: Api) -> None:
    answer = await widgets.create(WIDGETS, widget("w", unheard=1), fieldValidation="Strict")
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error:'
        ' unknown field "spec.unheard"'
    )


async def test_there_are_no_protocol_buffers_of_custom_kinds(widgets: Api) -> None:
    only, first = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf, */*"
    assert (await widgets.client.get(WIDGETS, headers={"Accept": only})).status_code == 406
    answer = await widgets.client.get(WIDGETS, headers={"Accept": first})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


async def test_status_and_spec_are_written_apart(widgets: Api) -> None:
    path = f"{WIDGETS}/w"
    created = (await widgets.create(WIDGETS, {**widget("w", size=1), "status": {"x": 1}})).json()
    assert "status" not in created
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    told = (await widgets.patch(f"{path}/status", {"spec": {"size": 9}, "status": ready})).json()
    assert (told["spec"]["size"], told["status"]) == (1, ready)
    assert told["metadata"]["generation"] == 1


async def test_a_replacement_must_come_from_a_version(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget("w"))
    answer = await widgets.client.put(f"{WIDGETS}/w", json=widget("w", size=2))
    assert answer.status_code == 422
    assert answer.json()["details"]["causes"][0]["field"] == "metadata.resourceVersion"


async def test_its_own_columns_are_shown(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget("w", color="blue"))
    ready = {"conditions": [{"type": "Other", "status": "x"}, {"type": "Ready", "status": "True"}]}
    await widgets.patch(f"{WIDGETS}/w/status", {"status": ready})
    accept = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
    table = (await widgets.client.get(WIDGETS, headers=accept)).json()
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Color", "Ready"]
    assert table["rows"][0]["cells"] == ["w", "blue", "True"]


async def test_scale_reads_and_writes_the_declared_paths(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget("w", replicas=2))
    await widgets.patch(f"{WIDGETS}/w/scale", {"spec": {"replicas": 5}})
    assert (await widgets.get(f"{WIDGETS}/w")).json()["spec"]["replicas"] == 5


async def test_strategic_patches_are_not_for_custom_kinds(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget("w"))
    answer = await widgets.patch(f"{WIDGETS}/w", {"spec": {}}, "strategic-merge")
    assert answer.status_code == 415


async def test_a_definition_takes_its_objects_with_it(api: Api) -> None:
    definition, gadgets = f"{CRDS}/gadgets.example.com", WIDGETS.replace("widgets", "gadgets")
    await api.apply(definition, widget_definition("gadgets", "Gadget"))
    await api.until_status(gadgets, 200)
    await api.create(gadgets, {**widget("g"), "kind": "Gadget"})
    await api.delete(definition)
    await api.until_gone(definition)
    await api.until_gone(gadgets)
    await api.apply(definition, widget_definition("gadgets", "Gadget"))
    await api.until_status(gadgets, 200)
    assert (await api.get(gadgets)).json()["items"] == []
    await api.delete(definition)


async def test_a_definition_must_be_named_after_its_kind(api: Api) -> None:
    item = widget_definition()
    item["metadata"]["name"] = "things.example.com"
    answer = await api.create(CRDS, item)
    assert answer.status_code == 422
    assert answer.json()["details"]["causes"][0]["field"] == "metadata.name"


async def test_gke_has_its_own_kinds_from_the_start(simulated: Api) -> None:
    for path in (
        "/apis/cloud.google.com/v1/backendconfigs",
        "/apis/cloud.google.com/v1beta1/backendconfigs",
        "/apis/networking.gke.io/v1beta1/frontendconfigs",
        "/apis/networking.gke.io/v1/managedcertificates",
        "/apis/networking.gke.io/v1beta1/servicenetworkendpointgroups",
    ):
        assert (await simulated.get(path)).status_code == 200


async def test_kinds_have_their_openapi_document(widgets: Api) -> None:
    async def published() -> bool:
        return "apis/example.com/v1" in (await widgets.get("/openapi/v3")).json()["paths"]

    await until(published)
    paths = (await widgets.get("/openapi/v3")).json()["paths"]
    document = (await widgets.get(paths["apis/example.com/v1"]["serverRelativeURL"])).json()
    schema = document["components"]["schemas"]["com.example.v1.Widget"]
    assert schema["x-kubernetes-group-version-kind"] == [
        {"group": "example.com", "version": "v1", "kind": "Widget"}
    ]
    assert schema["properties"]["spec"]["properties"]["size"] == {"type": "integer"}
    assert (await widgets.get(f"{CONFIGMAPS}?limit=1")).status_code == 200
