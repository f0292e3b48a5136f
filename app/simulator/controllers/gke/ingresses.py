"""Ingresses of class gce: an address, forwarding rules, and a backend with its health."""

from datetime import datetime, timedelta

import orjson

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.gke.health import BACKENDS, answers_check, ready_pods
from app.simulator.controllers.gke.names import backend_name, load_balancer_names
from app.simulator.controllers.gke.parts import (
    Parts,
    Plan,
    backend_parts,
    frontend_parts,
    group_path,
    paths_to_remove,
)
from app.simulator.controllers.gke.translation import (
    ALLOW_HTTP,
    Backend,
    TranslationError,
    backend_of,
    certificates_of,
    is_googles,
    service_reference,
    static_address_of,
)
from app.simulator.controllers.kinds import (
    BACKEND_CONFIG,
    INGRESS,
    MANAGED_CERTIFICATE,
    NETWORK_ENDPOINT_GROUP,
    POD,
    SECRET,
    SERVICE,
)
from app.simulator.controllers.objects import (
    Key,
    Object,
    annotations,
    deleting,
    exact_stamp,
    key_of,
    moment_of,
)

FINALIZER = "networking.gke.io/ingress-finalizer-V2"
SINCE = "simulator.kfportal/since"
READY_SINCE = "simulator.kfportal/ready-since"
ADDRESS_GIVEN = "ingress.kubernetes.io/static-ip"
CERTIFICATE_NAMES = "ingress.gcp.kubernetes.io/pre-shared-cert"
_COMPONENT = "loadbalancer-controller"
_MANAGER = "glbc"
_RETRY_SECONDS = 5.0
_REMOVAL_SECONDS = 30.0


