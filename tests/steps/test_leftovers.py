"""A deployment's things are told from those of others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.names import LABEL
from app.steps.leftovers import Marks

_ASKED_FOR = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
_MARKS = Marks(
    ids=frozenset({"98lhq9pg"}),
    cluster="kf-1",
    host="kf-1.endpoints.p.cloud.goog",
    label="d1",
    since=_ASKED_FOR,
    written=frozenset({"health check odd-name"}),
)


def _disk(made: str, cluster: str = "kf-1", **more: Any) -> dict[str, Any]:
    labels = {"goog-k8s-cluster-name": cluster}
    return {"name": "pvc-1", "creationTimestamp": made, "labels": labels, **more}


@pytest.mark.parametrize(
    "name",
    [
        "k8s1-98lhq9pg-istio-system-istio-ingressgateway-80-abc",
        "k8s2-um-98lhq9pg-istio-system-envoy-ingress-x",
        "k8s-fw-l7--98lhq9pg",
        "k8s-98lhq9pg-node-http-hc",
    ],
)
def test_what_carries_the_clusters_id_is_ours(name: str) -> None:
    assert _MARKS.are_on("firewall rule", {"name": name})


@pytest.mark.parametrize("name", ["k8s1-otherid1-a-b-80-c", "allow-98lhq9pg", "default-allow-ssh"])
def test_what_does_not_is_left_alone(name: str) -> None:
    assert not _MARKS.are_on("firewall rule", {"name": name})


def test_what_was_written_down_is_ours_whatever_its_name() -> None:
    assert _MARKS.are_on("health check", {"name": "odd-name"})
    assert not _MARKS.are_on("URL map", {"name": "odd-name"})


def test_a_disk_of_an_earlier_cluster_of_the_same_name_is_not_ours() -> None:
    assert _MARKS.are_on("disk", _disk("2026-11-24T03:00:00.000-08:00"))
    assert not _MARKS.are_on("disk", _disk("2026-11-24T01:00:00.000-08:00"))
    assert not _MARKS.are_on("disk", _disk("2026-11-24T03:00:00.000-08:00", cluster="kf-10"))


def test_a_disk_that_somebody_uses_is_left_alone() -> None:
    assert not _MARKS.are_on("disk", _disk("2026-11-24T03:00:00.000-08:00", users=["vm"]))


def test_a_disk_with_the_deployments_own_label_is_ours() -> None:
    disk = {"name": "pvc-2", "creationTimestamp": "2026-11-24T03:00:00Z", "labels": {LABEL: "d1"}}
    assert _MARKS.are_on("disk", disk)


def test_a_certificate_for_the_deployments_name_is_ours_and_no_other() -> None:
    ours = {"name": "mcrt-1", "managed": {"domains": [_MARKS.host]}}
    theirs = {"name": "mcrt-2", "managed": {"domains": [_MARKS.host, "else.example"]}}
    assert _MARKS.are_on("SSL certificate", ours)
    assert not _MARKS.are_on("SSL certificate", theirs)
    assert not _MARKS.are_on("SSL certificate", {"name": "self-managed"})
