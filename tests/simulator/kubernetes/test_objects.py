"""Creating, changing and refusing objects, and the errors' wording."""

import httpx

from .conftest import Api, client_of
from .examples import CONFIGMAPS, DEPLOYMENTS, PODS, config_map, deployment, namespace, pod

A = f"{CONFIGMAPS}/a"


async def test_nobody_unknown_gets_an_answer(api: Api) -> None:
    async with client_of(api.server, "wrong") as stranger:
        answer = await stranger.get("/api/v1/namespaces")
    assert answer.status_code == 401
    assert answer.json()["reason"] == "Unauthorized"


async def test_a_user_of_the_cloud_is_known_by_the_token(api: Api) -> None:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    async with client_of(api.server, "token-of-alice") as alice:
        answer = await alice.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", json=review)
    assert answer.json()["status"]["userInfo"]["username"] == "alice@example.com"


async def test_a_service_account_gets_a_token_that_works(api: Api) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
    await api.create("/api/v1/namespaces/default/serviceaccounts", account)
    path = "/api/v1/namespaces/default/serviceaccounts/robot/token"
    token = (await api.create(path, {"spec": {}})).json()["status"]["token"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    async with client_of(api.server, token) as robot:
        answer = await robot.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", json=review)
    name = f"system:serviceaccount:{api.namespace}:robot"
    assert answer.json()["status"]["userInfo"]["username"] == name


async def test_version_and_health_are_open_to_all(api: Api) -> None:
    async with client_of(api.server, "wrong") as stranger:
        assert (await stranger.get("/version")).status_code == 401
        del stranger.headers["Authorization"]
        assert (await stranger.get("/version")).json()["gitVersion"].startswith("v1.")
        assert (await stranger.get("/readyz")).text == "ok"


async def test_a_new_object_gets_an_identity(api: Api) -> None:
    created = (await api.create(DEPLOYMENTS, deployment("web"))).json()
    metadata = created["metadata"]
    assert {"uid", "creationTimestamp", "resourceVersion"} <= set(metadata)
    assert metadata["generation"] == 1
    assert created["spec"]["replicas"] == 1


async def test_a_generated_name_begins_as_asked(api: Api) -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "run-"}}
    assert (await api.create(CONFIGMAPS, item)).json()["metadata"]["name"].startswith("run-")


