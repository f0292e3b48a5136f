"""Whether a backend answers Google's health check."""

from app.simulator.controllers.gke.translation import Backend
from app.simulator.controllers.objects import Object, annotations, labels, pod_ready

BACKENDS = "ingress.kubernetes.io/backends"
_GATEWAY_CHECK = ("/healthz/ready", 15021)


def answers_check(backend: Backend) -> bool:
    """An Istio gateway answers only on its status port and path; others always."""
    if labels(backend.service).get("istio") != "ingressgateway":
        return True
    check = ((backend.config or {}).get("spec") or {}).get("healthCheck") or {}
    return (check.get("requestPath"), check.get("port")) == _GATEWAY_CHECK


def ready_pods(backend: Backend, pods: list[Object]) -> list[Object]:
    """The Pods that could answer."""
    selector = backend.service["spec"].get("selector") or {}
    return [
        pod
        for pod in pods
        if selector
        and pod_ready(pod)
        and all(labels(pod).get(name) == value for name, value in selector.items())
    ]


def is_healthy(ingress: Object) -> bool:
    """Whether the Ingress says that its backend is healthy."""
    return '"HEALTHY"' in annotations(ingress).get(BACKENDS, "")
