"""When things are ready, and what is said while they are not."""

import asyncio
from typing import Any

import pytest

from app.errors import Message, Permanent
from app.kube.client import KubeClient
from app.kube.conditions import READY_KINDS
from app.kube.readiness import Readiness, readiness_keys
from tests.kube.manifests import config, deployment

_DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def _is_ready(kind: str, item: dict[str, Any]) -> bool:
    (found,) = [ready for ready in READY_KINDS if ready.kind == kind]
    return found.is_ready(item)


def _status(generation: int = 2, **status: Any) -> dict[str, Any]:
    metadata = {"name": "x", "namespace": "ns", "generation": generation}
    return {"metadata": metadata, "spec": {"replicas": 2}, "status": status}


def test_a_deployment_is_ready_when_all_its_new_pods_are_available() -> None:
    assert _is_ready(
        "Deployment", _status(observedGeneration=2, updatedReplicas=2, availableReplicas=2)
    )
    assert not _is_ready(
        "Deployment", _status(observedGeneration=2, updatedReplicas=1, availableReplicas=2)
    )


def test_a_status_of_an_earlier_spec_says_nothing() -> None:
    assert not _is_ready(
        "Deployment", _status(observedGeneration=1, updatedReplicas=2, availableReplicas=2)
    )


def test_a_daemon_set_is_ready_on_every_node_it_is_meant_for() -> None:
    ready = {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3}
    assert _is_ready("DaemonSet", _status(**ready, numberAvailable=3))
    assert not _is_ready("DaemonSet", _status(**ready, numberAvailable=2))


def test_a_claim_is_ready_when_bound() -> None:
    assert _is_ready("PersistentVolumeClaim", _status(phase="Bound"))
    assert not _is_ready("PersistentVolumeClaim", _status(phase="Pending"))


def test_a_failed_job_ends_the_wait_with_its_reason() -> None:
    failed = {"type": "Failed", "status": "True", "message": "BackoffLimitExceeded"}
    with pytest.raises(Permanent, match="ns/x: BackoffLimitExceeded"):
        _is_ready("Job", _status(conditions=[failed]))


def test_conditions_may_be_null() -> None:
    assert not _is_ready("Certificate", _status(conditions=None))


def test_only_what_can_be_ready_is_waited_for() -> None:
    keys = readiness_keys({"One": [deployment("a"), config("b")], "Two": [deployment("c")]})
    assert keys == {("Deployment", "default", "a"): "One", ("Deployment", "default", "c"): "Two"}


class _Heard:
    def __init__(self) -> None:
        self.components: list[tuple[str, int, int]] = []
        self.warnings: list[str] = []

    async def component(self, name: str, ready: int, total: int) -> None:
        self.components.append((name, ready, total))

    async def warning(self, message: Message) -> None:
        self.warnings.append(str(message))


async def _become_ready(client: KubeClient, name: str) -> None:
    """Write the status that a controller would."""
    status = {
        "observedGeneration": 1,
        "replicas": 1,
        "updatedReplicas": 1,
        "readyReplicas": 1,
        "availableReplicas": 1,
    }
    await client.apply(f"{_DEPLOYMENTS}/{name}/status", {**deployment(name), "status": status})


async def test_components_are_told_of_as_they_become_ready(client: KubeClient) -> None:
    for name in ("a", "b", "c"):
        await client.apply(f"{_DEPLOYMENTS}/{name}", deployment(name))
    heard = _Heard()
    wanted = readiness_keys({"One": [deployment("a"), deployment("b")], "Two": [deployment("c")]})
    waiting = asyncio.create_task(
        Readiness(client, wanted, heard.component, heard.warning, limit=30).wait()
    )
    for name in ("a", "c", "b"):
        await _become_ready(client, name)
    await waiting
    assert heard.components == [("Two", 1, 2), ("One", 2, 2)]


async def test_what_is_late_is_named_with_what_the_cluster_said(client: KubeClient) -> None:
    await client.apply(f"{_DEPLOYMENTS}/slow", deployment("slow"))
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "slow.1", "namespace": "default"},
        "type": "Warning",
        "reason": "Failed",
        "message": "Back-off pulling image",
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "slow-abc-xyz"},
    }
    await client.apply("/api/v1/namespaces/default/events/slow.1", event)
    heard = _Heard()
    wanted = readiness_keys({"One": [deployment("slow")]})
    with pytest.raises(Permanent, match=r"Deployment default/slow.*Back-off pulling image"):
        await Readiness(client, wanted, heard.component, heard.warning, limit=1).wait()
    assert heard.warnings == [
        "Pod default/slow-abc-xyz cannot start, its image cannot be had: Back-off pulling image"
    ]
