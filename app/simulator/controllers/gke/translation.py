"""An Ingress and what it names, read as GKE reads it, with GKE's own complaints."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from app.simulator.controllers.kinds import BACKEND_CONFIG, SECRET, SERVICE, Kind
from app.simulator.controllers.objects import Key, Object, annotations, key_of

CLASS = "kubernetes.io/ingress.class"
STATIC_ADDRESS = "kubernetes.io/ingress.global-static-ip-name"
ALLOW_HTTP = "kubernetes.io/ingress.allow-http"
CERTIFICATES = "networking.gke.io/managed-certificates"
_BACKEND_CONFIGS = ("cloud.google.com/backend-config", "beta.cloud.google.com/backend-config")
_INVALID = "Translation failed: invalid ingress spec: "

Find = Callable[[Kind, Key], Object | None]
"""How an object is looked up."""


@dataclass
class TranslationError(Exception):
    """Why the load balancer cannot be made."""

    message: str


@dataclass(frozen=True, slots=True)
class Backend:
    """The Service behind an Ingress, with its settings."""

    service: Object
    port: int
    config: Object | None

    @property
    def iap(self) -> bool:
        """Whether Identity-Aware Proxy stands before it."""
        return bool(_iap_of(self.config).get("enabled"))


def is_googles(ingress: Object) -> bool:
    """Whether the Ingress is for GKE's external load balancer."""
    named = annotations(ingress).get(CLASS, ingress["spec"].get("ingressClassName"))
    return named in (None, "", "gce")


def static_address_of(ingress: Object) -> str | None:
    """The name of the reserved address that it wants."""
    return annotations(ingress).get(STATIC_ADDRESS)


def certificates_of(ingress: Object) -> list[Key]:
    """The ManagedCertificates that it names."""
    names = annotations(ingress).get(CERTIFICATES, "").split(",")
    return [(key_of(ingress)[0], name.strip()) for name in names if name.strip()]


def service_reference(ingress: Object) -> tuple[str, Any] | None:
    """(name, port name or number) of the first backend: the default one, or a rule's."""
    default = ingress["spec"].get("defaultBackend")
    paths = [
        path["backend"]
        for rule in ingress["spec"].get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
    ]
    for backend in [default] if default else paths:
        if "service" in backend:
            port = backend["service"].get("port") or {}
            return backend["service"]["name"], port.get("number", port.get("name"))
    return None


def backend_of(ingress: Object, find: Find) -> Backend:
    """The backend, everything that it names found; raises TranslationError otherwise."""
    reference = service_reference(ingress)
    if reference is None:
        raise TranslationError(f"{_INVALID}no default backend and no rules")
    namespace = key_of(ingress)[0]
    service = find(SERVICE, (namespace, reference[0]))
    if service is None:
        told = f'could not find service "{namespace}/{reference[0]}"'
        raise TranslationError(f"{_INVALID}{told}")
    port = _port_of(service, reference[1])
    _check_type(service)
    config = _config_of(service, port, find)
    _check_iap_secret(config, find)
    return Backend(service, port["port"], config)


def _port_of(service: Object, wanted: Any) -> Object:
    for port in service["spec"].get("ports") or []:
        if wanted in (port["port"], port.get("name")):
            found: Object = port
            return found
    name = "/".join(key_of(service))
    raise TranslationError(f'{_INVALID}could not find port "{wanted}" in service "{name}"')


def _check_type(service: Object) -> None:
    type_ = service["spec"].get("type", "ClusterIP")
    if type_ in ("NodePort", "LoadBalancer") or _uses_groups(service):
        return
    name = "/".join(key_of(service))
    told = f'service "{name}" is type "{type_}", expected "NodePort" or "LoadBalancer"'
    raise TranslationError(f"{_INVALID}{told} when not using NEGs")


def _uses_groups(service: Object) -> bool:
    """Whether container-native load balancing (network endpoint groups) is asked for."""
    return bool(_json(annotations(service).get("cloud.google.com/neg")).get("ingress"))


def _config_of(service: Object, port: Object, find: Find) -> Object | None:
    marks = annotations(service)
    text = next((marks[name] for name in _BACKEND_CONFIGS if name in marks), None)
    settings = _json(text)
    by_port = settings.get("ports") or {}
    name = by_port.get(port.get("name")) or by_port.get(str(port["port"]))
    name = name or settings.get("default")
    if name is None:
        return None
    key = (key_of(service)[0], name)
    config = find(BACKEND_CONFIG, key)
    if config is None:
        told = f"no BackendConfig for service port {'/'.join(key_of(service))}:{port['port']}"
        raise TranslationError(f"{_INVALID}error getting BackendConfig: {told} exists")
    return config


def _check_iap_secret(config: Object | None, find: Find) -> None:
    credentials = _iap_of(config).get("oauthclientCredentials")
    if config is None or not _iap_of(config).get("enabled") or not credentials:
        return
    name = credentials.get("secretName", "")
    secret = find(SECRET, (key_of(config)[0], name))
    told = None
    if secret is None:
        told = f'error retrieving secret {name}: secrets "{name}" not found'
    else:
        absent = {"client_id", "client_secret"} - (secret.get("data") or {}).keys()
        told = f"secret {name} missing {min(absent)} data" if absent else None
    if told is not None:
        where = "/".join(key_of(config))
        raise TranslationError(f"{_INVALID}BackendConfig {where} is not valid: {told}")


def _iap_of(config: Object | None) -> Object:
    return ((config or {}).get("spec") or {}).get("iap") or {}


def _json(text: str | None) -> Object:
    try:
        value = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
