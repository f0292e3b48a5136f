from datetime import UTC, datetime, timedelta
from typing import Any

from app.simulator.controllers.objects import condition
from app.simulator.controllers.workloads.deployments import (
    REVISION,
    next_step,
    replica_set_for,
    revision_for,
    status_of,
)
from tests.simulator.controllers.objects_of import stored, workload

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LIMIT = timedelta(minutes=10)


def made(deployment: dict[str, Any], owned: list[Any] | None = None, **status: int) -> Any:
    wanted = replica_set_for(deployment, owned or [])
    name = wanted["metadata"].pop("name")
    return stored("ReplicaSet", name, **wanted, status=status)


def with_image(deployment: dict[str, Any], image: str) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "main", "image": image}]}}
    spec = deployment["spec"] | {"template": template}
    return deployment | {"spec": spec}


def test_a_new_deployment_makes_a_replica_set_of_its_template() -> None:
    step = next_step(workload(replicas=3), [])
    assert step.create is not None
    assert step.create["spec"]["replicas"] == 3
    hash_ = step.create["metadata"]["labels"]["pod-template-hash"]
    assert step.create["spec"]["selector"]["matchLabels"]["pod-template-hash"] == hash_
    assert step.create["metadata"]["name"] == f"web-{hash_}"


def test_a_finished_rollout_needs_nothing() -> None:
    deployment = workload()
    step = next_step(deployment, [made(deployment, replicas=2, availableReplicas=2)])
    assert step.create is None
    assert step.scale == []


def test_another_template_gets_the_next_revision() -> None:
    first = workload()
    step = next_step(with_image(first, "example/web:2"), [made(first)])
    assert step.create is not None
    assert step.create["metadata"]["annotations"][REVISION] == "2"


def test_a_template_that_is_used_again_becomes_the_latest_revision() -> None:
    first = workload()
    old = made(first)
    second = with_image(first, "example/web:2")
    assert revision_for(second, [old, made(second, [old])]) == 2
    assert revision_for(first, [old, made(second, [old])]) == 3


def test_the_old_replica_set_goes_once_the_new_one_serves() -> None:
    first = workload()
    old = made(first, replicas=2, availableReplicas=2)
    second = with_image(first, "example/web:2")
    waiting = made(second, [old], replicas=2)
    assert next_step(second, [old, waiting]).scale == []
    serving = made(second, [old], replicas=2, availableReplicas=2)
    assert next_step(second, [old, serving]).scale == [(old, 0)]


def test_recreate_removes_the_old_pods_first() -> None:
    first = workload(strategy={"type": "Recreate"})
    old = made(first, replicas=2, availableReplicas=2)
    step = next_step(with_image(first, "example/web:2"), [old])
    assert step.create is None
    assert step.scale == [(old, 0)]


def test_a_deployment_with_too_few_ready_replicas_is_not_available() -> None:
    deployment = workload(replicas=4)
    status = status_of(deployment, [made(deployment, replicas=4, availableReplicas=2)], NOW, LIMIT)
    found = condition({"status": status}, "Available")
    assert found is not None
    assert found["status"] == "False"
    assert status["unavailableReplicas"] == 2


def test_a_complete_deployment_says_so() -> None:
    deployment = workload()
    ready = made(deployment, replicas=2, readyReplicas=2, availableReplicas=2)
    status = status_of(deployment, [ready], NOW, LIMIT)
    found = condition({"status": status}, "Progressing")
    assert found is not None
    assert found["reason"] == "NewReplicaSetAvailable"
    assert status["observedGeneration"] == 1


def test_no_progress_for_too_long_is_told() -> None:
    deployment = workload()
    stuck = made(deployment, replicas=2)
    deployment["status"] = status_of(deployment, [stuck], NOW, LIMIT)
    later = status_of(deployment, [stuck], NOW + LIMIT + timedelta(seconds=2), LIMIT)
    found = condition({"status": later}, "Progressing")
    assert found is not None
    assert found["reason"] == "ProgressDeadlineExceeded"
    assert found["status"] == "False"


def test_the_same_state_gives_the_same_status_later() -> None:
    deployment = workload()
    ready = made(deployment, replicas=2, readyReplicas=2, availableReplicas=2)
    deployment["status"] = status_of(deployment, [ready], NOW, LIMIT)
    assert status_of(deployment, [ready], NOW + timedelta(hours=1), LIMIT) == deployment["status"]
