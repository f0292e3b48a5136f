from datetime import UTC, datetime
from typing import Any

from app.simulator.controllers.workloads import (
    clusterroles,
    daemonsets,
    disruptions,
    endpoints,
    jobs,
    replicasets,
    statefulsets,
)
from tests.simulator.controllers.objects_of import node, pod, stored, workload

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_replica_set_makes_the_pods_that_are_missing() -> None:
    assert replicasets.missing(workload("ReplicaSet", replicas=3), [pod("a")]) == 2


def test_pods_that_do_not_serve_are_removed_first() -> None:
    waiting, serving = pod("b", ready=False), pod("a")
    assert replicasets.surplus(workload("ReplicaSet", replicas=1), [serving, waiting]) == [waiting]


def test_a_stateful_set_waits_for_each_pod_before_the_next() -> None:
    set_ = workload("StatefulSet", "db", replicas=3)
    assert statefulsets.indices_to_make(set_, []) == [0]
    assert statefulsets.indices_to_make(set_, [pod("db-0", ready=False)]) == []
    assert statefulsets.indices_to_make(set_, [pod("db-0")]) == [1]


def test_a_parallel_stateful_set_makes_all_pods_at_once() -> None:
    set_ = workload("StatefulSet", "db", replicas=3, podManagementPolicy="Parallel")
    assert statefulsets.indices_to_make(set_, []) == [0, 1, 2]


def test_a_stateful_pod_uses_claims_of_its_own() -> None:
    template = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    set_ = workload("StatefulSet", "db", volumeClaimTemplates=[template])
    volume = statefulsets.pod_for(set_, 1)["spec"]["volumes"][0]
    assert volume == {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-1"}}
    assert statefulsets.claims_for(set_, 1)[0]["metadata"]["name"] == "data-db-1"


def test_a_changed_stateful_set_replaces_its_last_pod_first() -> None:
    set_ = workload("StatefulSet", "db")
    assert statefulsets.pods_to_remove(set_, [pod("db-0"), pod("db-1")]) != []
    (removed,) = statefulsets.pods_to_remove(set_, [pod("db-0"), pod("db-1")])
    assert removed["metadata"]["name"] == "db-1"


def test_a_daemon_set_runs_only_where_its_selector_fits() -> None:
    set_ = workload("DaemonSet")
    set_["spec"]["template"]["spec"]["nodeSelector"] = {"gpu": "yes"}
    assert daemonsets.eligible(set_, [node("a"), node("b", gpu="yes")]) == ["b"]


def test_a_daemon_pod_names_its_node() -> None:
    assert daemonsets.node_of(daemonsets.pod_for(workload("DaemonSet"), "b")) == "b"


def test_a_job_starts_as_many_pods_as_may_run_at_once() -> None:
    job = workload("Job", completions=3, parallelism=2)
    assert jobs.missing(job, []) == 2
    assert jobs.missing(job, [pod("a", phase="Succeeded"), pod("b")]) == 1


def test_a_job_is_complete_when_enough_pods_have_succeeded() -> None:
    job = workload("Job", completions=1)
    status = jobs.status_of(job, [pod("a", phase="Succeeded", ready=False)], NOW)
    assert [each["type"] for each in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert status["succeeded"] == 1


def test_a_job_whose_pods_keep_failing_fails() -> None:
    job = workload("Job", backoffLimit=1)
    failed = [pod(name, phase="Failed", ready=False) for name in "ab"]
    assert jobs.missing(job, failed) == 0
    assert jobs.status_of(job, failed, NOW)["conditions"][0]["type"] == "Failed"


def service(target: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": target, "protocol": "TCP"}]
    return stored("Service", "web", spec={"selector": {"app": "web"}, "ports": ports})


def test_a_named_target_port_is_looked_up_in_the_container() -> None:
    container = {"name": "main", "image": "x", "ports": [{"name": "web", "containerPort": 8080}]}
    backend = pod("a", spec={"containers": [container]})
    slice_ = endpoints.slice_for(
        service("web"), [*endpoints.backends_of(service("web"), [backend])]
    )
    assert slice_["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]


def test_only_selected_pods_with_an_address_are_endpoints() -> None:
    other = pod("b", metadata={"labels": {"app": "other"}})
    unborn = pod("c", address="")
    backends = [*endpoints.backends_of(service(80), [pod("a"), other, unborn])]
    assert [each.pod["metadata"]["name"] for each in backends] == ["a"]


def test_pods_that_are_not_ready_are_listed_apart() -> None:
    backends = [*endpoints.backends_of(service(80), [pod("a"), pod("b", ready=False)])]
    subset = endpoints.endpoints_for(service(80), backends)["subsets"][0]
    assert [each["targetRef"]["name"] for each in subset["addresses"]] == ["a"]
    assert [each["targetRef"]["name"] for each in subset["notReadyAddresses"]] == ["b"]


def test_an_aggregated_role_has_the_rules_of_those_it_selects() -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    part = stored("ClusterRole", "part", "", metadata={"labels": {"to": "admin"}}, rules=[rule])
    rest = stored("ClusterRole", "rest", "", rules=[rule | {"verbs": ["delete"]}])
    selectors = {"clusterRoleSelectors": [{"matchLabels": {"to": "admin"}}]}
    whole = stored("ClusterRole", "whole", "", aggregationRule=selectors)
    assert clusterroles.aggregated(whole, [whole, part, rest]) == [rule]


def test_a_budget_counts_what_could_go() -> None:
    budget = stored("PodDisruptionBudget", "web", spec={"minAvailable": "50%", "selector": {}})
    pods = [pod("a"), pod("b"), pod("c", ready=False)]
    status = disruptions.status_of(budget, pods, NOW)
    assert (status["desiredHealthy"], status["disruptionsAllowed"]) == (2, 0)
