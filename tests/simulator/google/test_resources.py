"""Routers, load balancers and disks: made, listed, used by one another, and deleted in order."""

from typing import Any

import pytest
import requests

from tests.support.simulator import SimulatorThread

PROJECT = "ml-sandbox-1234"


class Compute:
    """Compute Engine over plain HTTP."""

    def __init__(self, cloud: SimulatorThread) -> None:
        self._session = cloud.session()
        self._base = f"{cloud.url}/compute/compute/v1/projects/{PROJECT}"

    def __call__(self, verb: str, path: str, body: Any = None) -> requests.Response:
        url = f"{self._base}/{path}".rstrip("/")
        return self._session.request(verb, url, json=body, timeout=10)

    def done(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """Begin an operation, and wait for its end."""
        begun = self(verb, path, body)
        assert begun.status_code == 200, begun.text
        operation = begun.json()["selfLink"].partition(f"/projects/{PROJECT}/")[2]
        ended: dict[str, Any] = self("POST", f"{operation}/wait").json()
        assert ended["status"] == "DONE"
        return ended

    def items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("GET", path).json().get("items", [])
        return found


@pytest.fixture
def compute(cloud: SimulatorThread) -> Compute:
    return Compute(cloud)


def link(path: str) -> str:
    return f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/{path}"


def test_a_router_is_made_with_its_nat_changed_and_deleted(compute: Compute) -> None:
    nat = {
        "name": "nat",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
    }
    network = link("global/networks/default")
    router = {"name": "kf-1-router", "network": network, "nats": [nat]}
    operation = compute.done("POST", "regions/us-central1/routers", router)
    assert operation["region"] == link("regions/us-central1")
    compute.done("PATCH", "regions/us-central1/routers/kf-1-router", {"description": "ours"})
    (found,) = compute.items("regions/us-central1/routers")
    assert (found["description"], found["nats"]) == ("ours", [nat])
    compute.done("DELETE", "regions/us-central1/routers/kf-1-router")
    assert compute.items("regions/us-central1/routers") == []


def test_parts_of_a_load_balancer_go_only_after_what_uses_them(compute: Compute) -> None:
    backend, url_map = "global/backendServices/b", "global/urlMaps/u"
    compute.done("POST", "global/backendServices", {"name": "b"})
    compute.done("POST", "global/urlMaps", {"name": "u", "defaultService": link(backend)})
    compute.done("POST", "global/targetHttpProxies", {"name": "t", "urlMap": link(url_map)})
    refused = compute("DELETE", backend)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["errors"][0]["reason"] == "resourceInUseByAnotherResource"
    assert error["message"] == (
        f"The backend_service resource 'projects/{PROJECT}/{backend}' is already being used by "
        f"'projects/{PROJECT}/{url_map}'"
    )
    for path in ("global/targetHttpProxies/t", url_map, backend):
        compute.done("DELETE", path)
    assert compute("GET", backend).status_code == 404


def test_lists_are_filtered_and_paged(compute: Compute) -> None:
    for name in ("kf-1-a", "kf-1-b", "other"):
        compute.done("POST", "global/firewalls", {"name": name})
    found = compute.items("global/firewalls?filter=name%20eq%20%22kf-1-.*%22")
    assert [each["name"] for each in found] == ["kf-1-a", "kf-1-b"]
    page = compute("GET", "global/firewalls?maxResults=2").json()
    assert len(page["items"]) == 2
    rest = compute.items(f"global/firewalls?maxResults=2&pageToken={page['nextPageToken']}")
    assert [each["name"] for each in rest] == ["other"]
    assert compute("GET", "global/firewalls?filter=((").status_code == 400


def used(compute: Compute, path: str) -> dict[str, float]:
    return {quota["metric"]: quota["usage"] for quota in compute("GET", path).json()["quotas"]}


def test_what_is_there_is_counted_against_the_quotas(compute: Compute) -> None:
    type_ = link("zones/us-central1-a/diskTypes/pd-ssd")
    disk = {"name": "pvc-1", "sizeGb": "20", "type": type_}
    compute.done("POST", "zones/us-central1-a/disks", disk)
    compute.done("POST", "global/firewalls", {"name": "kf-1"})
    region, project = used(compute, "regions/us-central1"), used(compute, "")
    assert (region["SSD_TOTAL_GB"], region["DISKS_TOTAL_GB"]) == (20, 0)
    assert project["FIREWALLS"] == 1


def test_one_too_many_of_anything_is_refused(cloud: SimulatorThread, compute: Compute) -> None:
    limit = {"BACKEND_SERVICES": 1}
    requests.post(f"{cloud.url}/_simulator/quotas/{PROJECT}", json=limit, timeout=10)
    compute.done("POST", "global/backendServices", {"name": "one"})
    refused = compute("POST", "global/backendServices", {"name": "two"})
    assert refused.status_code == 403
    error = refused.json()["error"]
    assert error["message"] == "Quota 'BACKEND_SERVICES' exceeded.  Limit: 1.0 globally."
    assert error["errors"][0]["reason"] == "quotaExceeded"


def test_the_inventory_lists_every_kind_of_thing(cloud: SimulatorThread, compute: Compute) -> None:
    before = cloud.inventory()
    compute.done("POST", "zones/us-central1-a/disks", {"name": "pvc-1", "sizeGb": "20"})
    (disk,) = cloud.inventory()["disks"]
    assert (disk["name"], disk["scope"]) == ("pvc-1", "zones/us-central1-a")
    compute.done("DELETE", "zones/us-central1-a/disks/pvc-1")
    assert cloud.inventory() == before


@pytest.mark.parametrize("kind", ["acceleratorTypes", "machineTypes", "subnetworks", "disks"])
def test_aggregated_lists_name_every_scope(compute: Compute, kind: str) -> None:
    scopes = compute("GET", f"aggregated/{kind}").json()["items"]
    some = {"zones/asia-east1-a", "regions/asia-east1"} & scopes.keys()
    assert some
    assert all(kind in found or "warning" in found for found in scopes.values())
