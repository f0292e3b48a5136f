"""A Kubeflow as its controllers leave it when everything is ready, written directly."""

from base64 import b64encode
from contextlib import suppress
from typing import Any

import bcrypt

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.gke.presets import definition_of
from app.simulator.controllers.kinds import (
    BACKEND_CONFIG,
    CONFIG_MAP,
    DEFINITION,
    DEPLOYMENT,
    INGRESS,
    MANAGED_CERTIFICATE,
    NAMESPACE,
    PROFILE,
    REQUEST_AUTHENTICATION,
    SECRET,
    SERVICE,
    Kind,
)

HOST, ADDRESS = "kf-1.endpoints.a-project.cloud.goog", "203.0.113.7"
OWNER, PASSWORD = "dana@example.com", "correct horse battery"
BACKEND = "k8s1-abc-istio-system-istio-ingressgateway-80-def"
NAMES = ("auth", "oauth2-proxy", "kubeflow", "istio-system", "dana")
RUNNING = (
    "centraldashboard",
    "oauth2-proxy",
    "dex",
    "jupyter-web-app-deployment",
    "kubeflow-trainer-controller-manager",
    "katib-controller",
    "ml-pipeline",
    "kserve-controller-manager",
    "volumes-web-app-deployment",
)
_AVAILABLE = {"type": "Available", "status": "True"}


async def deploy(client: KubernetesClient, *without: str) -> None:
    """Everything behind the endpoint, but for the Deployments named."""
    for name in NAMES:
        await put(client, NAMESPACE, "", name)
    for name in RUNNING:
        if name not in without:
            await run(client, name)
    await _expose(client)
    await _sign_in(client)
    await define(client, PROFILE, "Cluster")
    await put(client, PROFILE, "", "dana", spec={"owner": {"kind": "User", "name": OWNER}})
    await tell(client, PROFILE, "", "dana", conditions=[{"type": "Successful", "status": "True"}])


async def run(client: KubernetesClient, name: str, namespace: str = "kubeflow") -> None:
    """A Deployment that is available."""
    tags = {"app": name}
    container = {"name": "main", "image": f"ghcr.io/example/{name}:v1.2.3"}
    template = {"metadata": {"labels": tags}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": tags}, "template": template}
    await put(client, DEPLOYMENT, namespace, name, spec=spec)
    await tell(client, DEPLOYMENT, namespace, name, readyReplicas=1, conditions=[_AVAILABLE])


async def protect_with_iap(client: KubernetesClient, number: str) -> None:
    """IAP on the backend, and the mesh told of its audience."""
    secret = {"client_id": "a-client.apps.googleusercontent.com", "client_secret": "s"}
    await put(client, SECRET, "istio-system", "oauth", data=_encoded(secret))
    iap = {"enabled": True, "oauthclientCredentials": {"secretName": "oauth"}}
    config = _named("istio-system", "gateway")
    await client.merge(BACKEND_CONFIG, config, {"spec": {"iap": iap}}, "test")
    await define(client, REQUEST_AUTHENTICATION)
    audience = f"/projects/123/global/backendServices/{number}"
    rule = {"issuer": "https://cloud.google.com/iap", "audiences": [audience]}
    await put(client, REQUEST_AUTHENTICATION, "istio-system", "iap", spec={"jwtRules": [rule]})


async def put(
    client: KubernetesClient, kind: Kind, namespace: str, name: str, **parts: Any
) -> None:
    """Create an object; one that is there already stays."""
    obj = _named(namespace, name, **parts)
    with suppress(ApiError):
        await client.create(kind, obj, "test")


async def tell(
    client: KubernetesClient, kind: Kind, namespace: str, name: str, **status: Any
) -> None:
    """Write fields of a status."""
    await client.merge(kind, _named(namespace, name), {"status": status}, "test", "status")


async def define(client: KubernetesClient, kind: Kind, scope: str = "Namespaced") -> None:
    """Make a kind known to the API server, and wait until it serves it."""
    definition = definition_of(kind, kind.name.lower())
    definition["spec"]["scope"] = scope
    await client.create(DEFINITION, definition, "test")
    while True:
        with suppress(ApiError):
            await client.list(kind)
            return


async def _expose(client: KubernetesClient) -> None:
    port = {"name": "http2", "port": 80, "targetPort": 8080}
    marks = {
        "cloud.google.com/neg": '{"ingress": true}',
        "cloud.google.com/backend-config": '{"default": "gateway"}',
    }
    service = {"annotations": marks}
    place = ("istio-system", "istio-ingressgateway")
    await put(client, SERVICE, *place, metadata=service, spec={"ports": [port]})
    await put(client, BACKEND_CONFIG, "istio-system", "gateway", spec={})
    await put(client, MANAGED_CERTIFICATE, "istio-system", "kubeflow", spec={"domains": [HOST]})
    await set_certificate(client, "Active")
    backend = {"service": {"name": "istio-ingressgateway", "port": {"number": 80}}}
    named = {"networking.gke.io/managed-certificates": "kubeflow"}
    named["ingress.kubernetes.io/backends"] = f'{{"{BACKEND}":"HEALTHY"}}'
    spec = {"defaultBackend": backend}
    await put(
        client, INGRESS, "istio-system", "kubeflow", metadata={"annotations": named}, spec=spec
    )
    given = {"ingress": [{"ip": ADDRESS}]}
    await tell(client, INGRESS, "istio-system", "kubeflow", loadBalancer=given)


async def set_certificate(client: KubernetesClient, state: str) -> None:
    """The state of the endpoint's certificate."""
    await tell(client, MANAGED_CERTIFICATE, "istio-system", "kubeflow", certificateStatus=state)


async def set_health(client: KubernetesClient, state: str) -> None:
    """What the Ingress says of its backend."""
    marks = {"ingress.kubernetes.io/backends": f'{{"{BACKEND}":"{state}"}}'}
    patch = {"metadata": {"annotations": marks}}
    await client.merge(INGRESS, _named("istio-system", "kubeflow"), patch, "test")


async def _sign_in(client: KubernetesClient) -> None:
    user = f"- {{email: {OWNER}, username: dana, hashFromEnv: DEX_USER_PASSWORD}}"
    config = f"staticPasswords:\n{user}\n"
    await put(client, CONFIG_MAP, "auth", "dex", data={"config.yaml": config})
    hash_ = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    passwords = _encoded({"DEX_USER_PASSWORD": hash_})
    await put(client, SECRET, "auth", "dex-passwords", data=passwords)
    dex = _encoded({"OIDC_CLIENT_ID": "kubeflow"})
    await put(client, SECRET, "auth", "dex-oidc-client", data=dex)
    proxy = _encoded({"client-id": "kubeflow"})
    await put(client, SECRET, "oauth2-proxy", "oauth2-proxy-x1", data=proxy)


def _named(namespace: str, name: str, **parts: Any) -> dict[str, Any]:
    metadata = {"name": name, **parts.pop("metadata", {})}
    return {"metadata": metadata | ({"namespace": namespace} if namespace else {}), **parts}


def _encoded(values: dict[str, str]) -> dict[str, str]:
    return {name: b64encode(value.encode()).decode() for name, value in values.items()}
