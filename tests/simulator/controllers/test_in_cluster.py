"""Controllers that act only while their own Deployment is available."""

from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from app.simulator.controllers.gke.presets import definition_of
from app.simulator.controllers.kinds import (
    CERTIFICATE,
    CLUSTER_ISSUER,
    CONFIG_MAP,
    DEFINITION,
    DEPLOYMENT,
    ISSUER,
    MUTATING_WEBHOOK,
    NAMESPACE,
    POD,
    PROFILE,
    ROLE_BINDING,
    SECRET,
    SERVICE_ACCOUNT,
    Kind,
)
from app.simulator.controllers.objects import holds
from tests.simulator.clusters import TestCluster, running_cluster

OWNER = "dana@example.com"


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[TestCluster]:
    async with running_cluster(tmp_path) as running:
        yield running


async def define(cluster: TestCluster, *kinds: Kind) -> None:
    for kind in kinds:
        definition = definition_of(kind, kind.name.lower())
        definition["spec"]["scope"] = "Namespaced" if kind.namespaced else "Cluster"
        await cluster.create(DEFINITION, definition)


def deployment(name: str) -> dict[str, Any]:
    tags = {"app": name}
    template = {
        "metadata": {"labels": tags},
        "spec": {"containers": [{"name": "main", "image": "example/controller:1"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": tags}, "template": template}
    return named(name, spec=spec)


async def install(cluster: TestCluster, name: str) -> None:
    await cluster.create(DEPLOYMENT, deployment(name))
    await cluster.until(DEPLOYMENT, "default", name, lambda each: holds(each, "Available"))


def named(name: str, **parts: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", **parts.pop("metadata", {})}
    return {"metadata": metadata, **parts}


async def ask_for_certificate(cluster: TestCluster) -> None:
    await define(cluster, ISSUER, CLUSTER_ISSUER, CERTIFICATE)
    await cluster.create(ISSUER, named("self", spec={"selfSigned": {}}))
    spec = {
        "secretName": "web-tls",
        "dnsNames": ["web.default.svc"],
        "issuerRef": {"kind": "Issuer", "name": "self"},
    }
    await cluster.create(CERTIFICATE, named("web", spec=spec))


async def test_a_certificate_is_issued_once_cert_manager_runs(cluster: TestCluster) -> None:
    await ask_for_certificate(cluster)
    assert "status" not in await cluster.client.get(CERTIFICATE, "default", "web")
    await install(cluster, "cert-manager")
    found = await cluster.until(CERTIFICATE, "default", "web", lambda each: holds(each, "Ready"))
    assert found["status"]["revision"] == 1
    secret = await cluster.client.get(SECRET, "default", "web-tls")
    certificate = x509.load_pem_x509_certificate(b64decode(secret["data"]["tls.crt"]))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["web.default.svc"]


async def test_a_removed_secret_is_issued_again(cluster: TestCluster) -> None:
    await ask_for_certificate(cluster)
    await install(cluster, "cert-manager")
    await cluster.until(CERTIFICATE, "default", "web", lambda each: holds(each, "Ready"))
    first = await cluster.client.get(SECRET, "default", "web-tls")
    await cluster.client.delete(SECRET, first)
    uid = first["metadata"]["uid"]
    await cluster.until(SECRET, "default", "web-tls", lambda s: s["metadata"]["uid"] != uid)


async def test_cainjector_fills_the_authority_of_a_webhook(cluster: TestCluster) -> None:
    await ask_for_certificate(cluster)
    webhook = {
        "name": "web.example.com",
        "clientConfig": {"service": {"name": "web", "namespace": "default"}, "caBundle": ""},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    marks = {"cert-manager.io/inject-ca-from": "default/web"}
    configuration = {"metadata": {"name": "web", "annotations": marks}, "webhooks": [webhook]}
    await cluster.create(MUTATING_WEBHOOK, configuration)
    for name in ("cert-manager", "cert-manager-cainjector"):
        await install(cluster, name)
    found = await cluster.until(
        MUTATING_WEBHOOK, "", "web", lambda w: w["webhooks"][0]["clientConfig"].get("caBundle")
    )
    secret = await cluster.client.get(SECRET, "default", "web-tls")
    assert found["webhooks"][0]["clientConfig"]["caBundle"] == secret["data"]["ca.crt"]


async def test_istiod_gives_every_namespace_its_authority(cluster: TestCluster) -> None:
    await install(cluster, "istiod")
    await cluster.create(NAMESPACE, {"metadata": {"name": "fresh"}})
    found = await cluster.until(CONFIG_MAP, "fresh", "istio-ca-root-cert", bool)
    other = await cluster.until(CONFIG_MAP, "default", "istio-ca-root-cert", bool)
    assert found["data"] == other["data"]


async def test_a_profile_becomes_a_namespace_of_its_owner(cluster: TestCluster) -> None:
    await define(cluster, PROFILE)
    spec = {"owner": {"kind": "User", "name": OWNER}}
    await cluster.create(PROFILE, {"metadata": {"name": "dana"}, "spec": spec})
    await cluster.until(PROFILE, "", "dana", lambda each: holds(each, "Successful"))
    namespace = await cluster.client.get(NAMESPACE, "", "dana")
    assert namespace["metadata"]["annotations"]["owner"] == OWNER
    assert namespace["metadata"]["labels"]["istio-injection"] == "enabled"
    await cluster.client.get(SERVICE_ACCOUNT, "dana", "default-editor")
    binding = await cluster.client.get(ROLE_BINDING, "dana", "namespaceAdmin")
    assert binding["subjects"][0]["name"] == OWNER


async def test_the_namespace_goes_with_its_profile(cluster: TestCluster) -> None:
    await define(cluster, PROFILE)
    spec = {"owner": {"kind": "User", "name": OWNER}}
    profile = await cluster.create(PROFILE, {"metadata": {"name": "dana"}, "spec": spec})
    await cluster.until(PROFILE, "", "dana", lambda each: holds(each, "Successful"))
    await cluster.client.delete(PROFILE, profile)
    await cluster.until_gone(NAMESPACE, "", "dana")


async def test_a_profile_waits_for_its_controller_where_there_is_one(cluster: TestCluster) -> None:
    await define(cluster, PROFILE)
    await cluster.create(DEPLOYMENT, deployment("profiles-deployment"))
    spec = {"owner": {"kind": "User", "name": OWNER}}
    await cluster.create(PROFILE, {"metadata": {"name": "dana"}, "spec": spec})
    await cluster.until(PROFILE, "", "dana", lambda each: holds(each, "Successful"))
    (pod,) = (await cluster.client.list(POD, "default")).items
    started = ("ends", f"kubernetes.pod/default/{pod['metadata']['name']}")
    story = cluster.cloud.story
    assert story.index(started) < story.index(("begins", "kubernetes.profile/dana"))
