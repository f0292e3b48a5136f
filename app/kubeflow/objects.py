"""Small helpers over Kubernetes objects in plain JSON. They change what they are given."""

import base64
from collections.abc import Iterator
from typing import Any

from app.kubeflow.bundle import Json

Variables = dict[str, Json]  # a container's environment by the variables' names


def data_of(body: Json) -> dict[str, str]:
    """A ConfigMap's or Secret's values as text."""
    data: dict[str, str] = dict(body.get("data") or {})
    if body["kind"] == "Secret":
        data = {key: base64.b64decode(value).decode() for key, value in data.items()}
        data.update(body.get("stringData") or {})
    return data


def put_data(body: Json, **values: str) -> None:
    """Set values of a ConfigMap or Secret.

    A Secret's go into `data`: what is written as `stringData` is never given back, so that
    comparing would find a difference for ever.
    """
    data = {**data_of(body), **values}
    if body["kind"] == "Secret":
        body.pop("stringData", None)
        data = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    body["data"] = data


def pod_template(body: Json) -> Json | None:
    """The template of a workload's Pods, of whatever kind; None for what makes no Pods itself."""
    spec: Json = body.get("spec") or {}
    if body["kind"] == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template = spec.get("template")
    if isinstance(template, dict) and "containers" in (template.get("spec") or {}):
        return template
    return None


def containers(body: Json) -> Iterator[Json]:
    """Every container of a workload's Pods, those that run first included."""
    spec = (pod_template(body) or {}).get("spec") or {}
    yield from spec.get("initContainers") or []
    yield from spec.get("containers") or []


def with_image(body: Json) -> Iterator[Json]:
    """Every part of an object that names an image to run: of a workload, or of a custom resource.

    The schemas of CRDs have such parts too, which name none.
    """
    if body["kind"] != "CustomResourceDefinition":
        yield from _with_image(body.get("spec"))


def images_of(body: Json) -> set[str]:
    """Every image that an object names."""
    return {part["image"] for part in with_image(body)}


def environment(body: Json, container: str) -> Iterator[Variables]:
    """The environment of the containers called `container`, written back after each turn."""
    for found in containers(body):
        if found["name"] == container:
            variables = {variable["name"]: variable for variable in found.get("env") or []}
            yield variables
            found["env"] = list(variables.values())


def _with_image(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        if isinstance(part.get("image"), str):
            yield part
        for inner in part.values():
            yield from _with_image(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _with_image(inner)
