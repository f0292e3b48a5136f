"""Which kinds of objects belong to a namespace, and which to the cluster."""

from collections.abc import Iterable

from app.kubeflow.bundle import Item, Json

_CLUSTERS = {
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "StorageClass"),
}


def placed(items: Iterable[Item]) -> list[Item]:
    """The objects, those of the cluster's without the namespace that kustomize writes into all."""
    found = list(items)
    clusters = _CLUSTERS | {
        (spec["group"], spec["names"]["kind"])
        for item in found
        if item.kind == "CustomResourceDefinition"
        and (spec := item.body["spec"]).get("scope") == "Cluster"
    }
    return [
        item.with_body(_unplaced(item.body)) if (item.key[0], item.kind) in clusters else item
        for item in found
    ]


def _unplaced(body: Json) -> Json:
    metadata = {key: value for key, value in body["metadata"].items() if key != "namespace"}
    return {**body, "metadata": metadata}
