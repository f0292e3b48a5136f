"""Whether the API server can reach what serves a webhook, and what it says if it cannot."""

from collections.abc import Iterator

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.storage import Storage

_SLICES = "discovery.k8s.io/endpointslices"
_SERVICE_OF_SLICE = "kubernetes.io/service-name"
_UNKNOWN_AUTHORITY = (
    "tls: failed to verify certificate: x509: certificate signed by unknown authority"
)


def host_of(service: Object) -> str:
    """`NAME.NAMESPACE.svc`"""
    return f"{service['name']}.{service['namespace']}.svc"


def url_of(service: Object, seconds: int) -> str:
    """The URL as messages show it, with the time that an answer may take."""
    port, path = service.get("port", 443), service.get("path") or "/"
    return f"https://{host_of(service)}:{port}{path}?timeout={seconds}s"


def obstacle(objects: Storage, settings: Object) -> str:
    """Why a webhook with this `clientConfig` is not reached; empty if it is."""
    service = settings["service"]
    name, namespace = service["name"], service["namespace"]
    if objects.get("/services", namespace, name) is None:
        return f'service "{name}" not found'
    if not any(_ready_endpoints(objects, namespace, name)):
        return f'no endpoints available for service "{name}"'
    return "" if settings.get("caBundle") else _UNKNOWN_AUTHORITY


def _ready_endpoints(objects: Storage, namespace: str, name: str) -> Iterator[Object]:
    for entry in objects.items(_SLICES, namespace):
        if (entry.metadata.get("labels") or {}).get(_SERVICE_OF_SLICE) == name:
            for endpoint in entry.content.get("endpoints") or []:
                if (endpoint.get("conditions") or {}).get("ready") is not False:
                    yield endpoint
