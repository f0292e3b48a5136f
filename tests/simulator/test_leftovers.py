"""A cluster that is deleted before its Ingress and its claims leaves things behind, and a bill."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.test_whole import PROJECT, Kubernetes, Owner, gateway, until
from tests.support.simulator import SimulatorThread, running

COMPUTE = f"compute/compute/v1/projects/{PROJECT}"
CLUSTER = f"container/v1/projects/{PROJECT}/locations/us-central1-a/clusters/kf-1"
IN_ORDER = (
    "forwarding_rules",
    "target_http_proxies",
    "target_https_proxies",
    "url_maps",
    "backend_services",
    "health_checks",
    "network_endpoint_groups",
    "ssl_certificates",
    "firewalls",
    "disks",
)
EXPECTED = tuple(kind for kind in IN_ORDER if kind != "target_https_proxies")


@pytest.mark.timeout(120)
def test_what_a_cluster_leaves_behind_is_deleted_in_order(tmp_path: Path) -> None:
    with running(tmp_path / "cloud", speed=1000) as cloud:
        owner = Owner(cloud)
        owner.reserve()
        before = kept(cloud)
        open_endpoint(Kubernetes(cloud, owner.cluster(), tmp_path))
        until(cloud.inventory, lambda found: all(found[kind] for kind in EXPECTED))
        usage = used(owner)
        assert usage["FORWARDING_RULES"] >= usage["BACKEND_SERVICES"] == 1
        owner.ask("DELETE", CLUSTER)
        until(lambda: cloud.inventory()["clusters"], lambda clusters: not clusters)
        left = cloud.inventory()
        assert [kind for kind in EXPECTED if not left[kind]] == []
        backend = left["backend_services"][0]["name"]
        refused = delete(cloud, f"global/backendServices/{backend}")
        assert "is already being used by" in refused.text
        for kind in IN_ORDER:
            for thing in left[kind]:
                scope = thing.get("scope", "global")
                answer = delete(cloud, f"{scope}/{camel(kind)}/{thing['name']}")
                assert answer.status_code == 200, answer.text
            until(partial(things, cloud, kind), lambda found: not found)
        assert kept(cloud) == before


def open_endpoint(kubernetes: Kubernetes) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}
    kubernetes.apply(space)
    for obj in gateway():
        if obj["metadata"].get("namespace") == "istio-system":
            kubernetes.apply(obj)
    spec = {
        "storageClassName": "standard",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}},
    }
    metadata = {"name": "data", "namespace": "istio-system"}
    kind = "PersistentVolumeClaim"
    kubernetes.apply({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec})


def kept(cloud: SimulatorThread) -> dict[str, Any]:
    """The inventory but for policies, whose etags change."""
    return {kind: found for kind, found in cloud.inventory().items() if kind != "policies"}


def things(cloud: SimulatorThread, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.inventory()[kind]
    return found


def used(owner: Owner) -> dict[str, float]:
    return {quota["metric"]: quota["usage"] for quota in owner.ask("GET", COMPUTE)["quotas"]}


def delete(cloud: SimulatorThread, path: str) -> requests.Response:
    return cloud.session().delete(f"{cloud.url}/{COMPUTE}/{path}", timeout=10)


def camel(kind: str) -> str:
    first, *others = kind.split("_")
    return first + "".join(part.capitalize() for part in others)
