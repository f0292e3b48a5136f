"""Whether everything that must be called can be, computed from a bundle's objects alone.

The API server calls webhooks (on GKE from a Pod of konnectivity), Google's load balancer and the
Pods of Profiles call Istio's gateways, the gateways call each component that has a route, sign-in
calls dex, and Pods of Profiles call the services that notebooks and pipelines use.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import yaml

from app.domain.names import GATEWAY_SERVICE, INGRESS_NAMESPACE
from app.kubeflow.bundle import Item, Json
from app.kubeflow.objects import data_of
from app.kubeflow.pods import Pods, pods_of
from app.kubeflow.verdicts import Caller, Policies

API_SERVER = Caller(
    "the API server", "kube-system", {"k8s-app": "konnectivity-agent"}, namespace_labels={}
)
LOAD_BALANCER = (
    Caller("the load balancer", address="130.211.0.1"),
    Caller("the load balancer", address="35.191.0.1"),
)
PROFILE = Caller(
    "a Profile's Pod",
    "somebodys-profile",
    principal="cluster.local/ns/somebodys-profile/sa/default-editor",
    namespace_labels={"app.kubernetes.io/part-of": "kubeflow-profile"},
)
_HEALTH_PORT = 15021
_FOR_PROFILES = ("ml-pipeline", "metadata-grpc-service", "minio-service", "katib-db-manager")
_KFAM = ("kubeflow", "profiles-kfam")  # its own policy lets the dashboard in, and no gateway
_ISTIOD = ("istio-system", "istiod")
_DISCOVERY_PORT = 15012


@dataclass(frozen=True, slots=True)
class Call:
    """A caller, and a port of a Service that it must reach."""

    caller: Caller
    what: str
    namespace: str
    service: str
    port: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A call that does not arrive, and what is in its way."""

    call: Call
    reason: str

    def __str__(self) -> str:
        call = self.call
        place = f"{call.namespace}/{call.service}:{call.port}"
        return f"{call.caller.title} cannot reach {place} ({call.what}): {self.reason}"


def obstacles(items: Iterable[Item], *, public: bool = True) -> list[Obstacle]:
    """Every call that does not arrive; `public` says whether a load balancer is to come in."""
    cluster = _Cluster(list(items))
    found = [cluster.obstacle(call) for call in cluster.calls(public=public)]
    return [each for each in found if each is not None]


def webhook_ports(items: Iterable[Item]) -> set[int]:
    """The ports of Pods at which the API server calls webhooks."""
    return _Cluster(list(items)).webhook_ports()