class IngressController(Controller):
    """Plays GKE's load balancer controller.

    The moments at which its waits began stand in annotations, so that a restart does not
    begin them anew.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._ingresses = self.watch(INGRESS)
        for kind in (SERVICE, BACKEND_CONFIG, MANAGED_CERTIFICATE, SECRET):
            self.watch(kind, self._of_namespace)
        self._pods = self.watch(POD, self._of_namespace)
        self._groups = self.use(NETWORK_ENDPOINT_GROUP)
        self._deleted_at: dict[Key, datetime] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Bring the load balancer a step further, or take it away."""
        ingress = self._ingresses.get(key)
        if ingress is None or not is_googles(ingress):
            return None
        if deleting(ingress):
            return await self._remove(ingress)
        try:
            backend = backend_of(ingress, self.cluster.get)
        except TranslationError as error:
            self.context.events.warning(ingress, "Translate", error.message, _COMPONENT)
            return self._seconds(_RETRY_SECONDS)
        return await self._sync(ingress, backend)

    async def _sync(self, ingress: Object, backend: Backend) -> float | None:
        address = self._address_for(ingress)
        if address is None:
            return self._seconds(_RETRY_SECONDS)
        ingress = await self._begin(ingress)
        await self._make_backend(ingress, backend)
        health_due = await self._follow_health(ingress, backend)
        address_due = await self._give_address(ingress, backend, address)
        return min((due for due in (health_due, address_due) if due is not None), default=None)

    def _address_for(self, ingress: Object) -> str | None:
        name = static_address_of(ingress)
        facts = self.context.facts
        address = self.context.world.address(facts.project, name) if name else None
        if address is None:
            told = f"the given static IP name {name} doesn't translate to an existing static IP."
            message = f"Error syncing to GCP: error running load balancer syncing routine: {told}"
            self.context.events.warning(ingress, "Sync", message, _COMPONENT)
        return address

    async def _begin(self, ingress: Object) -> Object:
        """Note when the work began, and that the Ingress may not vanish unnoticed."""
        if SINCE in annotations(ingress):
            return ingress
        self.context.events.normal(ingress, "Sync", "Scheduled for sync", _COMPONENT)
        finalizers = ingress["metadata"].get("finalizers") or []
        metadata = {
            "annotations": {SINCE: exact_stamp(self.clock.now())},
            "finalizers": [*finalizers, FINALIZER],
        }
        return await self.cluster.merge(INGRESS, ingress, {"metadata": metadata}, _MANAGER)

    async def _make_backend(self, ingress: Object, backend: Backend) -> None:
        facts, service = self.context.facts, key_of(backend.service)
        self._make(backend_parts(self._plan(ingress, backend), service))
        self.context.world.put_backend_service(
            facts.project, self._backend_name(backend), backend.iap
        )
        await self._make_group(backend)
        self.context.waits.begin(_what(ingress), self.context.timings.ingress_address)

    def _plan(self, ingress: Object, backend: Backend, address: str = "") -> Plan:
        names = {name: value for name, value in self._annotations_for(ingress).items() if value}
        certificates = names.pop(CERTIFICATE_NAMES, "").split(",")
        return Plan(
            facts=self.context.facts,
            backend=backend,
            backend_name=self._backend_name(backend),
            names=names,
            certificates=tuple(name for name in certificates if name),
            address=address,
        )

    def _make(self, parts: Parts) -> None:
        for path, body in parts.items():
            self.context.world.put_compute(self.context.facts.project, path, body)

    async def _give_address(self, ingress: Object, backend: Backend, address: str) -> float | None:
        seconds = self.context.timings.ingress_address
        left = self._left(moment_of(annotations(ingress)[SINCE]), seconds)
        if left > 0:
            return left
        self._make(frontend_parts(self._plan(ingress, backend, address)))
        await self._annotate(ingress, self._annotations_for(ingress))
        if not (ingress.get("status") or {}).get("loadBalancer", {}).get("ingress"):
            status = {"loadBalancer": {"ingress": [{"ip": address}]}}
            await self.cluster.set_status(INGRESS, ingress, status, _MANAGER)
            told = f"IP is now {address}"
            self.context.events.normal(ingress, "IPChanged", told, _COMPONENT)
        self.context.waits.end(_what(ingress))
        return None

    async def _follow_health(self, ingress: Object, backend: Backend) -> float | None:
        pods = ready_pods(backend, self._pods.all(key_of(backend.service)[0]))
        self._tell_endpoints(backend, pods)
        since = annotations(ingress).get(READY_SINCE)
        if not pods or not answers_check(backend):
            await self._annotate(ingress, {READY_SINCE: None})
            await self._tell_health(ingress, backend, False)
            return None
        held = self.context.world.held_back("backend")
        seconds = self.context.timings.backend_healthy + held
        self.context.waits.begin(f"{_what(ingress)}/healthy", seconds)
        if since is None:
            since = exact_stamp(self.clock.now())
            await self._annotate(ingress, {READY_SINCE: since})
        left = self._left(moment_of(since), seconds)
        if left > 0:
            if held:
                await self._tell_health(ingress, backend, False)
            # a fault may be cleared, and then the wait is shorter
            return min(left, self._seconds(_RETRY_SECONDS))
        self.context.waits.end(f"{_what(ingress)}/healthy")
        await self._tell_health(ingress, backend, True)
        return None

    def _tell_endpoints(self, backend: Backend, pods: list[Object]) -> None:
        ports: list[Object] = backend.service["spec"].get("ports") or [{}]
        port = ports[0].get("targetPort")
        endpoints = [
            {
                "ip": pod["status"].get("podIP", ""),
                "port": port if isinstance(port, int) else backend.port,
                "node": pod["spec"].get("nodeName", ""),
            }
            for pod in pods
        ]
        path = group_path(self.context.facts, self._backend_name(backend))
        self.context.world.put_endpoints(self.context.facts.project, path, endpoints)

    async def _tell_health(self, ingress: Object, backend: Backend, healthy: bool) -> None:
        name, project = self._backend_name(backend), self.context.facts.project
        self.context.world.set_backend_health(project, name, healthy)
        state = "HEALTHY" if healthy else "UNHEALTHY"
        await self._annotate(ingress, {BACKENDS: orjson.dumps({name: state}).decode()})

    async def _annotate(self, ingress: Object, marks: dict[str, str | None]) -> None:
        present = annotations(self._ingresses.get(key_of(ingress)) or ingress)
        patch = {name: value for name, value in marks.items() if present.get(name) != value}
        if patch:
            metadata = {"metadata": {"annotations": patch}}
            await self.cluster.merge(INGRESS, ingress, metadata, _MANAGER)

    def _annotations_for(self, ingress: Object) -> dict[str, str | None]:
        names = load_balancer_names(self.context.facts, key_of(ingress))
        if annotations(ingress).get(ALLOW_HTTP) == "false":
            names.pop("ingress.kubernetes.io/forwarding-rule")
            names.pop("ingress.kubernetes.io/target-proxy")
        marks: dict[str, str | None] = {**names, ADDRESS_GIVEN: static_address_of(ingress)}
        certificates = [self.cluster.get(MANAGED_CERTIFICATE, k) for k in certificates_of(ingress)]
        known = [(each or {}).get("status", {}).get("certificateName") for each in certificates]
        joined = ",".join(name for name in known if name)
        if joined:
            marks |= {CERTIFICATE_NAMES: joined, "ingress.kubernetes.io/ssl-cert": joined}
        return marks

    async def _make_group(self, backend: Backend) -> None:
        namespace, service = key_of(backend.service)
        name = self._backend_name(backend)
        if self._groups.get((namespace, name)) is None:
            tags = {"networking.gke.io/service-name": service}
            tags |= {"networking.gke.io/service-port": str(backend.port)}
            metadata = {"name": name, "namespace": namespace, "labels": tags}
            await self.cluster.create(NETWORK_ENDPOINT_GROUP, {"metadata": metadata}, _MANAGER)

    async def _remove(self, ingress: Object) -> float | None:
        key, finalizers = key_of(ingress), ingress["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            return None
        self.context.waits.begin(f"{_what(ingress)}/deleted", _REMOVAL_SECONDS)
        left = self._left(self._deleted_since(ingress), _REMOVAL_SECONDS)
        if left > 0:
            return left
        await self._take_away(ingress)
        rest = [each for each in finalizers if each != FINALIZER]
        await self.cluster.merge(INGRESS, ingress, {"metadata": {"finalizers": rest}}, _MANAGER)
        self._deleted_at.pop(key, None)
        for what in ("", "/healthy", "/deleted"):
            self.context.waits.forget(_what(ingress) + what)
        return None

    def _deleted_since(self, ingress: Object) -> datetime:
        """To the second after a restart, exact otherwise."""
        now, told = self.clock.now(), moment_of(ingress["metadata"]["deletionTimestamp"])
        fresh = now - told < timedelta(seconds=1)
        return self._deleted_at.setdefault(key_of(ingress), now if fresh else told)

    async def _take_away(self, ingress: Object) -> None:
        facts, world = self.context.facts, self.context.world
        backends = list(orjson.loads(annotations(ingress).get(BACKENDS, "{}")))
        names = load_balancer_names(facts, key_of(ingress))
        for path in paths_to_remove(facts, names, backends):
            world.delete_compute(facts.project, path)
        for backend in backends:
            world.delete_backend_service(facts.project, backend)
            group = self._groups.get((key_of(ingress)[0], backend))
            if group is not None:
                await self.cluster.delete(NETWORK_ENDPOINT_GROUP, group)

    def _backend_name(self, backend: Backend) -> str:
        return backend_name(self.context.facts, key_of(backend.service), backend.port)

    def _of_namespace(self, obj: Object) -> list[Key]:
        """The Ingresses for which a change of this object can matter."""
        namespace, name = key_of(obj)
        ingresses = self._ingresses.all(namespace)
        if obj["kind"] == "Service":
            ingresses = [
                each for each in ingresses if (service_reference(each) or ("",))[0] == name
            ]
        return [key_of(each) for each in ingresses]

    def _left(self, since: datetime, simulated_seconds: float) -> float:
        return (self.clock.after(simulated_seconds, since) - self.clock.now()).total_seconds()

    def _seconds(self, simulated: float) -> float:
        return max(0.1, self.clock.real(simulated))


def _names_service(ingress: Object, name: str) -> bool:
    reference = service_reference(ingress)
    return reference is not None and reference[0] == name


def _what(ingress: Object) -> str:
    return "kubernetes.ingress/" + "/".join(key_of(ingress))
