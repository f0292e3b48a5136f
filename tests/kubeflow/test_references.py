"""What objects refer to, and which of it is nowhere."""

from typing import Any

import pytest

from app.kubeflow.bundle import Item
from app.kubeflow.references import dangling
from tests.kubeflow.objects import bundle, item


def _workload(**spec: Any) -> Item:
    template = {"metadata": {}, "spec": {"containers": [], **spec}}
    return item("Deployment", "d", "kube-system", "apps/v1", spec={"template": template})


def _variable(source: str, **more: Any) -> dict[str, Any]:
    return {"containers": [{"env": [{"name": "V", "valueFrom": {source: {"name": "x", **more}}}]}]}


def _missing(*items: Item) -> list[str]:
    return [f"{each.kind} {each.name}" for each in dangling(bundle(*items))]


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ({}, []),
        ({"serviceAccountName": "x"}, ["ServiceAccount x"]),
        ({"priorityClassName": "x"}, ["PriorityClass x"]),
        ({"priorityClassName": "system-node-critical"}, []),
        ({"volumes": [{"secret": {"secretName": "x"}}]}, ["Secret x"]),
        ({"volumes": [{"secret": {"secretName": "x", "optional": True}}]}, []),
        ({"volumes": [{"configMap": {"name": "x"}}]}, ["ConfigMap x"]),
        ({"volumes": [{"configMap": {"name": "istio-ca-root-cert"}}]}, []),
        (
            {"volumes": [{"persistentVolumeClaim": {"claimName": "x"}}]},
            ["PersistentVolumeClaim x"],
        ),
        (
            {"volumes": [{"projected": {"sources": [{"configMap": {"name": "x"}}]}}]},
            ["ConfigMap x"],
        ),
        (_variable("secretKeyRef"), ["Secret x"]),
        (_variable("configMapKeyRef", optional=True), []),
        ({"initContainers": [{"envFrom": [{"configMapRef": {"name": "x"}}]}]}, ["ConfigMap x"]),
    ],
)
def test_what_pods_need_by_name(spec: dict[str, Any], missing: list[str]) -> None:
    assert _missing(_workload(**spec)) == missing


def test_a_certificate_brings_its_secret() -> None:
    spec = {"secretName": "x", "issuerRef": {"name": "i"}}
    certificate = item("Certificate", "c", "kube-system", "cert-manager.io/v1", spec=spec)
    pods = _workload(volumes=[{"secret": {"secretName": "x"}}])
    assert _missing(pods, certificate) == ["Issuer i", "kind Certificate"]


def test_bindings_name_roles_and_accounts() -> None:
    subject = {"kind": "ServiceAccount", "name": "who", "namespace": "kube-system"}
    api = "rbac.authorization.k8s.io/v1"
    role = {"kind": "ClusterRole", "name": "what"}
    binding = item("ClusterRoleBinding", "b", api=api, roleRef=role, subjects=[subject])
    assert _missing(binding) == ["ClusterRole what", "ServiceAccount who"]
    built_in = {"kind": "ClusterRole", "name": "cluster-admin"}
    assert _missing(item("ClusterRoleBinding", "b", api=api, roleRef=built_in)) == []


def test_routes_name_gateways_and_services() -> None:
    route = [{"route": [{"destination": {"host": "web.kubeflow.svc.cluster.local"}}]}]
    spec = {"gateways": ["kubeflow/g"], "http": route}
    found = _missing(
        item("VirtualService", "v", "kube-system", "networking.istio.io/v1", spec=spec)
    )
    assert found == ["Gateway g", "Service web", "kind VirtualService"]


def test_an_objects_namespace_and_kind_must_be_there() -> None:
    spec = {"group": "example.org", "names": {"kind": "Widget"}, "versions": []}
    widget = item("Widget", "w", "somewhere", "example.org/v1")
    assert _missing(widget) == ["Namespace somewhere", "kind Widget"]
    definition = item("CustomResourceDefinition", "w", api="apiextensions.k8s.io/v1", spec=spec)
    assert _missing(widget, definition, item("Namespace", "somewhere")) == []
