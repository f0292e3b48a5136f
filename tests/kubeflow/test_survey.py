"""What a bundle says of itself, and how its objects are put in order."""

import json
from typing import Any

import pytest

from app.kubeflow.bundle import Item
from app.kubeflow.choice import chosen
from app.kubeflow.components import Component, component_of
from app.kubeflow.pods import quantity
from app.kubeflow.survey import assembled
from app.kubeflow.tidy import tidied
from tests.kubeflow.objects import bundle, item

_CA_FROM = "cert-manager.io/inject-ca-from"


def _made(*items: Item) -> list[str]:
    parts = [(component_of(f"applications/{each.component}"), each) for each in items]
    return [each.name for each in assembled("1", "password", "", parts).items]


def _workload(name: str, namespace: str, replicas: int = 1, **requests: str) -> Item:
    container = {"name": "c", "image": "a.io/b:1", "resources": {"requests": requests}}
    spec = {"replicas": replicas, "template": {"metadata": {}, "spec": {"containers": [container]}}}
    return item("Deployment", name, namespace, "apps/v1", spec=spec)


@pytest.mark.parametrize(
    ("text", "number"), [("250m", 0.25), ("2", 2), (1, 1), ("1Gi", 2**30), ("1k", 1000)]
)
def test_quantities_are_numbers(text: str | int, number: float) -> None:
    assert quantity(text) == number


def test_objects_are_in_the_order_of_installation() -> None:
    service = item("Service", "service", "ns", component="katib")
    webhook = item("ValidatingWebhookConfiguration", "webhook", component="katib")
    account = item("ServiceAccount", "account", "ns", component="katib")
    first = item("Deployment", "first", "ns", component="profiles")
    assert _made(webhook, service, account, first) == ["first", "account", "service", "webhook"]


def test_an_object_that_two_components_bring_is_there_once() -> None:
    assert _made(item("Namespace", "ns"), item("Namespace", "ns")) == ["ns"]


def test_what_pods_ask_for_counts_their_sidecars_and_replicas() -> None:
    values = {"global": {"proxy": {"resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}}}}
    injector = item(
        "ConfigMap",
        "istio-sidecar-injector",
        "istio-system",
        data={"values": json.dumps(values)},
    )
    namespace = item("Namespace", "ns")
    namespace.body["metadata"]["labels"] = {"istio-injection": "enabled"}
    component = Component("part", "Part")
    workload = _workload("w", "ns", replicas=2, cpu="100m", memory="1Gi")
    parts = [
        (component, Item.of("part", False, each.body)) for each in (injector, namespace, workload)
    ]
    (found,) = assembled("1", "password", "", parts).contents.components
    assert (found.cpu, found.memory_gib) == (0.22, 2.125)


def test_objects_of_the_cluster_have_no_namespace() -> None:
    spec = {"group": "x.org", "names": {"kind": "Wide"}, "scope": "Cluster", "versions": []}
    definition = item("CustomResourceDefinition", "wides", spec=spec)
    shipped = (item("Wide", "w", "ns", "x.org/v1"), item("ConfigMap", "c", "ns"), definition)
    part = Component("part", "Part")
    parts = [(part, Item.of("part", False, each.body)) for each in shipped]
    made = assembled("1", "password", "", parts)
    assert {each.name: each.namespace for each in made.items} == {"w": "", "c": "ns", "wides": ""}


def _definition(certificate: str) -> Item:
    service = {"name": "hook", "namespace": "ns"}
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": {"service": service}}}
    made = item("CustomResourceDefinition", "d", spec={"conversion": conversion, "versions": []})
    made.body["metadata"]["annotations"] = {_CA_FROM: certificate}
    return made


def _annotations(certificate: str) -> dict[str, Any]:
    api, spec = "cert-manager.io/v1", {"dnsNames": ["hook.ns.svc"]}
    own = item("Certificate", "own", "ns", api, spec=spec)
    other = item("Certificate", "other", "ns", api, spec={"dnsNames": ["another.ns.svc"]})
    made = tidied(bundle(_definition(certificate), own, other)).items[0]
    found: dict[str, Any] = made.body["metadata"]["annotations"]
    return found


def test_a_definition_gets_the_ca_of_its_own_webhook_only() -> None:
    assert _annotations("ns/own") == {_CA_FROM: "ns/own"}
    assert _annotations("ns/other") == {}
    assert _annotations("$(NAMESPACE)/$(NAME)") == {}


def test_the_menu_loses_what_leads_to_components_that_are_left_out() -> None:
    menu = {
        "menuLinks": [
            {"link": "/jupyter/", "type": "item"},
            {"type": "section", "items": [{"link": "/pipeline/#/runs"}]},
        ],
        "quickLinks": [{"link": "/pipeline/#/pipelines"}],
    }
    shipped = item(
        "ConfigMap",
        "centraldashboard-config",
        "kubeflow",
        component="dashboard",
        data={"links": json.dumps(menu)},
    )
    other = item("Service", "ml-pipeline", "kubeflow", component="pipelines")
    parts = [
        (component_of("applications/centraldashboard"), shipped),
        (component_of("applications/pipeline"), other),
    ]
    made = chosen(assembled("1", "password", "", parts), ("pipelines",))
    (left,) = made.items
    expected = {"menuLinks": [{"link": "/jupyter/", "type": "item"}], "quickLinks": []}
    assert json.loads(left.body["data"]["links"]) == expected
