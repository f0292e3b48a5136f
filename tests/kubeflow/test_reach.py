"""Whether calls arrive, told from objects alone."""

from typing import Any

import pytest

from app.kubeflow.bundle import Item
from app.kubeflow.network import opened
from app.kubeflow.reach import obstacles
from app.kubeflow.verdicts import selects
from tests.kubeflow.objects import bundle, item

_OPEN_TO_NEIGHBOURS: dict[str, Any] = {
    "podSelector": {},
    "ingress": [{"from": [{"podSelector": {}}]}],
}


def _policy(**spec: Any) -> Item:
    return item("NetworkPolicy", "p", "apps", "networking.k8s.io/v1", spec=spec)


def _webhook(port: int | None = None) -> Item:
    service = {"namespace": "apps", "name": "hook", **({"port": port} if port else {})}
    webhooks = [{"name": "w", "clientConfig": {"service": service}}]
    return item("ValidatingWebhookConfiguration", "v", webhooks=webhooks)


def _service(**port: Any) -> Item:
    ports = [{"port": 443, "targetPort": "serving", **port}]
    return item("Service", "hook", "apps", spec={"selector": {"app": "hook"}, "ports": ports})


def _pods(injected: bool = False, **annotations: str) -> Item:
    metadata = {
        "labels": {"app": "hook", "sidecar.istio.io/inject": str(injected).lower()},
        "annotations": annotations,
    }
    containers = [{"name": "c", "ports": [{"name": "serving", "containerPort": 9443}]}]
    template = {"metadata": metadata, "spec": {"containers": containers}}
    return item("Deployment", "hook", "apps", "apps/v1", spec={"template": template})


def _reasons(*items: Item) -> list[str]:
    return [each.reason for each in obstacles(items, public=False)]


def test_without_policies_every_call_arrives() -> None:
    assert _reasons(_webhook(), _service(), _pods()) == []


def test_a_webhook_needs_its_service_its_pods_and_its_port() -> None:
    assert _reasons(_webhook()) == ["there is no such Service"]
    assert _reasons(_webhook(), _service()) == ["no Pods are behind it"]
    assert _reasons(_webhook(8443), _service(), _pods()) == ["the Service has no such port"]
    lost = _service(targetPort="elsewhere")
    assert _reasons(_webhook(), lost, _pods()) == ["its Pods have no such port"]


@pytest.mark.parametrize(
    ("rule", "arrives"),
    [
        ({"from": [{"podSelector": {}}]}, False),
        ({"ports": [{"port": 9443}]}, True),
        ({"ports": [{"port": "serving", "protocol": "TCP"}]}, True),
        ({"ports": [{"port": 9443, "protocol": "UDP"}]}, False),
        ({"ports": [{"port": 9000, "endPort": 9500}]}, True),
        ({"ports": [{"port": 443}]}, False),
        ({"from": [{"namespaceSelector": {}}]}, True),
        (
            {
                "from": [
                    {
                        "namespaceSelector": {
                            "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                        },
                        "podSelector": {"matchLabels": {"k8s-app": "konnectivity-agent"}},
                    }
                ]
            },
            True,
        ),
        ({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, False),
        ({}, True),
    ],
)
def test_a_network_policy_decides_by_port_and_source(rule: dict[str, Any], arrives: bool) -> None:
    policy = _policy(podSelector={"matchLabels": {"app": "hook"}}, ingress=[rule])
    assert (_reasons(_webhook(), _service(), _pods(), policy) == []) == arrives


def test_one_policy_that_lets_through_is_enough() -> None:
    closed = _policy(**_OPEN_TO_NEIGHBOURS)
    opened_again = _policy(podSelector={}, ingress=[{"ports": [{"port": 9443}]}])
    assert _reasons(_webhook(), _service(), _pods(), closed) == ["NetworkPolicy"]
    assert _reasons(_webhook(), _service(), _pods(), closed, opened_again) == []


def test_a_policy_for_what_goes_out_only_stops_nothing_that_comes_in() -> None:
    policy = _policy(podSelector={}, policyTypes=["Egress"])
    assert _reasons(_webhook(), _service(), _pods(), policy) == []


def test_a_sidecar_denies_whoever_no_policy_allows() -> None:
    deny = item("AuthorizationPolicy", "global-deny-all", "istio-system", spec={})
    rules = [{"from": [{"source": {"principals": ["cluster.local/ns/other/sa/x"]}}]}]
    for_another = item("AuthorizationPolicy", "a", "apps", spec={"rules": rules})
    for_all = item("AuthorizationPolicy", "b", "apps", spec={"rules": [{}]})
    hook = (_webhook(), _service())
    assert _reasons(*hook, _pods(injected=False), deny) == []
    assert _reasons(*hook, _pods(injected=True), deny) == ["AuthorizationPolicy"]
    assert _reasons(*hook, _pods(injected=True), deny, for_another) == ["AuthorizationPolicy"]
    assert _reasons(*hook, _pods(injected=True), deny, for_all) == []
    excluded = {"traffic.sidecar.istio.io/excludeInboundPorts": "80,9443"}
    assert _reasons(*hook, _pods(injected=True, **excluded), deny) == []


def test_the_load_balancer_comes_in_only_where_its_addresses_are_let_in() -> None:
    gateway = item("Gateway", "g", "istio-system", spec={"selector": {"app": "gw"}})
    ports = [{"name": "status", "port": 15021, "targetPort": 15021}, {"port": 80}]
    service = item(
        "Service",
        "istio-ingressgateway",
        "istio-system",
        spec={"selector": {"app": "gw"}, "ports": ports},
    )
    template = {"metadata": {"labels": {"app": "gw"}}, "spec": {"containers": []}}
    pods = item("Deployment", "gw", "istio-system", spec={"template": template})
    closed = item("NetworkPolicy", "p", "istio-system", spec=_OPEN_TO_NEIGHBOURS)
    blocks = [{"ipBlock": {"cidr": cidr}} for cidr in ("130.211.0.0/22", "35.191.0.0/16")]
    balancer = item(
        "NetworkPolicy",
        "b",
        "istio-system",
        spec={"podSelector": {}, "ingress": [{"from": blocks}]},
    )
    assert len(obstacles([gateway, service, pods, closed])) == 4
    assert obstacles([gateway, service, pods, closed, balancer]) == []


def test_policies_are_added_only_for_what_is_there() -> None:
    assert opened(bundle(_pods())).items == (_pods(),)


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ({"operator": "In", "values": ["x"]}, True),
        ({"operator": "NotIn", "values": ["x"]}, False),
        ({"operator": "Exists"}, True),
        ({"operator": "DoesNotExist"}, False),
    ],
)
def test_expressions_of_label_selectors(expression: dict[str, Any], fits: bool) -> None:
    assert selects({"matchExpressions": [{"key": "app", **expression}]}, {"app": "x"}) == fits
