"""From an Ingress to an active certificate, on the simulator's own API server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.simulator.controllers.gke.ingresses import FINALIZER
from app.simulator.controllers.kinds import (
    BACKEND_CONFIG,
    DEPLOYMENT,
    EVENT,
    INGRESS,
    MANAGED_CERTIFICATE,
    NETWORK_ENDPOINT_GROUP,
    SECRET,
    SERVICE,
)
from tests.simulator.clusters import TestCluster, running_cluster

HOST, ADDRESS = "kf-1.endpoints.a-project.cloud.goog", "203.0.113.7"
CHECK = {"type": "HTTP", "port": 15021, "requestPath": "/healthz/ready"}
LABELS = {"app": "gateway", "istio": "ingressgateway"}


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[TestCluster]:
    async with running_cluster(tmp_path) as running:
        running.cloud.addresses["kf-1-ip"] = ADDRESS
        yield running


def named(name: str, **parts: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", **parts.pop("metadata", {})}
    return {"metadata": metadata, **parts}


async def make_gateway(cluster: TestCluster, **config: Any) -> None:
    marks = {
        "cloud.google.com/neg": '{"ingress": true}',
        "cloud.google.com/backend-config": '{"default": "gateway"}',
    }
    spec = {"selector": LABELS, "ports": [{"name": "http2", "port": 80, "targetPort": 8080}]}
    metadata = {"labels": LABELS, "annotations": marks}
    await cluster.create(SERVICE, named("gateway", metadata=metadata, spec=spec))
    settings = {"healthCheck": CHECK, **config}
    await cluster.create(BACKEND_CONFIG, named("gateway", spec=settings))
    template = {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [{"name": "proxy", "image": "example/proxy:1"}]},
    }
    fields = {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template}
    await cluster.create(DEPLOYMENT, named("gateway", spec=fields))


async def make_ingress(cluster: TestCluster) -> dict[str, Any]:
    marks = {
        "kubernetes.io/ingress.class": "gce",
        "kubernetes.io/ingress.global-static-ip-name": "kf-1-ip",
        "networking.gke.io/managed-certificates": "kubeflow",
    }
    backend = {"service": {"name": "gateway", "port": {"number": 80}}}
    ingress = named("kubeflow", metadata={"annotations": marks}, spec={"defaultBackend": backend})
    await cluster.create(MANAGED_CERTIFICATE, named("kubeflow", spec={"domains": [HOST]}))
    return await cluster.create(INGRESS, ingress)


def address_of(ingress: dict[str, Any]) -> Any:
    return (ingress.get("status") or {}).get("loadBalancer", {}).get("ingress")


def is_healthy(ingress: dict[str, Any]) -> bool:
    return '"HEALTHY"' in ingress["metadata"]["annotations"].get(
        "ingress.kubernetes.io/backends", ""
    )


def certificate_is(state: str, domain: str) -> Any:
    def check(certificate: dict[str, Any]) -> bool:
        status = certificate.get("status") or {}
        domains = status.get("domainStatus") or [{}]
        return (status.get("certificateStatus"), domains[0].get("status")) == (state, domain)

    return check


async def test_an_ingress_gets_its_address_and_a_healthy_backend(cluster: TestCluster) -> None:
    await make_gateway(cluster)
    await make_ingress(cluster)
    ingress = await cluster.until(INGRESS, "default", "kubeflow", address_of)
    assert address_of(ingress) == [{"ip": ADDRESS}]
    assert FINALIZER in ingress["metadata"]["finalizers"]
    ingress = await cluster.until(INGRESS, "default", "kubeflow", is_healthy)
    (name,) = cluster.cloud.backends
    assert cluster.cloud.backends[name]["healthy"] is True
    assert name in ingress["metadata"]["annotations"]["ingress.kubernetes.io/backends"]
    rules = {path: body for path, body in cluster.cloud.compute.items() if "forwarding" in path}
    assert {body["IPAddress"] for body in rules.values()} == {ADDRESS}


async def test_a_certificate_waits_for_dns_and_then_becomes_active(cluster: TestCluster) -> None:
    await make_gateway(cluster)
    await make_ingress(cluster)
    waiting = certificate_is("Provisioning", "FailedNotVisible")
    await cluster.until(MANAGED_CERTIFICATE, "default", "kubeflow", waiting)
    cluster.cloud.dns[HOST] = ADDRESS
    active = certificate_is("Active", "Active")
    found = await cluster.until(MANAGED_CERTIFICATE, "default", "kubeflow", active)
    assert found["status"]["certificateName"].startswith("mcrt-")
    assert found["status"]["expireTime"]


async def test_a_gateway_that_is_asked_on_the_wrong_path_stays_unhealthy(
    cluster: TestCluster,
) -> None:
    await make_gateway(cluster, healthCheck={"type": "HTTP", "port": 8080, "requestPath": "/"})
    await make_ingress(cluster)
    ingress = await cluster.until(INGRESS, "default", "kubeflow", address_of)
    assert not is_healthy(ingress)
    assert "UNHEALTHY" in ingress["metadata"]["annotations"]["ingress.kubernetes.io/backends"]


async def test_a_missing_iap_secret_is_a_warning_until_it_is_there(cluster: TestCluster) -> None:
    credentials = {"enabled": True, "oauthclientCredentials": {"secretName": "oauth"}}
    await make_gateway(cluster, iap=credentials)
    await make_ingress(cluster)
    told = await warning(cluster, "Translate")
    assert "error retrieving secret oauth" in told
    assert cluster.cloud.backends == {}
    secret = named("oauth", data={"client_id": "YQ==", "client_secret": "Yg=="})
    await cluster.create(SECRET, secret)
    await cluster.until(INGRESS, "default", "kubeflow", address_of)
    assert next(iter(cluster.cloud.backends.values()))["iap"] is True


async def test_a_deleted_ingress_takes_its_load_balancer_along(cluster: TestCluster) -> None:
    await make_gateway(cluster)
    ingress = await make_ingress(cluster)
    await cluster.until(INGRESS, "default", "kubeflow", address_of)
    (name,) = cluster.cloud.backends
    await cluster.client.delete(INGRESS, ingress)
    await cluster.until_gone(INGRESS, "default", "kubeflow")
    await cluster.until_gone(NETWORK_ENDPOINT_GROUP, "default", name)
    assert cluster.cloud.backends == {}
    left = {path.split("/")[-2] for path in cluster.cloud.compute}
    assert left == {"firewalls", "sslCertificates"}


async def warning(cluster: TestCluster, reason: str) -> str:
    while True:
        for event in (await cluster.client.list(EVENT, "default")).items:
            if (event["type"], event["reason"]) == ("Warning", reason):
                return str(event["message"])
