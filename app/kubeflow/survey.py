"""What a bundle says of itself, found by looking through its objects."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable

from app.kubeflow.bundle import Bundle, Contents, Item, Key
from app.kubeflow.components import Component, in_order
from app.kubeflow.objects import images_of
from app.kubeflow.pods import Requests, pods_of, quantity, requests_of, sidecar_requests
from app.kubeflow.scopes import placed

_GIB = 2**30
_FIRST = (
    "Namespace",
    "ResourceQuota",
    "CustomResourceDefinition",
    "ServiceAccount",
    "NetworkPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "PriorityClass",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def assembled(
    version: str, variant: str, source: str, parts: Iterable[tuple[Component, Item]]
) -> Bundle:
    """A bundle of objects, each once and in the order of installation, with what is in it."""
    known: dict[str, Component] = {}
    found: dict[Key, Item] = {}
    for component, item in parts:
        known[component.id] = component
        found.setdefault(item.key, item)
    components = in_order(known.values())
    places = {component.id: place for place, component in enumerate(components)}
    items = sorted(
        placed(found.values()),
        key=lambda item: (not item.base, places[item.component], _rank(item), item.key),
    )
    contents = dataclasses.replace(surveyed(items, components), source=source)
    return Bundle(version, variant, tuple(items), contents)


def surveyed(items: Iterable[Item], components: Iterable[Component]) -> Contents:
    """Count, add up and list what is in `items`."""
    found = list(items)
    requests, claims = _requests(found), _claims(found)
    return Contents(
        components=tuple(
            _with_requests(each, requests[each.id], claims[each.id]) for each in components
        ),
        images=tuple(sorted({image for item in found for image in images_of(item.body)})),
        storage_gib=round(sum(claims.values()), 3),
        groups=tuple(sorted({_group(item) for item in found if _defines(item)})),
        kinds=dict(sorted(Counter(item.kind for item in found).items())),
        ready=_ready(found),
    )


def _requests(items: list[Item]) -> defaultdict[str, Requests]:
    sidecar = sidecar_requests(items)
    sums: defaultdict[str, Requests] = defaultdict(Requests)
    for pods in pods_of(items):
        sums[pods.component] += requests_of(pods, sidecar)
    return sums


def _claims(items: list[Item]) -> defaultdict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for item in items:
        if item.kind == "PersistentVolumeClaim":
            asked = item.body["spec"]["resources"]["requests"]["storage"]
            sums[item.component] += quantity(asked) / _GIB
    return sums


def _with_requests(component: Component, requests: Requests, claim: float) -> Component:
    return dataclasses.replace(
        component,
        cpu=round(requests.cpu, 3),
        memory_gib=round(requests.memory_gib, 3),
        storage_gib=round(claim, 3),
    )


def _ready(items: list[Item]) -> dict[str, list[list[str]]]:
    workloads: defaultdict[str, list[list[str]]] = defaultdict(list)
    for pods in pods_of(items):
        workloads[pods.component].append([pods.kind, pods.namespace, pods.name])
    return dict(workloads)


def _defines(item: Item) -> bool:
    return item.kind == "CustomResourceDefinition"


def _group(item: Item) -> str:
    return str(item.body["spec"]["group"])


def _rank(item: Item) -> int:
    if item.kind in _LAST:
        return len(_FIRST) + 1 + _LAST.index(item.kind)
    return _FIRST.index(item.kind) if item.kind in _FIRST else len(_FIRST)
