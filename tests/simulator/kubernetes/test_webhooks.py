"""Admission webhooks: when a write waits for them, and how a server that cannot ask says so."""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from .conftest import Api
from .examples import CONFIGMAPS, CRDS, WIDGETS, config_map, widget, widget_definition
from .waiting import until

SERVICES = "/api/v1/namespaces/default/services"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
A = f"{CONFIGMAPS}/a"


def hook(api: Api, **webhook: Any) -> dict[str, Any]:
    """A configuration for the ConfigMaps of the test's namespace, its server's authority in it."""
    authority = api.server.issue("hook", ["hook"], datetime.now(UTC)).authority
    service = {"name": "hook", "namespace": api.namespace, "path": "/validate"}
    settings = {"service": service, "caBundle": b64encode(authority).decode()}
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "resources": ["configmaps"],
        "operations": ["CREATE", "UPDATE", "DELETE"],
    }
    own = {"matchLabels": {"kubernetes.io/metadata.name": api.namespace}}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": api.namespace},
        "webhooks": [
            {
                "name": "hook.example.com",
                "clientConfig": settings,
                "rules": [rule],
                "namespaceSelector": own,
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 2,
                **webhook,
            }
        ],
    }


@pytest.fixture
async def hooked(api: Api) -> AsyncIterator[Api]:
    """The webhook's Service is there, a Pod behind it not yet."""
    spec = {"selector": {"app": "hook"}, "ports": [{"port": 443, "targetPort": 9443}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"}, "spec": spec}
    await api.create(SERVICES, service)
    await api.create(HOOKS, hook(api))
    await until(lambda: refused(api))
    yield api
    await api.delete(f"{HOOKS}/{api.namespace}")


async def refused(api: Api) -> bool:
    """A configuration is in force a moment after it is made."""
    return (await api.create(CONFIGMAPS, config_map("probe"), dryRun="All")).status_code >= 400


async def admitted(api: Api) -> bool:
    return not await refused(api)


def address(api: Api) -> str:
    """A Pod's of its own for each test, as in a network."""
    one, two = sha256(api.namespace.encode()).digest()[:2]
    return f"10.8.{one}.{two}"


async def become_ready(api: Api) -> None:
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "hook-1", "labels": {"kubernetes.io/service-name": "hook"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address(api)], "conditions": {"ready": True}}],
        "ports": [{"name": "", "port": 9443, "protocol": "TCP"}],
    }
    await api.create(SLICES, slice_)
    await until(lambda: admitted(api))


async def test_a_webhook_without_endpoints_holds_writes_up(hooked: Api) -> None:
    answer = await hooked.create(CONFIGMAPS, config_map("a"))
    host = f"hook.{hooked.namespace}.svc"
    assert (answer.status_code, answer.json()["reason"]) == (500, "InternalError")
    assert answer.json()["message"] == (
        'Internal error occurred: failed calling webhook "hook.example.com": failed to call'
        f' webhook: Post "https://{host}:443/validate?timeout=2s": no endpoints available for'
        ' service "hook"'
    )


async def test_a_write_passes_once_the_webhook_answers(hooked: Api) -> None:
    await become_ready(hooked)
    assert (await hooked.apply(A, config_map("a", {"x": "1"}))).status_code == 201
    assert (await hooked.patch(A, {"data": {"x": "2"}})).status_code == 200
    assert (await hooked.delete(A)).status_code == 200


async def test_deletions_wait_for_the_webhook_as_well(hooked: Api) -> None:
    await become_ready(hooked)
    await hooked.create(CONFIGMAPS, config_map("a"))
    await hooked.delete(f"{SLICES}/hook-1")
    await until(lambda: refused(hooked))
    assert (await hooked.delete(A)).status_code == 500
    assert (await hooked.get(A)).status_code == 200


async def test_a_webhook_that_never_answers_takes_its_time(hooked: Api) -> None:
    await become_ready(hooked)
    host = f"hook.{hooked.namespace}.svc"
    hooked.server.webhooks.silent.add(host)
    answer = await hooked.create(CONFIGMAPS, config_map("a"))
    hooked.server.webhooks.silent.remove(host)
    assert answer.status_code == 500
    assert answer.json()["message"].endswith(
        f'Post "https://{host}:443/validate?timeout=2s": context deadline exceeded'
    )


