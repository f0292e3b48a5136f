"""Which images a deployment runs, wherever an object names them."""

import json
from typing import Any

import pytest
import yaml

from app.kubeflow.images import image_name, mirrored, with_images
from tests.kubeflow.objects import bundle, item

_MIRROR = "mirror.example/kf"


def _workload(**container: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "main", **container}]}}}


def _changed(kind: str, mirror: str = _MIRROR, **body: Any) -> dict[str, Any]:
    (made,) = with_images(bundle(item(kind, "a", "ns", **body)), {}, mirror).items
    return made.body


def test_images_are_replaced_whatever_their_tag() -> None:
    shipped = item("Deployment", "a", "ns", spec=_workload(image="old.io/x/y:v1@sha256:1"))
    (made,) = with_images(bundle(shipped), {"old.io/x/y": "new.io/y:v2"}).items
    assert made.body["spec"] == _workload(image="new.io/y:v2")


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


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("mysql:8.0", "docker.io/library/mysql:8.0"),
        ("kserve/agent:v1", "docker.io/kserve/agent:v1"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("registry:5000/a", "registry:5000/a"),
        ("localhost/a:1", "localhost/a:1"),
    ],
)
def test_a_registry_keeps_an_image_under_its_full_name(image: str, full: str) -> None:
    assert mirrored(image, f"{_MIRROR}/") == f"{_MIRROR}/{full}"
    assert mirrored(image, "") == image


def test_a_controller_is_told_of_the_mirror_for_the_pods_that_it_starts() -> None:
    spec = _workload(
        image="a.io/controller:1",
        args=["--executor-image", "a.io/run:1", "--solver-image=a.io/solve:1", "--level=a.io/x:1"],
        env=[{"name": "DRIVER_IMAGE", "value": "a.io/d:1"}, {"name": "HOST", "value": "a.io:80"}],
    )
    (container,) = _changed("Deployment", spec=spec)["spec"]["template"]["spec"]["containers"]
    assert container == {
        "name": "main",
        "image": f"{_MIRROR}/a.io/controller:1",
        "args": [
            "--executor-image",
            f"{_MIRROR}/a.io/run:1",
            f"--solver-image={_MIRROR}/a.io/solve:1",
            "--level=a.io/x:1",
        ],
        "env": [
            {"name": "DRIVER_IMAGE", "value": f"{_MIRROR}/a.io/d:1"},
            {"name": "HOST", "value": "a.io:80"},
        ],
    }


def test_images_in_settings_are_changed_and_nothing_else_is() -> None:
    spawner = {"image": {"value": "a.io/nb:1", "options": ["a.io/nb:1", "b/nb:2"]}}
    shipped = {
        "cacheImage": "a.io/cache:1",
        "agent": json.dumps({"image": "kserve/agent:v1", "cpu": "1"}),
        "spawner.yaml": yaml.safe_dump({"spawnerFormDefaults": spawner}),
        "template": "image: $SOME_IMAGE",
        "_example": '{"image": "kserve/agent:v1"}',
        "script": "# image\nimport os: [",
    }
    made = _changed("ConfigMap", data=shipped)["data"]
    assert made["cacheImage"] == f"{_MIRROR}/a.io/cache:1"
    agent = {"image": f"{_MIRROR}/docker.io/kserve/agent:v1", "cpu": "1"}
    assert json.loads(made["agent"]) == agent
    choice = yaml.safe_load(made["spawner.yaml"])["spawnerFormDefaults"]["image"]
    assert choice["value"] == f"{_MIRROR}/a.io/nb:1"
    assert choice["options"][1] == f"{_MIRROR}/docker.io/b/nb:2"
    assert {made[key] == shipped[key] for key in ("template", "_example", "script")} == {True}


def test_the_proxy_that_istio_injects_is_replaced_too() -> None:
    told = {"hub": "gcr.io/istio-release", "tag": "1.28.0", "proxy": {"image": "proxyv2"}}
    values = {"global": told, "other": {"tag": "1.28.0"}}
    shipped = item("ConfigMap", "injector", "istio-system", data={"values": json.dumps(values)})
    images = {"gcr.io/istio-release/proxyv2": "gcr.io/istio-release/proxyv2:1.29.1"}
    (made,) = with_images(bundle(shipped), images, _MIRROR).items
    written = json.loads(made.body["data"]["values"])
    assert written["global"] == {
        "hub": f"{_MIRROR}/gcr.io/istio-release",
        "tag": "1.29.1",
        "proxy": {"image": "proxyv2"},
    }
    assert written["other"]["tag"] == "1.28.0"


def test_schemas_are_left_alone() -> None:
    version = {"name": "v1", "schema": {"image": "a.io/looks-like-one:1"}}
    spec = {"group": "example.org", "names": {"kind": "Widget"}, "versions": [version]}
    assert _changed("CustomResourceDefinition", spec=spec)["spec"] == spec
