"""EndpointSlices and Endpoints: the ready Pods behind each Service."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kinds import ENDPOINT_SLICE, ENDPOINTS, POD, SERVICE
from app.simulator.controllers.objects import (
    Key,
    Object,
    deleting,
    digest,
    key_of,
    labels,
    owner_reference,
    pod_ready,
    uid,
)
from app.simulator.controllers.workloads.pods import MANAGER, finished

_BY_CONTROLLER = "endpointslice-controller.k8s.io"


@dataclass(frozen=True)
class Backend:
    """One Pod with an address, as a Service's endpoint."""

    pod: Object
    ports: tuple[tuple[str, int, str], ...]

    @property
    def ready(self) -> bool:
        """Whether it takes traffic."""
        return pod_ready(self.pod)


class EndpointsController(Controller):
    """Follows Services and the Pods that they select."""

    workers = 3

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._services = self.watch(SERVICE)
        self._pods = self.watch(POD, self._concerned, _matters)
        self._slices = self.use(ENDPOINT_SLICE)
        self._endpoints = self.use(ENDPOINTS)

    async def reconcile(self, key: Key) -> float | None:
        """Write both objects if they differ from what they should be."""
        service = self._services.get(key)
        if service is None or deleting(service) or not service["spec"].get("selector"):
            await self._remove_endpoints(key, service)
            return None
        backends = list(backends_of(service, self._pods.all(key[0])))
        await self._write_slice(service, backends)
        await self._write_endpoints(service, backends)
        return None

    def _concerned(self, pod: Object) -> list[Key]:
        services = self._services.all(key_of(pod)[0])
        return [key_of(service) for service in services if _routes_to(service, pod)]

    async def _write_slice(self, service: Object, backends: list[Backend]) -> None:
        wanted = slice_for(service, backends)
        present = self._slices.get(key_of(wanted))
        if present is None:
            await self.cluster.create(ENDPOINT_SLICE, wanted, MANAGER)
        elif any(present.get(part) != wanted[part] for part in ("endpoints", "ports")):
            patch = {part: wanted[part] for part in ("endpoints", "ports")}
            await self.cluster.merge(ENDPOINT_SLICE, present, patch, MANAGER)

    async def _write_endpoints(self, service: Object, backends: list[Backend]) -> None:
        wanted = endpoints_for(service, backends)
        present = self._endpoints.get(key_of(wanted))
        if present is None:
            await self.cluster.create(ENDPOINTS, wanted, MANAGER)
        elif (present.get("subsets") or []) != wanted["subsets"]:
            patch = {"subsets": wanted["subsets"]}
            await self.cluster.merge(ENDPOINTS, present, patch, MANAGER)

    async def _remove_endpoints(self, key: Key, service: Object | None) -> None:
        present = self._endpoints.get(key)
        if service is None and present is not None:
            await self.cluster.delete(ENDPOINTS, present)


def backends_of(service: Object, pods: list[Object]) -> Iterator[Backend]:
    """The selected Pods that have an address and are not finished or going."""
    for pod in sorted(pods, key=key_of):
        has_address = (pod.get("status") or {}).get("podIP")
        if has_address and _routes_to(service, pod) and not finished(pod) and not deleting(pod):
            yield Backend(pod, tuple(_ports(service, pod)))


def slice_for(service: Object, backends: list[Backend]) -> Object:
    """The one EndpointSlice of a Service."""
    namespace, name = key_of(service)
    return {
        "metadata": {
            "name": f"{name}-{digest(uid(service), 5)}",
            "namespace": namespace,
            "labels": labels(service)
            | {
                "kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": _BY_CONTROLLER,
            },
            "ownerReferences": [owner_reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": [_endpoint(backend) for backend in backends],
        "ports": [_port(each) for each in backends[0].ports] if backends else [],
    }


def endpoints_for(service: Object, backends: list[Backend]) -> Object:
    """The older form of the same."""
    namespace, name = key_of(service)
    ready = [_address(backend) for backend in backends if backend.ready]
    others = [_address(backend) for backend in backends if not backend.ready]
    subset: Object = {"addresses": ready} if ready else {}
    subset |= {"notReadyAddresses": others} if others else {}
    if backends and backends[0].ports:
        subset["ports"] = [_port(each) for each in backends[0].ports]
    metadata = {"name": name, "namespace": namespace, "labels": labels(service)}
    return {"metadata": metadata, "subsets": [subset] if backends else []}


def _endpoint(backend: Backend) -> Object:
    return {
        "addresses": [backend.pod["status"]["podIP"]],
        "conditions": {"ready": backend.ready, "serving": backend.ready, "terminating": False},
        "nodeName": backend.pod["spec"].get("nodeName"),
        "targetRef": _reference(backend.pod),
    }


def _address(backend: Backend) -> Object:
    return {
        "ip": backend.pod["status"]["podIP"],
        "nodeName": backend.pod["spec"].get("nodeName"),
        "targetRef": _reference(backend.pod),
    }


def _reference(pod: Object) -> Object:
    namespace, name = key_of(pod)
    return {"kind": "Pod", "namespace": namespace, "name": name, "uid": uid(pod)}


def _port(port: tuple[str, int, str]) -> Object:
    name, number, protocol = port
    return {"name": name, "port": number, "protocol": protocol}


def _ports(service: Object, pod: Object) -> Iterator[tuple[str, int, str]]:
    for port in service["spec"].get("ports") or []:
        number = _number(port.get("targetPort", port["port"]), pod)
        if number is not None:
            yield port.get("name", ""), number, port.get("protocol", "TCP")


def _number(target: int | str, pod: Object) -> int | None:
    if isinstance(target, int):
        return target
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or []:
            if port.get("name") == target:
                return int(port["containerPort"])
    return int(target) if target.isdigit() else None


def _routes_to(service: Object, pod: Object) -> bool:
    selector, tags = service["spec"].get("selector"), labels(pod)
    return bool(selector) and all(tags.get(name) == value for name, value in selector.items())


def _matters(pod: Object, former: Object | None) -> bool:
    """Whether a change of a Pod can change a Service's endpoints."""
    return former is None or former is pod or _facets(pod) != _facets(former)


def _facets(pod: Object) -> tuple[object, ...]:
    return (pod.get("status") or {}).get("podIP"), pod_ready(pod), finished(pod), labels(pod)
