"""What the release's own network policies cut off, let through again.

GKE enforces NetworkPolicy (Dataplane V2), and the API server's calls come from Pods in kube-system.
Cut off in 26.03: the webhooks of llmisvc, jobset and trainer, and Istio's gateways for Pods in the
namespaces of Profiles. `app.kubeflow.reach` computes it.
"""

from app.domain.names import INGRESS_NAMESPACE
from app.kubeflow.bundle import Bundle, Item, Json

_WEBHOOK_PORT = 9443
_GATEWAYS = ("istio-ingressgateway", "cluster-local-gateway")
_GATEWAY_PORTS = (8080, 8081)  # plain HTTP, and Knative's own
_LLM = "llmisvc-controller-manager"
_PROFILES = {"app.kubernetes.io/part-of": "kubeflow-profile"}


def opened(bundle: Bundle) -> Bundle:
    """The bundle with the policies that it lacks; each only if what it is for is there."""
    items = [_without_sidecar(item) for item in bundle.items]
    policies = [
        *_webhooks_of_kubeflow_system(items),
        *_webhook_of_llmisvc(items),
        *_gateways(items),
    ]
    return bundle.with_items([*items, *policies])


def _without_sidecar(item: Item) -> Item:
    """The sidecar of llmisvc denies the API server's call, on every cluster."""
    if (item.kind, item.name) != ("Deployment", _LLM):
        return item
    template: Json = item.body["spec"]["template"]
    labels = {**template["metadata"]["labels"], "sidecar.istio.io/inject": "false"}
    metadata = {**template["metadata"], "labels": labels}
    spec = {**item.body["spec"], "template": {**template, "metadata": metadata}}
    return item.with_body({**item.body, "spec": spec})


def _webhooks_of_kubeflow_system(items: list[Item]) -> list[Item]:
    """For jobset and trainer, whose own policies select a label that only a sidecar brings."""
    if not any(item.kind == "Deployment" and item.namespace == "kubeflow-system" for item in items):
        return []
    return [_item("trainer", _policy("allow-webhooks", "kubeflow-system", {}, [_WEBHOOK_PORT]))]


def _webhook_of_llmisvc(items: list[Item]) -> list[Item]:
    if not any((item.kind, item.name) == ("Deployment", _LLM) for item in items):
        return []
    selector = {"matchLabels": {"control-plane": _LLM}}
    return [
        _item("kserve", _policy("allow-llmisvc-webhook", "kubeflow", selector, [_WEBHOOK_PORT]))
    ]


def _gateways(items: list[Item]) -> list[Item]:
    """Notebooks call models, and Kubeflow itself, through Istio's gateways."""
    if not any(item.kind == "Profile" or item.component == "profiles" for item in items):
        return []
    selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": list(_GATEWAYS)}]}
    source = {"namespaceSelector": {"matchLabels": _PROFILES}}
    name = "allow-profiles-to-gateways"
    policy = _policy(name, INGRESS_NAMESPACE, selector, _GATEWAY_PORTS, source)
    return [_item("istio", policy)]


def _item(component: str, body: Json) -> Item:
    return Item.of(component, component == "istio", body)


def _policy(
    name: str,
    namespace: str,
    selector: Json,
    ports: list[int] | tuple[int, ...],
    source: Json | None = None,
) -> Json:
    rule: Json = {"ports": [{"port": port, "protocol": "TCP"} for port in ports]}
    if source is not None:
        rule["from"] = [source]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]},
    }