async def test_a_webhook_of_an_unknown_authority_is_not_believed(hooked: Api) -> None:
    await become_ready(hooked)
    changed = hook(hooked)
    del changed["webhooks"][0]["clientConfig"]["caBundle"]
    await hooked.client.put(f"{HOOKS}/{hooked.namespace}", json=await _current(hooked, changed))
    await until(lambda: refused(hooked))
    answer = await hooked.create(CONFIGMAPS, config_map("a"))
    assert answer.json()["message"].endswith(
        "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    )


async def test_a_webhook_may_be_ignored(hooked: Api) -> None:
    changed = hook(hooked, failurePolicy="Ignore")
    await hooked.client.put(f"{HOOKS}/{hooked.namespace}", json=await _current(hooked, changed))
    await until(lambda: admitted(hooked))


async def test_what_a_selector_leaves_out_is_not_asked_about(hooked: Api) -> None:
    chosen = {"matchExpressions": [{"key": "checked", "operator": "Exists"}]}
    changed = hook(hooked, objectSelector=chosen)
    await hooked.client.put(f"{HOOKS}/{hooked.namespace}", json=await _current(hooked, changed))
    await until(lambda: admitted(hooked))
    marked = await hooked.create(CONFIGMAPS, config_map("a", labels={"checked": "yes"}))
    assert marked.status_code == 500


async def test_a_webhook_is_asked_where_its_conditions_hold(hooked: Api) -> None:
    conditions = [
        {"name": "named", "expression": 'object.metadata.name.startsWith("asked")'},
        {"name": "others", "expression": 'request.userInfo.username != "somebody"'},
    ]
    changed = hook(hooked, matchConditions=conditions)
    await hooked.client.put(f"{HOOKS}/{hooked.namespace}", json=await _current(hooked, changed))
    await until(lambda: admitted(hooked))
    assert (await hooked.create(CONFIGMAPS, config_map("asked-a"))).status_code == 500
    assert (await hooked.create(CONFIGMAPS, config_map("other"))).status_code == 201


async def test_a_condition_that_is_not_supported_is_told_of(simulated: Api) -> None:
    condition = {"name": "odd", "expression": "authorizer.group('').resource('pods').check('get')"}
    made = await simulated.create(HOOKS, hook(simulated, matchConditions=[condition]))
    assert "is taken to hold: the function group is not supported" in made.headers["warning"]


async def test_policies_are_kept_and_said_not_to_be_enforced(simulated: Api) -> None:
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "small"},
        "spec": {"validations": [{"expression": "object.spec.replicas < 5"}]},
    }
    policies = HOOKS.replace("validatingwebhookconfigurations", "validatingadmissionpolicies")
    made = await simulated.create(policies, policy)
    assert made.status_code == 201
    assert "not enforced" in made.headers["warning"]


async def test_a_conversion_webhook_without_endpoints_hides_other_versions(api: Api) -> None:
    service = {"name": "convert", "namespace": api.namespace, "path": "/convert"}
    settings = {"clientConfig": {"service": service}, "conversionReviewVersions": ["v1"]}
    definition = widget_definition("converted", "Converted")
    definition["spec"]["conversion"] = {"strategy": "Webhook", "webhook": settings}
    path = f"{CRDS}/converted.example.com"
    await api.apply(path, definition)
    stored = WIDGETS.replace("widgets", "converted")
    await api.until_status(stored, 200)
    await api.create(stored, {**widget("w"), "kind": "Converted"})
    other = stored.replace("/v1/", "/v1beta1/")
    answer = await api.get(other)
    await api.delete(path)
    assert (answer.status_code, answer.json()["message"]) == (
        500,
        "conversion webhook for example.com/v1, Kind=Converted failed: Post"
        f' "https://convert.{api.namespace}.svc:443/convert?timeout=30s": service "convert"'
        " not found",
    )


async def _current(api: Api, changed: dict[str, Any]) -> dict[str, Any]:
    version = (await api.get(f"{HOOKS}/{api.namespace}")).json()["metadata"]["resourceVersion"]
    return changed | {"metadata": changed["metadata"] | {"resourceVersion": version}}
