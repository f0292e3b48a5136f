"""Bundles: kept, read, tidied, and put in order."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.kubeflow import bundle as files
from app.kubeflow.stages import base_of, by_component, defined, staged
from app.kubeflow.tidy import image_name, tidied
from tests.kubeflow.objects import bundle, item

_CRD = {
    "group": "example.org",
    "names": {"kind": "Widget"},
    "versions": [{"name": "v1", "served": True}, {"name": "v0", "served": False}],
}


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = bundle(item("ConfigMap", "a", "ns", data={"é": "“"}), item("Namespace", "ns", base=True))
    files.write(made, tmp_path / "b.gz")
    assert files.read(tmp_path / "b.gz") == made
    assert [path.name for path in tmp_path.iterdir()] == ["b.gz"]


def _workload(image: str) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}


def test_images_are_replaced_whatever_their_tag() -> None:
    made = tidied(
        bundle(item("Deployment", "a", "ns", "apps/v1", spec=_workload("old.io/x/y:v1@sha256:1"))),
        {"old.io/x/y": "new.io/y:v2"},
    )
    assert made.items[0].body["spec"] == _workload("new.io/y:v2")


def test_the_proxy_that_istio_injects_is_replaced_too() -> None:
    values = {
        "global": {"hub": "gcr.io/istio-release", "tag": "1.28.0"},
        "other": {"tag": "1.28.0"},
    }
    shipped = item("ConfigMap", "injector", "istio-system", data={"values": json.dumps(values)})
    images = {"gcr.io/istio-release/proxyv2": "gcr.io/istio-release/proxyv2:1.29.1"}
    written = json.loads(tidied(bundle(shipped), images).items[0].body["data"]["values"])
    assert written["global"]["tag"] == "1.29.1"
    assert written["other"]["tag"] == "1.28.0"


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "nginx"),
        ("nginx:1", "nginx"),
        ("registry:5000/team/app:v1", "registry:5000/team/app"),
        ("a.io/b@sha256:0", "a.io/b"),
    ],
)
def test_an_images_name_has_no_tag(image: str, name: str) -> None:
    assert image_name(image) == name


def test_what_the_cluster_fills_in_is_not_applied() -> None:
    webhooks = [
        {"name": "a", "clientConfig": {"caBundle": ""}},
        {"name": "b", "clientConfig": {"caBundle": "Y2E="}},
    ]
    made = tidied(
        bundle(
            item("ClusterRole", "sum", aggregationRule={}, rules=[]),
            item("CustomResourceDefinition", "w", spec=_CRD, status={"conditions": []}),
            item("MutatingWebhookConfiguration", "m", webhooks=webhooks),
        ),
        {},
    )
    role, definition, configuration = (each.body for each in made.items)
    assert "rules" not in role
    assert "status" not in definition
    configs = [webhook["clientConfig"] for webhook in configuration["webhooks"]]
    assert configs == [{}, {"caBundle": "Y2E="}]


def test_objects_go_in_stage_by_stage() -> None:
    made = bundle(
        item("Widget", "custom", "ns", "example.org/v1"),
        item("Widget", "base-custom", "ns", "example.org/v1", base=True),
        item("Deployment", "rest", "ns", "apps/v1"),
        item("Deployment", "base", "ns", "apps/v1", base=True),
        item("CustomResourceDefinition", "widgets", spec=_CRD, base=True),
        item("Namespace", "ns"),
    )
    stages = staged(made)
    names = {
        stage: [body["metadata"]["name"] for body in getattr(stages, stage)]
        for stage in stages.__slots__
    }
    assert names == {
        "namespaces": ["ns"],
        "base_definitions": ["widgets"],
        "base": ["base"],
        "base_custom": ["base-custom"],
        "definitions": [],
        "rest": ["rest"],
        "custom": ["custom"],
    }
    assert defined(stages.base_definitions) == {("example.org/v1", "Widget")}


def test_the_base_is_waited_for_without_what_its_webhooks_check() -> None:
    made = bundle(
        item("CustomResourceDefinition", "widgets", spec=_CRD, base=True, component="Base"),
        item("Widget", "later", "ns", "example.org/v1", base=True, component="Base"),
        item("Deployment", "first", "ns", "apps/v1", base=True, component="Base"),
    )
    kinds = [body["kind"] for body in by_component(base_of(made))["Base"]]
    assert kinds == ["CustomResourceDefinition", "Deployment"]
