"""The simulator as a whole: from an empty project to a page behind IAP, over the wire alone."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from app.simulator.servers import ControlPlaneKind
from tests.support.control_plane import HOW_TO_GET_THEM, SERVERS, available
from tests.support.simulator import DANA, KIM, SimulatorThread, running
from tests.support.tools import missing

PROJECT, NUMBER = "ml-sandbox-1234", "234567890123"
HOST = f"kf-1.endpoints.{PROJECT}.cloud.goog"
CLIENT = "123-abc.apps.googleusercontent.com"
GATEWAY = {"app": "istio-ingressgateway"}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def deployment(namespace: str, name: str, labels: dict[str, str]) -> dict[str, Any]:
    containers = [{"name": "main", "image": f"example/{name}:1"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return thing("apps/v1", "Deployment", namespace, name, spec=spec)


def thing(version: str, kind: str, namespace: str, name: str, **parts: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "annotations": parts.pop("notes", {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def gateway() -> list[dict[str, Any]]:
    """What opens an endpoint behind IAP, and the dashboard."""
    ports = [{"name": "http2", "port": 80, "targetPort": 8080}]
    service_notes = {
        "cloud.google.com/neg": '{"ingress": true}',
        "cloud.google.com/backend-config": '{"default": "kf"}',
    }
    ingress_notes = {
        "kubernetes.io/ingress.class": "gce",
        "kubernetes.io/ingress.global-static-ip-name": "kf-1-ip",
        "networking.gke.io/managed-certificates": "kf",
    }
    settings = {
        "healthCheck": {"type": "HTTP", "port": 15021, "requestPath": "/healthz/ready"},
        "iap": {"enabled": True, "oauthclientCredentials": {"secretName": "oauth"}},
    }
    istio = "istio-system"
    secret = {"client_id": encoded(CLIENT), "client_secret": encoded("s")}
    service = {"selector": GATEWAY, "ports": ports}
    backend = {"defaultBackend": {"service": {"name": "gateway", "port": {"number": 80}}}}
    return [
        deployment(istio, "istio-ingressgateway", GATEWAY),
        thing("v1", "Secret", istio, "oauth", data=secret),
        thing("v1", "Service", istio, "gateway", notes=service_notes, spec=service),
        thing("cloud.google.com/v1", "BackendConfig", istio, "kf", spec=settings),
        thing("networking.gke.io/v1", "ManagedCertificate", istio, "kf", spec={"domains": [HOST]}),
        thing("networking.k8s.io/v1", "Ingress", istio, "kf", notes=ingress_notes, spec=backend),
        deployment("kubeflow", "centraldashboard", {"app": "centraldashboard"}),
    ]


def authentication(audience: str) -> dict[str, Any]:
    rule = {"issuer": "https://cloud.google.com/iap", "audiences": [audience]}
    version = "security.istio.io/v1beta1"
    return thing(version, "RequestAuthentication", "istio-system", "iap", spec={"jwtRules": [rule]})


def definition() -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1beta1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    names = {"kind": "RequestAuthentication", "plural": "requestauthentications"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "requestauthentications.security.istio.io"},
        "spec": {
            "group": "security.istio.io",
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
        },
    }


class Kubernetes:
    """A cluster's API, as the owner's Google token opens it."""

    def __init__(self, cloud: SimulatorThread, cluster: dict[str, Any], directory: Path) -> None:
        authority = directory / "ca.pem"
        authority.write_bytes(base64.b64decode(cluster["masterAuth"]["clusterCaCertificate"]))
        self._session = cloud.session()
        self._session.verify, self._session.trust_env = str(authority), False
        self._base = f"https://{cluster['endpoint']}"

    def apply(self, obj: dict[str, Any]) -> None:
        version, kind = obj["apiVersion"], obj["kind"].lower()
        root = "apis/" if "/" in version else "api/"
        space = obj["metadata"].get("namespace")
        where = f"namespaces/{space}/" if space else ""
        plural = {"ingress": "ingresses"}.get(kind, f"{kind}s")
        path = f"{root}{version}/{where}{plural}/{obj['metadata']['name']}"
        until(lambda: self._patch(path, obj), lambda status: status in (200, 201))

    def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._session.get(f"{self._base}/{path}", timeout=10).json()
        return found

    def _patch(self, path: str, obj: dict[str, Any]) -> int:
        answer = self._session.patch(
            f"{self._base}/{path}?fieldManager=test&force=true",
            json=obj,
            headers={"content-type": "application/apply-patch+yaml"},
            timeout=10,
        )
        assert answer.status_code in (200, 201, 404), answer.text
        return answer.status_code


class Visitor:
    """A browser that follows redirects to `*.localhost` hosts without needing DNS."""

    def __init__(self, cloud: SimulatorThread) -> None:
        self._cloud = cloud
        self._session = requests.Session()

    def get(self, url: str) -> requests.Response:
        """Where a GET ends."""
        return self._follow(url, self._send("GET", url))

    def post(self, url: str, form: dict[str, str]) -> requests.Response:
        """Where a form's POST ends."""
        return self._follow(url, self._send("POST", url, form))

    def _follow(self, url: str, answer: requests.Response) -> requests.Response:
        while "location" in answer.headers:
            url = urljoin(url, answer.headers["location"])
            answer = self._send("GET", url)
        answer.url = url
        return answer

    def _send(self, method: str, url: str, form: dict[str, str] | None = None) -> Any:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"host": parts.netloc}
        return self._session.request(
            method,
            f"{self._cloud.url}{path}",
            data=form,
            headers=headers,
            allow_redirects=False,
            timeout=10,
        )


