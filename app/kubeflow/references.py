"""What the objects of a bundle refer to, and which of it is nowhere.

Found from the objects alone: Secrets, ConfigMaps, claims, service accounts and priority classes of
Pods; roles and accounts of bindings; services of webhooks, routes and proxies; certificates and
issuers; targets of autoscalers; and the namespace and the kind of every object.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.kubeflow.bundle import Bundle, Item, Json
from app.kubeflow.pods import Pods, pods_of

_CA_FROM = "cert-manager.io/inject-ca-from"
_NAMESPACES = {"kube-system", "default"}
_ROLES = {"cluster-admin", "admin", "edit", "view"}
_MADE_LATER = {  # by whom is in the cluster: istiod and Kubernetes
    ("ConfigMap", "istio-ca-root-cert"),
    ("ConfigMap", "kube-root-ca.crt"),
    ("ServiceAccount", "default"),
}
_GROUPS = {  # API groups that a GKE cluster has
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "cloud.google.com",
    "networking.gke.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that an object needs by name; the namespace is empty for what has none."""

    by: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.by} needs {self.kind} {place}{self.name}"


def dangling(bundle: Bundle) -> list[Reference]:
    """References that lead nowhere: to nothing in the bundle, and to nothing that a cluster has."""
    there = set(_provided(bundle.items))
    return sorted(
        {ref for ref in references(bundle) if not _is_there(ref, there)},
        key=lambda ref: (ref.by, ref.kind, ref.namespace, ref.name),
    )


def references(bundle: Bundle) -> Iterator[Reference]:
    """Everything that the objects of a bundle refer to, optional references left out."""
    for item in bundle.items:
        for kind, namespace, name in _of_object(item):
            yield Reference(_called(item), kind, namespace, name)
    for pods in pods_of(bundle.items):
        for kind, name in _of_pods(pods):
            namespace = "" if kind == "PriorityClass" else pods.namespace
            yield Reference(f"{pods.kind} {pods.namespace}/{pods.name}", kind, namespace, name)


Target = tuple[str, str, str]  # kind, namespace, name


def _provided(items: Iterable[Item]) -> Iterator[Target]:
    for item in items:
        yield item.kind, item.namespace, item.name
        if item.kind == "Certificate" and item.key[0] == "cert-manager.io":
            yield "Secret", item.namespace, item.body["spec"]["secretName"]
        if item.kind == "CustomResourceDefinition":
            spec = item.body["spec"]
            yield "kind", spec["group"], spec["names"]["kind"]


def _is_there(reference: Reference, there: set[Target]) -> bool:
    target = (reference.kind, reference.namespace, reference.name)
    if target in there or (reference.kind, reference.name) in _MADE_LATER:
        return True
    match target:
        case ("Namespace", _, name):
            return name in _NAMESPACES
        case ("ClusterRole", _, name):
            return name in _ROLES or name.startswith("system:")
        case ("kind", group, _):
            return group in _GROUPS
        case ("PriorityClass", _, name):
            return name.startswith("system-")
    return reference.kind == "Role" and reference.namespace == "kube-system"


def _called(item: Item) -> str:
    return f"{item.kind} {item.namespace}/{item.name}" if item.namespace else _unplaced(item)


def _unplaced(item: Item) -> str:
    return f"{item.kind} {item.name}"


def _of_object(item: Item) -> Iterator[Target]:
    """What an object of any kind refers to itself; its Pods come apart."""
    yield "kind", item.key[0], item.kind
    if item.namespace:
        yield "Namespace", "", item.namespace
    certificate = (item.body["metadata"].get("annotations") or {}).get(_CA_FROM)
    if certificate:
        yield "Certificate", *_split(certificate)
    finder = _FINDERS.get(item.kind)
    if finder is not None:
        yield from finder(item, item.body.get("spec") or {})


def _split(named: str) -> tuple[str, str]:
    namespace, _, name = named.partition("/")
    return namespace, name