async def test_what_exists_is_not_created_again(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    answer = await api.create(CONFIGMAPS, config_map("a"))
    assert (answer.status_code, answer.json()["reason"]) == (409, "AlreadyExists")
    assert answer.json()["message"] == 'configmaps "a" already exists'


async def test_what_is_missing_is_named(api: Api) -> None:
    answer = await api.get(f"{DEPLOYMENTS}/none")
    assert answer.status_code == 404
    assert answer.json()["message"] == 'deployments.apps "none" not found'
    assert answer.json()["details"] == {"name": "none", "group": "apps", "kind": "deployments"}


async def test_an_unknown_kind_is_not_found(api: Api) -> None:
    answer = await api.get("/apis/apps/v1/things")
    assert answer.status_code == 404
    assert answer.json()["message"] == "the server could not find the requested resource"
    unheard = await api.get("/apis/nowhere.io/v1/things")
    assert (unheard.status_code, unheard.text) == (404, "404 page not found\n")


async def test_a_missing_namespace_is_named(api: Api) -> None:
    answer = await api.create("/api/v1/namespaces/none/configmaps", config_map("a"))
    assert (answer.status_code, answer.json()["message"]) == (404, 'namespaces "none" not found')


async def test_a_write_from_an_old_version_is_refused(api: Api) -> None:
    old = (await api.create(CONFIGMAPS, config_map("a", {"x": "1"}))).json()
    await api.patch(A, {"data": {"x": "2"}})
    answer = await api.client.put(A, json={**old, "data": {"x": "3"}})
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("Operation cannot be fulfilled on configmaps")


async def test_a_write_that_changes_nothing_keeps_the_version(api: Api) -> None:
    created = (await api.create(CONFIGMAPS, config_map("a", {"x": "1"}))).json()
    same = await api.client.put(A, json=created)
    assert same.json() == created


async def test_generation_follows_the_spec_only(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    await api.create(DEPLOYMENTS, deployment("web"))
    labelled = (await api.patch(path, {"metadata": {"labels": {"x": "y"}}})).json()
    assert labelled["metadata"]["generation"] == 1
    scaled = (await api.patch(path, {"spec": {"replicas": 4}})).json()
    assert scaled["metadata"]["generation"] == 2
    told = (await api.patch(f"{path}/status", {"status": {"replicas": 4}})).json()
    assert (told["metadata"]["generation"], told["status"]) == (2, {"replicas": 4})


async def test_every_wrong_field_is_named(api: Api) -> None:
    item = deployment("web", {"name": "main"})
    del item["spec"]["selector"]
    answer = await api.create(DEPLOYMENTS, item)
    assert answer.status_code == 422
    fields = [cause["field"] for cause in answer.json()["details"]["causes"]]
    assert fields == [
        "spec.selector",
        "spec.template.metadata.labels",
        "spec.template.spec.containers[0].image",
    ]
    assert answer.json()["message"].startswith('Deployment.apps "web" is invalid: [spec.selector')


async def test_a_selector_never_changes(api: Api) -> None:
    await api.create(DEPLOYMENTS, deployment("web"))
    change = {"spec": {"selector": {"matchLabels": {"app": "other"}}}}
    answer = await api.patch(f"{DEPLOYMENTS}/web", change)
    assert answer.status_code == 422
    assert "field is immutable" in answer.json()["message"]


async def test_patches_of_every_kind(api: Api) -> None:
    main = {"name": "main", "image": "a:1", "env": [{"name": "X", "value": "1"}]}
    path = f"{DEPLOYMENTS}/web"
    await api.create(DEPLOYMENTS, deployment("web", main))
    await api.patch(path, [{"op": "replace", "path": "/spec/replicas", "value": 5}], "json")
    await api.patch(path, {"metadata": {"annotations": {"note": "x"}}}, "merge")
    added = {"name": "main", "env": [{"name": "Y", "value": "2"}]}
    change = {"spec": {"template": {"spec": {"containers": [added]}}}}
    item = (await api.patch(path, change, "strategic-merge")).json()
    container = item["spec"]["template"]["spec"]["containers"][0]
    assert item["spec"]["replicas"] == 5
    assert item["metadata"]["annotations"] == {"note": "x"}
    assert (container["image"], [v["name"] for v in container["env"]]) == ("a:1", ["Y", "X"])


async def test_a_strategic_patch_deletes_by_directive(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    one, two = {"name": "one", "image": "a:1"}, {"name": "two", "image": "b:1"}
    await api.create(DEPLOYMENTS, deployment("web", one, two))
    change = {"containers": [{"name": "one", "$patch": "delete"}]}
    patch = {"spec": {"template": {"spec": change}}}
    item = (await api.patch(path, patch, "strategic-merge")).json()
    assert [c["name"] for c in item["spec"]["template"]["spec"]["containers"]] == ["two"]


async def test_a_json_patch_that_does_not_fit_is_refused(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    answer = await api.patch(A, [{"op": "test", "path": "/data/x", "value": "1"}], "json")
    assert answer.status_code == 422


async def test_a_service_gets_an_address_and_keeps_it(api: Api) -> None:
    path = "/api/v1/namespaces/default/services"
    item = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    spec = {"ports": [{"port": 80}], "selector": {"app": "web"}}
    created = (await api.create(path, {**item, "spec": spec})).json()
    address = created["spec"]["clusterIP"]
    assert (address.startswith("10."), created["status"]) == (True, {"loadBalancer": {}})
    replaced = await api.client.put(f"{path}/web", json={**item, "spec": spec})
    assert replaced.json()["spec"]["clusterIP"] == address


async def test_plain_secrets_are_encoded(api: Api) -> None:
    item = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    created = await api.create(
        "/api/v1/namespaces/default/secrets", {**item, "stringData": {"key": "value"}}
    )
    assert created.json()["data"] == {"key": "dmFsdWU="}
    assert "stringData" not in created.json()


async def test_yaml_is_read(api: Api) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {day: '2026-03-21'}\n"
    answer = await api.client.post(
        CONFIGMAPS, content=text, headers={"Content-Type": "application/yaml"}
    )
    assert answer.json()["data"] == {"day": "2026-03-21"}


async def test_lists_are_selected_by_labels_and_fields(api: Api) -> None:
    for name, tier in (("a", "front"), ("b", "back"), ("c", "back")):
        await api.create(CONFIGMAPS, config_map(name, labels={"tier": tier}))

    async def names(**query: str) -> list[str]:
        items = (await api.get(CONFIGMAPS, **query)).json()["items"]
        return [item["metadata"]["name"] for item in items]

    assert await names(labelSelector="tier=back") == ["b", "c"]
    assert await names(labelSelector="tier in (front,back),tier!=back") == ["a"]
    assert await names(labelSelector="!tier") == []
    assert await names(fieldSelector="metadata.name=c") == ["c"]
    refused = await api.get(CONFIGMAPS, fieldSelector="data.x=1")
    assert refused.json()["message"] == (
        '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )
    unknown = await api.get(PODS, fieldSelector="data.x=1")
    assert unknown.json()["message"] == "field label not supported: data.x"


async def test_a_list_comes_in_parts(api: Api) -> None:
    for name in ("a", "b", "c"):
        await api.create(CONFIGMAPS, config_map(name, labels={"tier": "x"}))
    chosen = {"labelSelector": "tier=x", "limit": 2}
    first = (await api.get(CONFIGMAPS, **chosen)).json()
    assert [item["metadata"]["name"] for item in first["items"]] == ["a", "b"]
    assert "remainingItemCount" not in first["metadata"]
    token = first["metadata"]["continue"]
    rest = (await api.get(CONFIGMAPS, **chosen, **{"continue": token})).json()
    assert [item["metadata"]["name"] for item in rest["items"]] == ["c"]
    assert rest["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}
    everything = (await api.get(CONFIGMAPS)).json()["items"]
    parted = (await api.get(CONFIGMAPS, limit=1)).json()
    assert parted["metadata"]["remainingItemCount"] == len(everything) - 1
    odd = await api.get(CONFIGMAPS, **{"continue": "odd"})
    assert odd.status_code == 400
    assert odd.json()["message"].startswith("invalid continue token: continue key is not valid")


async def test_items_of_a_list_do_not_repeat_their_kind(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    listed = (await api.get(CONFIGMAPS)).json()
    assert listed["kind"] == "ConfigMapList"
    assert all(set(item) <= {"metadata", "data"} for item in listed["items"])
    accept = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
    partial = (await api.client.get(CONFIGMAPS, headers=accept)).json()
    assert {item["kind"] for item in partial["items"]} == {"PartialObjectMetadata"}


async def test_values_take_the_form_in_which_they_are_kept(api: Api) -> None:
    limits = {"cpu": "1000m", "memory": "2048Mi", "ephemeral-storage": "1.5Gi"}
    main = {"name": "main", "image": "a:1", "stdin": False, "args": []}
    main["resources"] = {"limits": limits, "requests": {"cpu": 0.5}}
    item = (await api.create(PODS, pod("p", containers=[main], hostNetwork=False))).json()
    kept = item["spec"]["containers"][0]
    assert kept["resources"] == {
        "limits": {"cpu": "1", "memory": "2Gi", "ephemeral-storage": "1536Mi"},
        "requests": {"cpu": "500m", "memory": "2Gi", "ephemeral-storage": "1536Mi"},
    }
    assert not {"stdin", "args"} & set(kept)
    assert "hostNetwork" not in item["spec"]
    nothing = {**config_map("n"), "data": {"a": None, "b": "1"}}
    assert (await api.create(CONFIGMAPS, nothing)).json()["data"] == {"a": "", "b": "1"}


async def test_a_value_of_another_type_is_refused(api: Api) -> None:
    item = deployment("web", {"name": "main", "image": "a:1", "ports": {"http": 80}})
    created = await api.create(DEPLOYMENTS, item)
    assert (created.status_code, created.json()["message"]) == (
        400,
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal'
        " object into Go struct field Container.spec.template.spec.containers.ports of type"
        " []v1.ContainerPort",
    )
    applied = await api.apply(f"{DEPLOYMENTS}/web", deployment("web", replicas="three"))
    assert (applied.status_code, applied.json()["message"]) == (
        500,
        "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.replicas:"
        " expected numeric (int or float), got string",
    )
    lots = {"name": "main", "image": "a:1", "resources": {"limits": {"cpu": "lots"}}}
    created = await api.create(PODS, pod("p", containers=[lots]))
    assert created.json()["message"].startswith(
        'Pod in version "v1" cannot be handled as a Pod: quantities must match'
    )


async def test_a_table_has_columns_and_rows(api: Api) -> None:
    await api.create(PODS, pod("p"))
    accept = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
    table = (await api.client.get(PODS, headers=accept)).json()
    names = [column["name"] for column in table["columnDefinitions"]]
    assert table["kind"] == "Table"
    assert names[:5] == ["Name", "Ready", "Status", "Restarts", "Age"]
    assert table["rows"][0]["cells"][:3] == ["p", "0/1", "Pending"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


async def test_only_metadata_is_sent_where_only_that_is_wanted(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a", {"x": "1"}))
    accept = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
    item = (await api.client.get(A, headers=accept)).json()
    assert set(item) == {"kind", "apiVersion", "metadata"}


async def test_what_cannot_be_answered_or_read_is_said(api: Api) -> None:
    unreadable = {"Accept": "text/csv"}
    assert (await api.client.get(CONFIGMAPS, headers=unreadable)).status_code == 406
    both = {"Accept": "application/vnd.kubernetes.protobuf,application/json"}
    assert (await api.client.get(CONFIGMAPS, headers=both)).status_code == 200
    odd = {"Content-Type": "text/csv"}
    assert (await api.client.post(CONFIGMAPS, content="a", headers=odd)).status_code == 415
    assert (await api.client.post("/api/v1/namespaces/default/pods/x")).status_code == 405


async def test_replicas_are_scaled_through_the_subresource(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    await api.create(DEPLOYMENTS, deployment("web"))
    scale = (await api.get(f"{path}/scale")).json()
    assert (scale["kind"], scale["spec"]["replicas"]) == ("Scale", 1)
    await api.patch(f"{path}/scale", {"spec": {"replicas": 3}})
    assert (await api.get(path)).json()["spec"]["replicas"] == 3


async def test_a_pod_is_bound_once(api: Api) -> None:
    await api.create(PODS, pod("p"))
    binding = {"apiVersion": "v1", "kind": "Binding", "target": {"kind": "Node", "name": "n1"}}
    assert (await api.create(f"{PODS}/p/binding", binding)).status_code == 400
    binding |= {"metadata": {"name": "p"}}
    assert (await api.create(f"{PODS}/p/binding", binding)).status_code == 201
    assert (await api.get(f"{PODS}/p")).json()["spec"]["nodeName"] == "n1"
    assert (await api.create(f"{PODS}/p/binding", binding)).status_code == 409


async def test_events_are_shown_in_both_groups(api: Api) -> None:
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "e"},
        "regarding": {"kind": "Pod", "name": "p", "namespace": api.namespace},
        "note": "hello",
        "type": "Normal",
        "reason": "Told",
        "action": "Telling",
        "eventTime": "2026-11-24T12:00:00.000000Z",
        "reportingController": "example.com/teller",
        "reportingInstance": "one",
    }
    await api.create("/apis/events.k8s.io/v1/namespaces/default/events", event)
    core = await api.get("/api/v1/namespaces/default/events", fieldSelector="involvedObject.name=p")
    assert core.json()["items"][0]["message"] == "hello"


async def test_namespaces_carry_their_own_name_as_a_label(api: Api) -> None:
    team = f"{api.namespace}-team"
    created: httpx.Response = await api.create("/api/v1/namespaces", namespace(team))
    assert created.json()["metadata"]["labels"] == {"kubernetes.io/metadata.name": team}
    assert created.json()["status"] == {"phase": "Active"}


async def test_annotations_have_an_end(api: Api) -> None:
    answer = await api.create(CONFIGMAPS, config_map("a", annotations={"last": "x" * 262_144}))
    assert answer.status_code == 422
    assert "metadata.annotations: Too long" in answer.json()["message"]


async def test_an_object_of_the_wrong_shape_is_refused(api: Api) -> None:
    answer = await api.create(DEPLOYMENTS, {**deployment("web"), "spec": ["x"]})
    assert answer.status_code == 400


async def test_unknown_fields_of_built_in_kinds_are_dropped_or_refused(api: Api) -> None:
    item = deployment("web", {"name": "main", "image": "a:1", "imagePullPolice": "Always"})
    refused = await api.create(DEPLOYMENTS, item, fieldValidation="Strict")
    assert refused.status_code == 400
    path = "spec.template.spec.containers[0].imagePullPolice"
    assert refused.json()["message"] == (
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error:'
        f' unknown field "{path}"'
    )
    created = await api.create(DEPLOYMENTS, item)
    assert path in created.headers["warning"]
    assert "imagePullPolice" not in created.text
