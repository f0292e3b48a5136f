"""What a new GKE cluster has from the start."""

from collections.abc import Iterator

from app.simulator.kubernetes.bootstrap_access import initial_access
from app.simulator.kubernetes.objects import Object

_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_DISK_DRIVER = "pd.csi.storage.gke.io"
# group, plural, kind, short name, versions
_GKE_KINDS = (
    ("cloud.google.com", "backendconfigs", "BackendConfig", "bc", ("v1", "v1beta1")),
    ("networking.gke.io", "frontendconfigs", "FrontendConfig", "", ("v1beta1",)),
    ("networking.gke.io", "managedcertificates", "ManagedCertificate", "mcrt", ("v1",)),
    (
        "networking.gke.io",
        "servicenetworkendpointgroups",
        "ServiceNetworkEndpointGroup",
        "svcneg",
        ("v1beta1",),
    ),
)


def initial_objects() -> Iterator[tuple[str, Object]]:
    """Plural and object, in the order in which they are made."""
    for name in _NAMESPACES:
        yield "namespaces", _object("v1", "Namespace", name)
    yield "services", _kubernetes_service()
    for name, disk in (("standard-rwo", "pd-balanced"), ("premium-rwo", "pd-ssd")):
        yield "storageclasses", _storage_class(name, disk, is_default=name == "standard-rwo")
    for name, value in (
        ("system-cluster-critical", 2_000_000_000),
        ("system-node-critical", 2_000_001_000),
    ):
        priority = _object("scheduling.k8s.io/v1", "PriorityClass", name)
        yield "priorityclasses", {**priority, "value": value}
    yield from initial_access()
    for row in _GKE_KINDS:
        yield "customresourcedefinitions", _definition(*row)


def _object(api_version: str, kind: str, name: str, namespace: str = "") -> Object:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _kubernetes_service() -> Object:
    service = _object("v1", "Service", "kubernetes", "default")
    service["metadata"]["labels"] = {"component": "apiserver", "provider": "kubernetes"}
    port = {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 443}
    return {**service, "spec": {"clusterIP": "10.96.0.1", "ports": [port]}}


def _storage_class(name: str, disk: str, *, is_default: bool) -> Object:
    item = _object("storage.k8s.io/v1", "StorageClass", name)
    if is_default:
        item["metadata"]["annotations"] = {_DEFAULT_CLASS: "true"}
    return {
        **item,
        "provisioner": _DISK_DRIVER,
        "parameters": {"type": disk},
        "allowVolumeExpansion": True,
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def _definition(
    group: str, plural: str, kind: str, short_name: str, versions: tuple[str, ...]
) -> Object:
    names: Object = {"plural": plural, "kind": kind}
    if short_name:
        names["shortNames"] = [short_name]
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": names,
        "versions": [_version(name, stored=name == versions[0]) for name in versions],
    }
    item = _object("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}")
    return {**item, "spec": spec}


def _version(name: str, *, stored: bool) -> Object:
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": free, "status": free}}
    return {
        "name": name,
        "served": True,
        "storage": stored,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
        ],
    }
