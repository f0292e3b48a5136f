"""What the API server itself does to particular kinds as they are written."""

import secrets
from collections.abc import Callable
from functools import partial

from app.simulator.kubernetes import crds, defaults
from app.simulator.kubernetes.objects import (
    Object,
    metadata_of,
    value_at,
    with_metadata,
    with_value,
)
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Entry, Storage

_NETWORK = "10.96"
_FIRST_NODE_PORT = 30_000
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def generated_name(prefix: str) -> str:
    """A name for `metadata.generateName`."""
    suffix = "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(5))
    return prefix[:58] + suffix


class Kinds:
    """Completes objects of kinds that get more than constants: addresses, classes, selectors."""

    def __init__(self, objects: Storage) -> None:
        self._objects = objects
        self._on_create: dict[str, Callable[[Object], Object]] = {
            "/namespaces": _begin_life,
            "/services": self._allocate,
            "/persistentvolumeclaims": self._choose_class,
            "/persistentvolumes": _protect_volume,
            "batch/jobs": _select_own_pods,
            "apps/daemonsets": partial(_count_generation, {}),
        }

    def defaulted(self, resource: Resource, item: Object) -> Object:
        """The object with the constants that its type has where it leaves them out."""
        if resource.storage == crds.CRD_STORAGE:
            return crds.with_defaults(item)
        return defaults.with_defaults(resource.storage, item)

    def complete_new(self, resource: Resource, item: Object) -> Object:
        """A new object with all else that the API server adds to its content."""
        complete = self._on_create.get(resource.storage)
        return complete(item) if complete else item

    def complete_changed(self, resource: Resource, before: Object, after: Object) -> Object:
        """A changed object with all that the API server adds or keeps."""
        complete: Callable[[Object], Object] | None = None
        if resource.storage == "/services":
            after = _keep_addresses(before, after)
            complete = self._allocate
        if resource.storage == "/persistentvolumeclaims":
            after = _keep(before, after, ["spec", "storageClassName"])
            after = _keep(before, after, ["spec", "volumeName"])
        if resource.storage == "apps/daemonsets":
            complete = partial(_count_generation, before)
        if resource.storage == "batch/jobs":
            after = _keep(before, after, ["spec", "selector"])
            complete = _select_own_pods
        filled = self.defaulted(resource, after)
        return complete(filled) if complete else filled

    def _allocate(self, service: Object) -> Object:
        spec = service["spec"]
        if spec["type"] == "ExternalName":
            return service
        address = spec.get("clusterIP") or self._free_address()
        families = {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
        spec = {**families, **spec, "clusterIP": address, "clusterIPs": [address]}
        if spec["type"] in ("NodePort", "LoadBalancer"):
            spec["ports"] = self._with_node_ports(spec.get("ports") or [])
        return {**service, "spec": spec}

    def _free_address(self) -> str:
        used = {value_at(entry.content, "spec.clusterIP") for entry in self._services()}
        numbers = range(2 + secrets.randbelow(50_000), 65_534)
        candidates = (f"{_NETWORK}.{number // 256}.{number % 256}" for number in numbers)
        return next(address for address in candidates if address not in used)

    def _with_node_ports(self, ports: list[Object]) -> list[Object]:
        used = {
            port.get("nodePort")
            for entry in self._services()
            for port in value_at(entry.content, "spec.ports") or ()
        }
        free = (port for port in range(_FIRST_NODE_PORT, 32_768) if port not in used)
        return [
            port if port.get("nodePort") else {**port, "nodePort": next(free)} for port in ports
        ]

    def _services(self) -> list[Entry]:
        return self._objects.items("/services")

    def _choose_class(self, claim: Object) -> Object:
        claim = _protected(claim, "kubernetes.io/pvc-protection")
        if "storageClassName" in claim["spec"]:
            return claim
        for entry in self._objects.items("storage.k8s.io/storageclasses"):
            if (entry.metadata.get("annotations") or {}).get(_DEFAULT_CLASS) == "true":
                return with_value(claim, ["spec", "storageClassName"], entry.key[2])
        return claim


def _begin_life(namespace: Object) -> Object:
    return with_value(namespace, ["spec", "finalizers"], ["kubernetes"])


def _protect_volume(volume: Object) -> Object:
    return _protected(volume, "kubernetes.io/pv-protection")


def _protected(item: Object, finalizer: str) -> Object:
    """Storage that is in use must not go: another of the API server's plug-ins sees to it."""
    finalizers = metadata_of(item).get("finalizers") or []
    kept = finalizers if finalizer in finalizers else [*finalizers, finalizer]
    changed: Object = with_metadata(item, finalizers=kept)
    return changed


def _count_generation(before: Object, after: Object) -> Object:
    template = ["spec", "template"]
    known = value_at(before, ["metadata", "annotations", defaults.TEMPLATE_GENERATION]) or "0"
    changed = value_at(before, template) != value_at(after, template)
    number = str(int(known) + changed)
    return with_value(after, ["metadata", "annotations", defaults.TEMPLATE_GENERATION], number)


def _select_own_pods(job: Object) -> Object:
    if job["spec"].get("manualSelector"):
        return job
    metadata = metadata_of(job)
    own = {
        "batch.kubernetes.io/controller-uid": metadata["uid"],
        "batch.kubernetes.io/job-name": metadata["name"],
        "controller-uid": metadata["uid"],
        "job-name": metadata["name"],
    }
    labels = {**(value_at(job, "spec.template.metadata.labels") or {}), **own}
    selector = {"batch.kubernetes.io/controller-uid": metadata["uid"]}
    job = with_value(job, ["spec", "template", "metadata", "labels"], labels)
    return with_value(job, ["spec", "selector", "matchLabels"], selector)


def _keep_addresses(before: Object, after: Object) -> Object:
    for field in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
        after = _keep(before, after, ["spec", field])
    known = {
        (port.get("port"), port.get("protocol", "TCP")): port.get("nodePort")
        for port in value_at(before, "spec.ports") or ()
    }
    if value_at(after, "spec.type") in ("NodePort", "LoadBalancer"):
        ports = [
            port
            if port.get("nodePort")
            else {**port, "nodePort": known.get((port.get("port"), port.get("protocol", "TCP")))}
            for port in value_at(after, "spec.ports") or ()
        ]
        after = with_value(after, ["spec", "ports"], ports)
    return after


def _keep(before: Object, after: Object, path: list[str]) -> Object:
    old = value_at(before, path)
    return after if old is None or value_at(after, path) else with_value(after, path, old)
