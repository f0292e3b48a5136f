from typing import Any

import pytest

from app.simulator.controllers.kinds import CLAIM, SECRET
from app.simulator.controllers.kubelet.fate import pull_seconds, usual_fate
from app.simulator.controllers.kubelet.machines import machine
from app.simulator.controllers.kubelet.nodes import node_names
from app.simulator.controllers.kubelet.requirements import requirements
from app.simulator.controllers.kubelet.scheduler import Request, candidates
from app.simulator.timings import Timings
from app.simulator.world import ClusterFacts
from tests.simulator.controllers.objects_of import asking, node, pod, stored

FACTS = ClusterFacts("a-project", "123", "us-central1-a", "kf-1", 2, "n1-standard-8")


def test_an_n1_standard_8_leaves_what_google_says_to_pods() -> None:
    type_ = machine("n1-standard-8")
    assert round(type_.allocatable_cores * 1000) == 7910
    assert type_.memory == 30
    assert 26 < type_.allocatable_memory < 27


@pytest.mark.parametrize(
    ("name", "cores", "memory"),
    [("e2-medium", 2, 4), ("n2-highmem-4", 4, 32), ("e2-standard-16", 16, 64)],
)
def test_other_machine_types_are_known(name: str, cores: int, memory: float) -> None:
    assert (machine(name).cores, machine(name).memory) == (cores, memory)


def test_nodes_keep_their_names_and_say_their_pool() -> None:
    names = node_names(FACTS)
    assert names == node_names(FACTS)
    assert len(set(names)) == 2
    assert all(name.startswith("gke-kf-1-default-pool-") for name in names)


def test_a_pod_goes_to_the_node_with_the_fewest_pods() -> None:
    used = {"a": Request(1, 0, 5), "b": Request(1, 0, 3)}
    fitting, _ = candidates(pod("p"), [node("a"), node("b")], used)
    assert fitting == ["b", "a"]


def test_a_pod_that_fits_nowhere_is_told_why() -> None:
    used = {"a": Request(cpu=3.5)}
    fitting, reasons = candidates(pod("p", spec=asking("1")), [node("a"), node("b", "500m")], used)
    assert fitting == []
    assert reasons == {"Insufficient cpu": 2}


def test_a_pod_that_wants_a_label_goes_only_there() -> None:
    fitting, reasons = candidates(
        pod("p", spec={"nodeSelector": {"disk": "ssd"}}), [node("a"), node("b", disk="ssd")], {}
    )
    assert fitting == ["b"]
    assert len(reasons) == 1


def test_an_image_takes_the_same_time_on_every_node_and_none_twice() -> None:
    timings = Timings()
    fate = usual_fate(timings)
    pulled = fate(pod("p"), ["example/web:1"])
    assert pulled.delay == pull_seconds("example/web:1", timings)
    assert timings.pod_least <= pulled.delay <= timings.pod_most
    assert fate(pod("p"), []).delay < timings.pod_least


def test_a_pod_needs_its_secrets_and_claims_but_not_optional_ones() -> None:
    volumes: list[dict[str, Any]] = [
        {"name": "a", "secret": {"secretName": "certs"}},
        {"name": "b", "secret": {"secretName": "extra", "optional": True}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "data"}},
    ]
    found = [*requirements(pod("p", spec={"volumes": volumes}))]
    assert [(each.kind, each.key) for each in found] == [
        (SECRET, ("ns", "certs")),
        (CLAIM, ("ns", "data")),
    ]


def test_a_claim_serves_only_once_it_is_bound() -> None:
    volume = {"name": "c", "persistentVolumeClaim": {"claimName": "data"}}
    (need,) = requirements(pod("p", spec={"volumes": [volume]}))
    assert not need.met(stored("PersistentVolumeClaim", "data", status={"phase": "Pending"}))
    assert need.met(stored("PersistentVolumeClaim", "data", status={"phase": "Bound"}))