def until(answer: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """What `answer` gives as soon as it is good."""
    deadline = time.monotonic() + 60
    while not good(value := answer()):
        assert time.monotonic() < deadline, value
        time.sleep(0.05)
    return value


class Owner:
    """What the owner of a project asks of Google."""

    def __init__(self, cloud: SimulatorThread) -> None:
        self._cloud = cloud
        self._session = cloud.session(DANA)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._session.request(method, f"{self._cloud.url}/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def reserve(self) -> str:
        base = f"compute/compute/v1/projects/{PROJECT}/global"
        operation = self.ask("POST", f"{base}/addresses", {"name": "kf-1-ip"})
        self.ask("POST", f"{base}/operations/{operation['name']}/wait")
        return str(self.ask("GET", f"{base}/addresses/kf-1-ip")["address"])

    def publish(self, address: str) -> None:
        service, openapi = "servicemanagement/v1/services", {"swagger": "2.0", "host": HOST}
        names = [{"name": HOST, "target": address}]
        content = encoded(str({**openapi, "x-google-endpoints": names}))
        files = {"files": [{"fileContents": content, "fileType": 2}]}
        self.done(self.ask("POST", service, {"serviceName": HOST, "producerProjectId": PROJECT}))
        submitted = self.ask("POST", f"{service}/{HOST}/configs:submit", {"configSource": files})
        config = self.done(submitted)["serviceConfig"]["id"]
        percentages = {"trafficPercentStrategy": {"percentages": {config: 100}}}
        self.done(self.ask("POST", f"{service}/{HOST}/rollouts", percentages))

    def done(self, operation: dict[str, Any]) -> dict[str, Any]:
        path = f"servicemanagement/v1/{operation['name']}"
        finished = until(lambda: self.ask("GET", path), lambda found: found.get("done", False))
        response: dict[str, Any] = finished["response"]
        return response

    def cluster(self) -> dict[str, Any]:
        base = f"container/v1/projects/{PROJECT}/locations/us-central1-a/clusters"
        pools = [{"name": "default-pool", "initialNodeCount": 2}]
        self.ask("POST", base, {"cluster": {"name": "kf-1", "nodePools": pools}})
        found = until(lambda: self.ask("GET", f"{base}/kf-1"), lambda c: c["status"] == "RUNNING")
        running_cluster: dict[str, Any] = found
        return running_cluster

    def admit(self, email: str) -> None:
        base = f"cloudresourcemanager/v1/projects/{PROJECT}"
        policy = self.ask("POST", f"{base}:getIamPolicy")
        binding = {"role": "roles/iap.httpsResourceAccessor", "members": [f"user:{email}"]}
        policy["bindings"].append(binding)
        self.ask("POST", f"{base}:setIamPolicy", {"policy": policy})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("control_plane", SERVERS)
def test_a_page_behind_iap_opens_for_who_is_admitted(
    control_plane: ControlPlaneKind, tmp_path: Path
) -> None:
    if control_plane == "real" and not available():
        missing(HOW_TO_GET_THEM)
    with running(tmp_path / "cloud", speed=1000, control_plane=control_plane) as cloud:
        owner, url = Owner(cloud), f"http://{HOST}.localhost:{urlsplit(cloud.url).port}/"
        assert Visitor(cloud).get(url).status_code == 404
        owner.publish(owner.reserve())
        kubernetes = Kubernetes(cloud, owner.cluster(), tmp_path)
        for namespace in ("istio-system", "kubeflow"):
            kubernetes.apply(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
            )
        for obj in gateway():
            kubernetes.apply(obj)
        kubernetes.apply(definition())
        kubernetes.apply(authentication(audience(owner)))
        owner.admit(KIM)

        visitor = Visitor(cloud)
        chooser = until(lambda: visitor.get(url), lambda page: page.status_code == 200)
        assert "Choose an account" in chooser.text
        assert HOST in chooser.text
        admitted = visitor.post(chooser.url, {"email": KIM})
        assert admitted.url == url
        page = until(lambda: visitor.get(url), lambda answer: answer.status_code == 200)
        assert KIM in page.text

        stranger = Visitor(cloud)
        refused = stranger.post(stranger.get(url).url, {"email": "ana@example.org"})
        assert refused.status_code == 403
        assert "roles/iap.httpsResourceAccessor" in refused.text


def audience(owner: Owner) -> str:
    """The audience of IAP's token, once the load balancer has made the backend."""
    path = f"compute/compute/v1/projects/{PROJECT}/global/backendServices"
    found = until(lambda: owner.ask("GET", path), lambda listed: "items" in listed)
    return f"/projects/{NUMBER}/global/backendServices/{found['items'][0]['id']}"