def _of_binding(item: Item, _spec: Json) -> Iterator[Target]:
    role = item.body["roleRef"]
    yield role["kind"], item.namespace if role["kind"] == "Role" else "", role["name"]
    for subject in item.body.get("subjects") or []:
        if subject["kind"] == "ServiceAccount":
            yield "ServiceAccount", subject.get("namespace", item.namespace), subject["name"]


def _of_webhooks(item: Item, _spec: Json) -> Iterator[Target]:
    for webhook in item.body.get("webhooks") or []:
        service = webhook["clientConfig"].get("service")
        if service:
            yield "Service", service["namespace"], service["name"]


def _of_definition(_item: Item, spec: Json) -> Iterator[Target]:
    webhook = (spec.get("conversion") or {}).get("webhook") or {}
    service = (webhook.get("clientConfig") or {}).get("service")
    if service:
        yield "Service", service["namespace"], service["name"]


def _of_routes(item: Item, spec: Json) -> Iterator[Target]:
    for gateway in spec.get("gateways") or []:
        namespace, _, name = gateway.rpartition("/")
        yield "Gateway", namespace or item.namespace, name
    for route in spec.get("http") or []:
        for target in route.get("route") or []:
            yield from _host(item, target["destination"]["host"])


def _of_destination(item: Item, spec: Json) -> Iterator[Target]:
    yield from _host(item, spec["host"])


def _host(item: Item, host: str) -> Iterator[Target]:
    """A Service by its name in the cluster's DNS; other names are not the cluster's."""
    parts = host.split(".")
    if len(parts) == 1:
        yield "Service", item.namespace, parts[0]
    elif parts[2:3] == ["svc"] and parts[0] != "*":
        yield "Service", parts[1], parts[0]


def _of_certificate(item: Item, spec: Json) -> Iterator[Target]:
    issuer = spec.get("issuerRef")
    if issuer:
        kind = issuer.get("kind", "Issuer")
        yield kind, item.namespace if kind == "Issuer" else "", issuer["name"]


def _of_autoscaler(item: Item, spec: Json) -> Iterator[Target]:
    target = spec["scaleTargetRef"]
    yield target["kind"], item.namespace, target["name"]


_FINDERS = {
    "RoleBinding": _of_binding,
    "ClusterRoleBinding": _of_binding,
    "MutatingWebhookConfiguration": _of_webhooks,
    "ValidatingWebhookConfiguration": _of_webhooks,
    "CustomResourceDefinition": _of_definition,
    "VirtualService": _of_routes,
    "DestinationRule": _of_destination,
    "Certificate": _of_certificate,
    "HorizontalPodAutoscaler": _of_autoscaler,
}


def _of_pods(pods: Pods) -> Iterator[tuple[str, str]]:
    yield "ServiceAccount", pods.service_account
    if pods.spec.get("priorityClassName"):
        yield "PriorityClass", pods.spec["priorityClassName"]
    for volume in pods.spec.get("volumes") or []:
        yield from _of_volume(volume)
    for field in ("initContainers", "containers"):
        for container in pods.spec.get(field) or []:
            yield from _of_container(container)


def _of_volume(volume: Json) -> Iterator[tuple[str, str]]:
    secret = volume.get("secret") or {}
    if secret and not secret.get("optional"):
        yield "Secret", secret["secretName"]
    config = volume.get("configMap") or {}
    if config and not config.get("optional"):
        yield "ConfigMap", config["name"]
    if "persistentVolumeClaim" in volume:
        yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for source in (volume.get("projected") or {}).get("sources") or []:
        for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
            if field in source and not source[field].get("optional"):
                yield kind, source[field]["name"]


def _of_container(container: Json) -> Iterator[tuple[str, str]]:
    named = [variable.get("valueFrom") or {} for variable in container.get("env") or []]
    for source in [*named, *(container.get("envFrom") or [])]:
        for field, value in source.items():
            kind = _SOURCES.get(field)
            if kind and not value.get("optional"):
                yield kind, value["name"]


_SOURCES = {
    "secretKeyRef": "Secret",
    "secretRef": "Secret",
    "configMapKeyRef": "ConfigMap",
    "configMapRef": "ConfigMap",
}