class _Cluster:
    """The objects of a bundle, as far as calls are concerned."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items
        self._pods = list(pods_of(items))
        self._policies = Policies(items)
        self._services = {
            (item.namespace, item.name): item.body["spec"]
            for item in items
            if (item.key[0], item.kind) == ("", "Service")
        }
        self._gateways = list(self._pods_of_gateways())

    def calls(self, *, public: bool) -> Iterator[Call]:
        yield from self._to_webhooks()
        yield from self._to_gateways(public=public)
        yield from self._to_components()
        yield from self._to_sign_in()
        yield from self._to_istiod()
        for name in _FOR_PROFILES:
            for port in self._ports("kubeflow", name):
                yield Call(PROFILE, "notebooks and pipelines", "kubeflow", name, port)

    def obstacle(self, call: Call) -> Obstacle | None:
        spec = self._services.get((call.namespace, call.service))
        if spec is None:
            return Obstacle(call, "there is no such Service")
        pods = [each for each in self._pods if self._is_behind(each, call.namespace, spec)]
        if not pods:
            return Obstacle(call, "no Pods are behind it")
        reasons = {self._reason(call, each, spec) for each in pods} - {""}
        return Obstacle(call, ", ".join(sorted(reasons))) if reasons else None

    def webhook_ports(self) -> set[int]:
        return {port for call in self._to_webhooks() for port in self._ports_behind(call)}

    def _ports_behind(self, call: Call) -> Iterator[int]:
        """The Pods' ports that a Service's port stands for."""
        spec = self._services.get((call.namespace, call.service), {})
        for entry in spec.get("ports") or []:
            if entry["port"] == call.port:
                wanted = entry.get("targetPort", call.port)
                behind = (p for p in self._pods if self._is_behind(p, call.namespace, spec))
                yield from filter(None, (pods.port(wanted) for pods in behind))

    def _reason(self, call: Call, pods: Pods, spec: Json) -> str:
        for entry in spec.get("ports") or []:
            if entry["port"] == call.port:
                port = pods.port(entry.get("targetPort", call.port))
                if port is None:
                    return "its Pods have no such port"
                proxied = pods.sidecar or pods in self._gateways
                return self._policies.obstacle(call.caller, pods, port, proxied=proxied)
        return "the Service has no such port"

    def _to_webhooks(self) -> Iterator[Call]:
        for item in self._items:
            for title, config in _webhooks(item):
                service = config.get("service")
                if service:
                    place = service["namespace"], service["name"], service.get("port", 443)
                    yield Call(API_SERVER, f"webhook {title}", *place)

    def _to_gateways(self, *, public: bool) -> Iterator[Call]:
        for (namespace, name), spec in self._services.items():
            if any(self._is_behind(pods, namespace, spec) for pods in self._gateways):
                for port in _plain(spec):
                    yield Call(PROFILE, "Istio's gateway", namespace, name, port)
        for port in [80, _HEALTH_PORT] if public else []:
            for caller in LOAD_BALANCER:
                yield Call(caller, "the entrance", INGRESS_NAMESPACE, GATEWAY_SERVICE, port)

    def _to_components(self) -> Iterator[Call]:
        for item in self._items:
            if item.kind == "VirtualService":
                for host, port in _destinations(item.body["spec"]):
                    place = _service(host, item)
                    for caller in self._callers_of(place):
                        yield Call(caller, f"route {item.name}", *place, port)

    def _to_sign_in(self) -> Iterator[Call]:
        """Gateways ask oauth2-proxy; oauth2-proxy and istiod ask whoever issues tokens."""
        askers = [_caller(pods) for pods in self._pods if (pods.namespace, pods.name) == _ISTIOD]
        for namespace, name, port in self._providers():
            for caller in self._gateway_callers():
                yield Call(caller, "sign-in", namespace, name, port)
            spec = self._services.get((namespace, name), {})
            askers += [_caller(p) for p in self._pods if self._is_behind(p, namespace, spec)]
        for item in self._items:
            if item.kind == "RequestAuthentication":
                for call in _issuers(item):
                    for caller in askers:
                        yield Call(caller, "tokens", *call)

    def _to_istiod(self) -> Iterator[Call]:
        callers = [_caller(pods) for pods in self._pods if pods.sidecar]
        for caller in [*callers, PROFILE] if _ISTIOD in self._services else []:
            yield Call(caller, "sidecars", *_ISTIOD, _DISCOVERY_PORT)

    def _providers(self) -> Iterator[tuple[str, str, int]]:
        for item in self._items:
            if (item.kind, item.namespace, item.name) == ("ConfigMap", _ISTIOD[0], "istio"):
                mesh = yaml.safe_load(data_of(item.body).get("mesh", "{}"))
                for provider in mesh.get("extensionProviders") or []:
                    asked = provider.get("envoyExtAuthzHttp")
                    if asked:
                        yield *_service(asked["service"], item), int(asked["port"])

    def _pods_of_gateways(self) -> Iterator[Pods]:
        selectors = [i.body["spec"]["selector"] for i in self._items if i.kind == "Gateway"]
        for pods in self._pods:
            if any(selector.items() <= pods.labels.items() for selector in selectors):
                yield pods

    def _callers_of(self, service: tuple[str, str]) -> list[Caller]:
        if service == _KFAM:
            return [_caller(pods) for pods in self._pods if pods.name == "centraldashboard"]
        return self._gateway_callers()

    def _gateway_callers(self) -> list[Caller]:
        """The gateway that people come in by."""
        spec = self._services.get((INGRESS_NAMESPACE, GATEWAY_SERVICE), {})
        return [_caller(p) for p in self._gateways if self._is_behind(p, INGRESS_NAMESPACE, spec)]

    def _ports(self, namespace: str, name: str) -> list[int]:
        spec = self._services.get((namespace, name), {})
        return [entry["port"] for entry in spec.get("ports") or []]

    def _is_behind(self, pods: Pods, namespace: str, spec: Json) -> bool:
        selector = spec.get("selector") or {}
        return bool(selector) and pods.namespace == namespace and _has(pods, selector)


def _has(pods: Pods, selector: Json) -> bool:
    return all(pods.labels.get(key) == value for key, value in selector.items())


def _caller(pods: Pods) -> Caller:
    principal = f"cluster.local/ns/{pods.namespace}/sa/{pods.service_account}"
    return Caller(pods.name, pods.namespace, pods.labels, principal)


def _webhooks(item: Item) -> Iterator[tuple[str, Json]]:
    for webhook in item.body.get("webhooks") or []:
        yield str(webhook["name"]), webhook["clientConfig"]
    if item.kind == "CustomResourceDefinition":
        conversion = item.body["spec"].get("conversion") or {}
        if conversion.get("webhook"):
            yield item.name, conversion["webhook"].get("clientConfig") or {}


def _plain(spec: Json) -> Iterator[int]:
    """A gateway's ports of plain HTTP: the release has no others that anybody listens on."""
    for entry in spec.get("ports") or []:
        if str(entry.get("name", "")).startswith("http") and entry.get("name") != "https":
            yield entry["port"]


def _destinations(spec: Json) -> Iterator[tuple[str, int]]:
    for route in spec.get("http") or []:
        for target in route.get("route") or []:
            destination = target["destination"]
            yield destination["host"], int((destination.get("port") or {}).get("number", 80))


def _service(host: str, item: Item) -> tuple[str, str]:
    name, _, rest = host.partition(".")
    return rest.partition(".")[0] or item.namespace, name


def _issuers(item: Item) -> Iterator[tuple[str, str, int]]:
    for rule in item.body["spec"].get("jwtRules") or []:
        url = urlsplit(rule.get("jwksUri") or rule["issuer"])
        if url.hostname and ".svc" in url.hostname:
            yield *_service(url.hostname, item), url.port or 80
