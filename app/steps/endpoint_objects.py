"""The objects in the cluster that make GKE open an endpoint: pure functions."""

import base64

from app.domain.names import (
    BACKEND_CONFIG,
    CERTIFICATE,
    FRONTEND_CONFIG,
    GATEWAY_SERVICE,
    INGRESS,
    INGRESS_NAMESPACE,
    OAUTH_SECRET,
)
from app.domain.spec import DeploymentSpec, Login
from app.kube.client import Json

GATEWAY = {"matchLabels": {"app": "istio-ingressgateway"}}
IAP_AUTHENTICATION = "iap-jwt"
NETWORK_POLICY = "allow-load-balancer"
HEALTH_PORT = 15021
HTTP_PORT = 8080
_GOOGLES_FRONT_ENDS = ("130.211.0.0/22", "35.191.0.0/16")
_IAP = "https://cloud.google.com/iap"
_IAP_KEYS = "https://www.gstatic.com/iap/verify/public_key-jwk"


def entrance(spec: DeploymentSpec, client_secret: str) -> list[Json]:
    """All of it, in the order in which GKE must find it: a missing Secret stops everything."""
    secrets = [oauth_secret(spec.oauth_client_id, client_secret)] if spec.own_iap_client else []
    return [
        *secrets,
        gateway_policy(),
        backend_config(spec.login, own_client=spec.own_iap_client),
        frontend_config(),
        certificate(spec.names.host),
        ingress(spec.names.address),
    ]


def oauth_secret(client_id: str, client_secret: str) -> Json:
    """What IAP signs people in with. Without it GKE makes no load balancer at all."""
    values = {"client_id": client_id, "client_secret": client_secret}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {**_head("v1", "Secret", OAUTH_SECRET), "type": "Opaque", "data": data}


def backend_config(login: Login, *, own_client: bool = True) -> Json:
    """How the load balancer treats the gateway: an hour's patience, and the right health check.

    Without an OAuth client of the owner's, IAP signs in with one that Google manages.
    """
    spec: Json = {
        "timeoutSec": 3600,  # also the longest life of a notebook's WebSocket
        "healthCheck": {"type": "HTTP", "port": HEALTH_PORT, "requestPath": "/healthz/ready"},
    }
    if login == Login.IAP:
        credentials = {"oauthclientCredentials": {"secretName": OAUTH_SECRET}}
        spec["iap"] = {"enabled": True, **(credentials if own_client else {})}
    return {**_head("cloud.google.com/v1", "BackendConfig", BACKEND_CONFIG), "spec": spec}


def frontend_config() -> Json:
    """Plain HTTP is redirected; the Ingress must then allow it."""
    head = _head("networking.gke.io/v1beta1", "FrontendConfig", FRONTEND_CONFIG)
    redirect = {"enabled": True, "responseCodeName": "MOVED_PERMANENTLY_DEFAULT"}
    return {**head, "spec": {"redirectToHttps": redirect}}


def certificate(host: str) -> Json:
    """A certificate that Google gets and renews."""
    head = _head("networking.gke.io/v1", "ManagedCertificate", CERTIFICATE)
    return {**head, "spec": {"domains": [host]}}


def gateway_policy() -> Json:
    """Lets the load balancer through to the gateway, which the release's own policies do not."""
    sources = [{"ipBlock": {"cidr": block}} for block in _GOOGLES_FRONT_ENDS]
    ports = [{"port": port, "protocol": "TCP"} for port in (HTTP_PORT, HEALTH_PORT)]
    return {
        **_head("networking.k8s.io/v1", "NetworkPolicy", NETWORK_POLICY),
        "spec": {
            "podSelector": GATEWAY,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": sources, "ports": ports}],
        },
    }


def ingress(address: str) -> Json:
    """The load balancer, on the reserved address."""
    item = _head("networking.k8s.io/v1", "Ingress", INGRESS)
    item["metadata"]["annotations"] = {
        "kubernetes.io/ingress.class": "gce",
        "kubernetes.io/ingress.global-static-ip-name": address,
        "networking.gke.io/managed-certificates": CERTIFICATE,
        "networking.gke.io/v1beta1.FrontendConfig": FRONTEND_CONFIG,
    }
    service = {"name": GATEWAY_SERVICE, "port": {"number": 80}}
    return {**item, "spec": {"defaultBackend": {"service": service}}}


def iap_audience(project_number: str, backend_id: str) -> str:
    """For whom IAP signs: one backend service, by its id."""
    return f"/projects/{project_number}/global/backendServices/{backend_id}"


def iap_authentication(project_number: str, backend_id: str) -> Json:
    """Takes IAP's signed assertion, made for this very backend, for the user's identity."""
    rule = {
        "issuer": _IAP,
        "jwksUri": _IAP_KEYS,
        "audiences": [iap_audience(project_number, backend_id)],
        "fromHeaders": [{"name": "x-goog-iap-jwt-assertion"}],
        "forwardOriginalToken": True,
        "outputClaimToHeaders": [
            {"header": "kubeflow-userid", "claim": "email"},
            {"header": "kubeflow-groups", "claim": "groups"},
        ],
    }
    head = _head("security.istio.io/v1beta1", "RequestAuthentication", IAP_AUTHENTICATION)
    return {**head, "spec": {"selector": GATEWAY, "jwtRules": [rule]}}


def _head(api_version: str, kind: str, name: str) -> Json:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": INGRESS_NAMESPACE},
    }
