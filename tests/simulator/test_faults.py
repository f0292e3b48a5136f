"""Named faults: armed by option, by program or by the page's buttons, and what Google then says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.simulator.fault_names import NAMED
from tests.support.simulator import SimulatorThread, running

PROJECT = "ml-sandbox-1234"
PLACE = f"container/v1/projects/{PROJECT}/locations/us-central1-a"
PAID = f"cloudbilling/v1/projects/{PROJECT}/billingInfo"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with running(Path(tmp_path_factory.mktemp("cloud"))) as simulator:
        yield simulator


@pytest.fixture
def cloud(shared: SimulatorThread) -> Iterator[SimulatorThread]:
    """A cloud in which nothing is wrong at first."""
    yield shared
    requests.delete(faults(shared), timeout=10)


def faults(cloud: SimulatorThread, query: str = "") -> str:
    return f"{cloud.url}/_simulator/faults{query}"


def arm(cloud: SimulatorThread, name: str, arg: str = "") -> None:
    body = {"name": name, "arg": arg}
    requests.post(faults(cloud), json=body, timeout=10).raise_for_status()


def get(cloud: SimulatorThread, path: str) -> requests.Response:
    return cloud.session().get(f"{cloud.url}/{path}", timeout=10)


def create(cloud: SimulatorThread, name: str) -> requests.Response:
    pools = [{"name": "default-pool", "initialNodeCount": 1}]
    body = {"cluster": {"name": name, "nodePools": pools}}
    return cloud.session().post(f"{cloud.url}/{PLACE}/clusters", json=body, timeout=10)


def ended(cloud: SimulatorThread, begun: requests.Response) -> dict[str, Any]:
    """The operation when it is done."""
    assert begun.status_code == 200, begun.text
    while True:
        operation: dict[str, Any] = get(cloud, f"{PLACE}/operations/{begun.json()['name']}").json()
        if operation["status"] == "DONE":
            return operation


@pytest.mark.parametrize("name", NAMED)
def test_every_fault_can_be_armed_and_cleared(cloud: SimulatorThread, name: str) -> None:
    arm(cloud, name)
    armed = {"name": name, "arg": NAMED[name].usual}
    assert requests.get(faults(cloud), timeout=10).json() == [armed]
    assert requests.delete(faults(cloud, f"?name={name}"), timeout=10).json() == []


@pytest.mark.parametrize(
    ("name", "arg"), [("nonsense", ""), ("latency", "fast"), ("operation-fails", "arg")]
)
def test_what_is_no_fault_is_refused(cloud: SimulatorThread, name: str, arg: str) -> None:
    answer = requests.post(faults(cloud), json={"name": name, "arg": arg}, timeout=10)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_faults_are_armed_at_the_start_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "cloud"
    with running(home, faults=("latency:5", "stock-out")) as cloud:
        armed = requests.get(faults(cloud), timeout=10).json()
    with running(home) as cloud:
        assert requests.get(faults(cloud), timeout=10).json() == armed
    assert {fault["name"]: fault["arg"] for fault in armed} == {"latency": "5", "stock-out": "*"}


def test_buttons_of_the_page_arm_and_clear(cloud: SimulatorThread) -> None:
    page = requests.get(f"{cloud.url}/", timeout=10)
    assert page.url.endswith("/_simulator/")
    assert all(fault.title in page.text for fault in NAMED.values())
    form = {"name": "latency", "arg": "5", "do": "arm"}
    pressed = requests.post(
        faults(cloud, "/pressed"), data=form, headers={"origin": cloud.url}, timeout=10
    )
    assert "armed" in pressed.text
    assert requests.get(faults(cloud), timeout=10).json() == [{"name": "latency", "arg": "5"}]


@pytest.mark.parametrize("origin", ["", "https://example.com"])
def test_buttons_of_other_pages_are_not_taken(cloud: SimulatorThread, origin: str) -> None:
    form = {"name": "latency", "do": "arm"}
    headers = {"origin": origin} if origin else {}
    answer = requests.post(faults(cloud, "/pressed"), data=form, headers=headers, timeout=10)
    assert answer.status_code == 403
    assert requests.get(faults(cloud), timeout=10).json() == []


@pytest.mark.parametrize(
    ("name", "arg", "code", "said", "condition"),
    [
        ("stock-out", "us-central1-a", 8, "does not have enough resources", "GCE_STOCKOUT"),
        ("stock-out-slow", "", 8, "after 35m4s", "GCE_STOCKOUT"),
        ("quota-exceeded-later", "1", 8, "'IN_USE_ADDRESSES' exceeded.", "GCE_QUOTA_EXCEEDED"),
        ("operation-fails", "", 13, "Internal error.", None),
    ],
)
def test_a_creation_is_done_with_an_error(
    cloud: SimulatorThread, name: str, arg: str, code: int, said: str, condition: str | None
) -> None:
    arm(cloud, name, arg)
    operation = ended(cloud, create(cloud, f"kf-{name}"))
    assert operation["error"]["code"] == code
    assert said in operation["error"]["message"]
    assert operation["clusterConditions"][0].get("code") == condition
    cluster = get(cloud, f"{PLACE}/clusters/kf-{name}").json()
    assert (cluster["status"], cluster["statusMessage"]) == ("ERROR", operation["statusMessage"])
    session = cloud.session()
    assert session.delete(f"{cloud.url}/{PLACE}/clusters/kf-{name}").status_code == 200


def test_another_zone_is_not_out_of_stock(cloud: SimulatorThread) -> None:
    arm(cloud, "stock-out", "asia-east1-a")
    assert "error" not in ended(cloud, create(cloud, "kf-elsewhere"))


def test_an_endless_operation_ends_when_the_fault_is_cleared(cloud: SimulatorThread) -> None:
    arm(cloud, "operation-never-ends")
    begun = create(cloud, "kf-endless")
    operation = get(cloud, f"{PLACE}/operations/{begun.json()['name']}").json()
    assert operation["status"] in ("PENDING", "RUNNING")
    refused = cloud.session().delete(f"{cloud.url}/{PLACE}/clusters/kf-endless")
    assert "is running incompatible operation operation-" in refused.text
    requests.delete(faults(cloud), timeout=10)
    assert "error" not in ended(cloud, begun)


def test_an_endless_operation_can_be_cancelled(cloud: SimulatorThread) -> None:
    arm(cloud, "operation-never-ends")
    begun = create(cloud, "kf-cancelled")
    name = begun.json()["name"]
    url = f"{cloud.url}/{PLACE}/operations/{name}:cancel"
    assert cloud.session().post(url, json={}).json() == {}
    assert ended(cloud, begun)["error"]["code"] == 1


def test_a_quota_without_anything_left_is_told_and_kept(cloud: SimulatorThread) -> None:
    arm(cloud, "quota-exceeded", "INSTANCES")
    region = get(cloud, f"compute/compute/v1/projects/{PROJECT}/regions/us-central1").json()
    quota = next(q for q in region["quotas"] if q["metric"] == "INSTANCES")
    assert quota["limit"] == quota["usage"]
    refused = create(cloud, "kf-quota")
    assert refused.status_code == 403
    assert 'resource "INSTANCES"' in refused.json()["error"]["message"]


def test_a_missing_permission_is_missing_everywhere(cloud: SimulatorThread) -> None:
    arm(cloud, "permission-missing", "container.*.create")
    url = f"{cloud.url}/cloudresourcemanager/v1/projects/{PROJECT}:testIamPermissions"
    asked = ["container.clusters.create", "container.clusters.get"]
    given = cloud.session().post(url, json={"permissions": asked}).json()
    assert given == {"permissions": ["container.clusters.get"]}
    assert create(cloud, "kf-denied").status_code == 403


def test_a_slow_api_is_enabled_before_it_is_usable(slow: SimulatorThread) -> None:
    arm(slow, "api-slow", "100000")
    base = f"{slow.url}/serviceusage/v1/projects/{PROJECT}/services/iap.googleapis.com"
    session = slow.session()
    session.post(f"{base}:enable", json={}).raise_for_status()
    while session.get(base).json()["state"] != "ENABLED":
        pass
    refused = session.post(f"{slow.url}/iap/v1/projects/{PROJECT}/iap_web:getIamPolicy", json={})
    assert refused.json()["error"]["details"][0]["reason"] == "SERVICE_DISABLED"


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SimulatorThread]:
    with running(tmp_path / "cloud") as simulator:
        yield simulator


def test_access_is_withdrawn_once(cloud: SimulatorThread) -> None:
    arm(cloud, "token-revoked", "cloudbilling.get_billing_info")
    assert get(cloud, PAID).status_code == 401
    assert get(cloud, PAID).status_code == 200


def test_some_calls_in_a_row_are_answered_with_503(cloud: SimulatorThread) -> None:
    arm(cloud, "unavailable", "3")
    codes = [get(cloud, PAID).status_code for _ in range(23)]
    assert codes == [503] * 3 + [200] * 17 + [503] * 3


def test_now_and_then_a_connection_is_dropped(cloud: SimulatorThread) -> None:
    arm(cloud, "connection-reset", "2")
    assert get(cloud, PAID).status_code == 200
    with pytest.raises(requests.ConnectionError):
        get(cloud, PAID)
    assert get(cloud, PAID).status_code == 200
