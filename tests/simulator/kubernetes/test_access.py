"""Who may do what: by the cluster's roles, and by IAM beside them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from .conftest import Api, Client
from .examples import CONFIGMAPS, config_map

SECRETS = "/api/v1/namespaces/default/secrets"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1"


@pytest.fixture
async def bob(api: Api) -> AsyncIterator[Client]:
    """Who may see the cluster, its secrets excepted."""
    async with Client(api.server, "token-of-bob", api.namespace) as client:
        yield client


def told(answer: httpx.Response) -> tuple[int, str, str]:
    status = answer.json()
    return answer.status_code, status["reason"], status["message"]


async def give(api: Api, subject: dict[str, Any], *verbs: str) -> None:
    """A role for the ConfigMaps of the test's namespace."""
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": list(verbs)}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "maps"}}
    await api.create(f"{RBAC}/namespaces/default/roles", {**role, "kind": "Role", "rules": rules})
    reference = {"kind": "Role", "name": "maps", "apiGroup": "rbac.authorization.k8s.io"}
    binding = {**role, "kind": "RoleBinding", "roleRef": reference, "subjects": [subject]}
    await api.create(f"{RBAC}/namespaces/default/rolebindings", binding)


def asked(api: Api, verb: str, resource: str, **spec: Any) -> dict[str, Any]:
    attributes = {"verb": verb, "resource": resource, "namespace": api.namespace}
    return {"spec": {"resourceAttributes": attributes, **spec}}


async def test_a_viewer_of_the_project_sees_and_changes_nothing(api: Api, bob: Client) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    assert (await bob.get(f"{CONFIGMAPS}/a")).status_code == 200
    refused = await bob.post(CONFIGMAPS, json=config_map("b"))
    assert told(refused) == (
        403,
        "Forbidden",
        'configmaps is forbidden: User "bob@example.com" cannot create resource "configmaps" in'
        f' API group "" in the namespace "{api.namespace}": requires one of'
        ' ["container.configMaps.create"] permission(s).',
    )
    assert refused.json()["details"] == {"kind": "configmaps"}


async def test_a_refusal_names_the_object(api: Api, bob: Client) -> None:
    answer = await bob.delete(f"{CONFIGMAPS}/a")
    assert told(answer)[2].startswith('configmaps "a" is forbidden: User "bob@example.com" cannot')
    assert answer.json()["details"] == {"name": "a", "kind": "configmaps"}
    cluster = await bob.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x")
    assert told(cluster)[2] == (
        'customresourcedefinitions.apiextensions.k8s.io "x" is forbidden: User "bob@example.com"'
        ' cannot delete resource "customresourcedefinitions" in API group "apiextensions.k8s.io"'
        ' at the cluster scope: requires one of ["container.customResourceDefinitions.delete"]'
        " permission(s)."
    )


async def test_a_viewer_does_not_see_secrets(api: Api, bob: Client) -> None:
    answer = await bob.get(SECRETS)
    assert told(answer)[2].endswith('requires one of ["container.secrets.list"] permission(s).')


async def test_a_role_in_the_cluster_gives_what_iam_does_not(api: Api, bob: Client) -> None:
    await give(api, {"kind": "User", "name": "bob@example.com"}, "create")
    assert (await bob.post(CONFIGMAPS, json=config_map("b"))).status_code == 201
    assert (await bob.delete(f"{CONFIGMAPS}/b")).status_code == 403


async def test_a_service_account_may_do_what_its_roles_say(api: Api) -> None:
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
    await api.create(accounts, made)
    token = (await api.create(f"{accounts}/robot/token", {"spec": {}})).json()["status"]["token"]
    async with Client(api.server, token, api.namespace) as robot:
        assert told(await robot.get(CONFIGMAPS))[2] == (
            f'configmaps is forbidden: User "system:serviceaccount:{api.namespace}:robot" cannot'
            f' list resource "configmaps" in API group "" in the namespace "{api.namespace}"'
        )
        subject = {"kind": "ServiceAccount", "name": "robot", "namespace": api.namespace}
        await give(api, subject, "list")
        assert (await robot.get(CONFIGMAPS)).status_code == 200
        assert (await robot.get("/api/v1/nodes")).status_code == 403


async def test_everybody_known_discovers_what_is_served(api: Api, bob: Client) -> None:
    for path in ("/api", "/apis", "/api/v1", "/openapi/v3", "/version"):
        assert (await bob.get(path)).status_code == 200
    assert told(await bob.get("/metrics"))[2] == (
        'forbidden: User "bob@example.com" cannot get path "/metrics"'
    )


async def test_callers_can_ask_what_they_may(api: Api, bob: Client) -> None:
    async def answer(verb: str, resource: str) -> dict[str, Any]:
        path = f"{REVIEWS}/selfsubjectaccessreviews"
        review = (await bob.post(path, json=asked(api, verb, resource))).json()
        status: dict[str, Any] = review["status"]
        return status

    assert (await answer("list", "pods"))["allowed"] is True
    refused = await answer("delete", "pods")
    assert (refused["allowed"], refused["reason"]) == (
        False,
        'requires one of ["container.pods.delete"] permission(s).',
    )


async def test_the_administrator_can_ask_about_others(api: Api) -> None:
    async def allowed(verb: str, **who: Any) -> bool:
        path = f"{REVIEWS}/subjectaccessreviews"
        answer = await api.create(path, asked(api, verb, "configmaps", **who))
        return bool(answer.json()["status"]["allowed"])

    await give(api, {"kind": "Group", "name": "team"}, "get")
    assert await allowed("get", user="carol", groups=["team"])
    assert not await allowed("delete", user="carol", groups=["team"])
    assert not await allowed("get", user="carol")


async def test_who_acts_for_another_has_the_others_rights(api: Api, bob: Client) -> None:
    await give(api, {"kind": "Group", "name": "team"}, "list")
    carol = {"Impersonate-User": "carol", "Impersonate-Group": "team"}
    assert (await api.client.get(CONFIGMAPS, headers=carol)).status_code == 200
    assert (await api.client.get(SECRETS, headers=carol)).status_code == 403
    refused = await bob.get(CONFIGMAPS, headers=carol)
    assert told(refused)[2].startswith(
        'users "carol" is forbidden: User "bob@example.com" cannot impersonate resource "users"'
        ' in API group "" at the cluster scope'
    )
