"""Objects for these tests, as an API server would have stored them."""

from itertools import count
from typing import Any

from app.simulator.controllers.objects import owner_reference

_NUMBERS = count(1)


def stored(kind: str, name: str, namespace: str = "ns", **parts: Any) -> dict[str, Any]:
    """An object with a uid of its own."""
    number = next(_NUMBERS)
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{number}",
        "generation": 1,
        "resourceVersion": str(number),
        **parts.pop("metadata", {}),
    }
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, **parts}


def workload(kind: str = "Deployment", name: str = "web", replicas: int = 2, **spec: Any) -> Any:
    """A workload whose Pods are labelled app=NAME."""
    tags = {"app": name}
    template = {
        "metadata": {"labels": tags},
        "spec": {"containers": [{"name": "main", "image": "example/web:1"}]},
    }
    fields = {"replicas": replicas, "selector": {"matchLabels": tags}, "template": template, **spec}
    return stored(kind, name, spec=fields)


def pod(
    name: str,
    ready: bool = True,
    owner: dict[str, Any] | None = None,
    phase: str = "Running",
    address: str = "10.8.0.2",
    **parts: Any,
) -> dict[str, Any]:
    """A Pod, running and ready unless told otherwise."""
    metadata = {"labels": {"app": "web"}, **parts.pop("metadata", {})}
    if owner is not None:
        metadata["ownerReferences"] = [owner_reference(owner)]
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    spec = {"containers": [{"name": "main", "image": "example/web:1"}], **parts.pop("spec", {})}
    status = {"phase": phase, "conditions": conditions, "podIP": address}
    return stored("Pod", name, metadata=metadata, spec=spec, status=status)


def node(name: str = "node-1", cpu: str = "4", memory: str = "16Gi", **tags: str) -> dict[str, Any]:
    """A node with room for 110 Pods."""
    status = {
        "allocatable": {"cpu": cpu, "memory": memory, "pods": "110"},
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    return stored("Node", name, namespace="", metadata={"labels": tags}, status=status)


def asking(cpu: str, memory: str = "1Gi") -> dict[str, Any]:
    """A Pod's spec that requests so much."""
    resources = {"requests": {"cpu": cpu, "memory": memory}}
    return {"containers": [{"name": "main", "image": "example/web:1", "resources": resources}]}
