"""The Pods that a bundle's objects will make, as the cluster will see them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.kubeflow.bundle import Item, Json
from app.kubeflow.objects import data_of, pod_template

Labels = Mapping[str, str]
_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 1e3, "M": 1e6, "G": 1e9}
_GIB = 2**30
_INJECT = "sidecar.istio.io/inject"
_INJECTOR = ("istio-system", "istio-sidecar-injector")


@dataclass(frozen=True, slots=True)
class Pods:
    """All Pods of one workload; `sidecar` says whether Istio's proxy is put into them."""

    component: str
    kind: str
    namespace: str
    name: str
    labels: Labels
    annotations: Labels
    spec: Json
    replicas: int
    sidecar: bool

    @property
    def service_account(self) -> str:
        return str(self.spec.get("serviceAccountName", "default"))

    def port(self, wanted: int | str) -> int | None:
        """The number of a container's port, which a Service may call by its name."""
        if isinstance(wanted, int):
            return wanted
        for container in self.spec.get("containers") or []:
            for port in container.get("ports") or []:
                if port.get("name") == wanted:
                    return int(port["containerPort"])
        return None


@dataclass(frozen=True, slots=True)
class Requests:
    """What Pods ask for: vCPU, and memory in GiB."""

    cpu: float = 0.0
    memory_gib: float = 0.0

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(self.cpu + other.cpu, self.memory_gib + other.memory_gib)

    def times(self, count: int) -> "Requests":
        """What `count` such Pods ask for."""
        return Requests(self.cpu * count, self.memory_gib * count)


def pods_of(items: Iterable[Item]) -> Iterator[Pods]:
    """The Pods of every workload."""
    found = list(items)
    injected = {item.name for item in found if _wants_sidecars(item)}
    for item in found:
        template = pod_template(item.body)
        if template is not None:
            yield _pods(item, template, injected)


def requests_of(pods: Pods, sidecar: Requests) -> Requests:
    """What all Pods of a workload ask for, each with its sidecar where it gets one."""
    one = _sum(_asked(container) for container in pods.spec.get("containers") or [])
    return (one + sidecar if pods.sidecar else one).times(pods.replicas)


def sidecar_requests(items: Iterable[Item]) -> Requests:
    """What Istio's proxy asks for, as the bundle's own injector is told."""
    for item in items:
        if item.kind == "ConfigMap" and (item.namespace, item.name) == _INJECTOR:
            values = json.loads(data_of(item.body).get("values", "{}"))
            return _asked(((values.get("global") or {}).get("proxy")) or {})
    return Requests()


def quantity(text: str | float) -> float:
    """A Kubernetes quantity as a number: `250m` is 0.25, `2Gi` is 2147483648."""
    said = str(text)
    if said.endswith("m"):
        return float(said[:-1]) / 1000
    for suffix, factor in _SUFFIXES.items():
        if said.endswith(suffix):
            return float(said[: -len(suffix)]) * factor
    return float(said)


def _pods(item: Item, template: Json, injected: set[str]) -> Pods:
    metadata = template.get("metadata") or {}
    labels = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    told = labels.get(_INJECT) or annotations.get(_INJECT)
    sidecar = item.namespace in injected if told is None else told == "true"
    return Pods(
        item.component,
        item.kind,
        item.namespace,
        item.name,
        labels,
        annotations,
        template["spec"],
        int((item.body.get("spec") or {}).get("replicas", 1)),
        sidecar,
    )


def _wants_sidecars(item: Item) -> bool:
    labels = item.body["metadata"].get("labels") or {}
    return item.kind == "Namespace" and labels.get("istio-injection") == "enabled"


def _asked(container: Json) -> Requests:
    asked = (container.get("resources") or {}).get("requests") or {}
    return Requests(quantity(asked.get("cpu", 0)), quantity(asked.get("memory", 0)) / _GIB)


def _sum(parts: Iterable[Requests]) -> Requests:
    return sum(parts, Requests())
