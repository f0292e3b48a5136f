"""Small helpers over Kubernetes objects in plain JSON. They change what they are given."""

import base64
from collections.abc import Iterator

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


def pod_spec(body: Json) -> Json | None:
    """The Pods' spec of a workload, of whatever kind."""
    spec: Json = body.get("spec") or {}
    if body["kind"] == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template = spec.get("template")
    found = template.get("spec") if isinstance(template, dict) else None
    return found if isinstance(found, dict) and "containers" in found else None


def containers(body: Json) -> Iterator[Json]:
    """Every container of a workload's Pods, those that run first included."""
    spec = pod_spec(body) or {}
    yield from spec.get("initContainers") or []
    yield from spec.get("containers") or []


def environment(body: Json, container: str) -> Iterator[Variables]:
    """The environment of the containers called `container`, written back after each turn."""
    for found in containers(body):
        if found["name"] == container:
            variables = {variable["name"]: variable for variable in found.get("env") or []}
            yield variables
            found["env"] = list(variables.values())
