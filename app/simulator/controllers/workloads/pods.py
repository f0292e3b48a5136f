"""Pods made from a template."""

import secrets
from collections.abc import Mapping
from typing import Any

from app.simulator.controllers.objects import Object, digest, owner_reference, pod_ready

MANAGER = "kube-controller-manager"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def random_suffix() -> str:
    """Five letters that make a name unique, as the API server's own."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))


def pod_from(template: Mapping[str, Any], owner: Object, name: str) -> Object:
    """The Pod `name` that `owner` makes of its template."""
    metadata = template.get("metadata") or {}
    return {
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": dict(metadata.get("labels") or {}),
            "annotations": dict(metadata.get("annotations") or {}),
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": dict(template["spec"]),
    }


def revision_of(template: Mapping[str, Any]) -> str:
    """The hash that tells one revision of a template from another."""
    return digest(template)


def finished(pod: Object) -> bool:
    """Whether the Pod has run to its end."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def ready_count(pods: list[Object]) -> int:
    """How many of the Pods are ready."""
    return sum(map(pod_ready, pods))
