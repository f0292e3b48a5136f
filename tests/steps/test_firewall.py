"""The control plane of a private cluster reaches the webhooks in it, or they stop everything."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.plan import StepName
from app.kubeflow.bundle import Item
from app.kubeflow.reach import webhook_ports
from app.steps.context import StepContext
from app.steps.firewall import webhooks_reached
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench, enabled

S = StepName
_PORTS = (9443, 15017)


@pytest.fixture(autouse=True)
def no_rules(bench: Bench) -> Iterator[None]:
    yield
    for rule in rules(bench):
        _compute(bench, "delete", f"/{rule['name']}")


def rules(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _compute(bench, "get", "").get("items", [])
    return found


def context_of(bench: Bench, deployment: Deployment) -> StepContext:
    return bench.context(deployment, S.INSTALL_BASE)


async def test_a_control_plane_that_may_reach_two_ports_only_is_let_through_to_the_webhooks(
    bench: Bench,
) -> None:
    """Trap: where it comes by a peering, GKE's firewall rule leaves webhooks out."""
    deployment = await enabled(bench, private_nodes=True)
    _make_rule_of_gke(bench, deployment.name)
    for _ in range(2):
        await webhooks_reached(context_of(bench, deployment), _PORTS)
    (ours,) = (rule for rule in rules(bench) if rule["name"] == f"{deployment.name}-webhooks")
    assert ours["sourceRanges"] == ["172.16.0.0/28"]
    assert ours["targetTags"] == [f"gke-{deployment.name}-1a2b3c4d-node"]
    assert ours["allowed"] == [{"IPProtocol": "tcp", "ports": ["9443", "15017"]}]
    assert f"firewall rule {deployment.name}-webhooks" in await bench.resources(deployment)


async def test_the_rule_goes_with_the_cluster_even_if_nobody_had_written_it_down(
    bench: Bench,
) -> None:
    deployment = await enabled(bench, private_nodes=True)
    _make_rule_of_gke(bench, deployment.name)
    context = context_of(bench, deployment)
    await webhooks_reached(context, _PORTS)
    await context.removed("firewall rule", f"{deployment.name}-webhooks")
    await bench.remove(deployment, S.CREATE_CLUSTER)
    assert [rule["name"] for rule in rules(bench)] == [f"gke-{deployment.name}-1a2b3c4d-master"]


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_who_comes_in_by_konnectivity_needs_no_rule(bench: Bench, private: bool) -> None:
    deployment = await enabled(bench, private_nodes=private)
    _make_rule_of_gke(bench, f"{deployment.name}-other" if private else deployment.name)
    before = rules(bench)
    await webhooks_reached(context_of(bench, deployment), _PORTS)
    assert rules(bench) == before


def test_the_ports_are_those_of_the_pods_and_not_of_the_services() -> None:
    service = {"name": "w", "namespace": "n", "path": "/"}
    labels = {"app": "w"}
    container = {"name": "c", "ports": [{"name": "hook", "containerPort": 9443}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    bodies: list[dict[str, Any]] = [
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "w"},
            "webhooks": [{"name": "w.example", "clientConfig": {"service": service}}],
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "w", "namespace": "n"},
            "spec": {"selector": labels, "ports": [{"port": 443, "targetPort": "hook"}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "w", "namespace": "n"},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
    ]
    assert webhook_ports(Item.of("w", False, body) for body in bodies) == {9443}


def _make_rule_of_gke(bench: Bench, cluster: str) -> None:
    """As GKE does for a cluster whose control plane comes in by a peering."""
    body = {
        "name": f"gke-{cluster}-1a2b3c4d-master",
        "network": "projects/your-project-id/global/networks/default",
        "sourceRanges": ["172.16.0.0/28"],
        "targetTags": [f"gke-{cluster}-1a2b3c4d-node"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["10250", "443"]}],
    }
    _compute(bench, "post", "", json=body)


def _compute(bench: Bench, method: str, path: str, **more: Any) -> dict[str, Any]:
    url = f"{bench.simulator.url}/compute/compute/v1/projects/your-project-id/global/firewalls"
    answer = bench.simulator.session().request(method, f"{url}{path}", timeout=10, **more)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found
