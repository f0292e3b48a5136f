"""Bundles: kept, read, tidied, and put in order."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from app.kubeflow import bundle as files
from app.kubeflow.bundle import Bundle
from app.kubeflow.stages import base_of, by_component, defined, staged
from app.kubeflow.tidy import tidied
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


@pytest.mark.parametrize("read", [files.read, files.read_head])
def test_a_file_of_an_earlier_format_is_told_from_a_broken_one(
    tmp_path: Path, read: Callable[[Path], Bundle]
) -> None:
    earlier = tmp_path / "b.gz"
    earlier.write_bytes(gzip.compress(b'{"format":2}\n{"kind":"Namespace"}\n'))
    with pytest.raises(files.Unreadable, match="made by another version of the portal"):
        read(earlier)


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
        )
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
    names = {stage: [item.name for item in getattr(stages, stage)] for stage in stages.__slots__}
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
