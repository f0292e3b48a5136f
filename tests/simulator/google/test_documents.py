"""Every answer has the shape that Google's own discovery documents give."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.google.conftest import documented
from tests.support.discovery import answer_schema, strays
from tests.support.simulator import SimulatorThread

PROJECT = "ml-sandbox-1234"
HOST = f"kf-1.endpoints.{PROJECT}.cloud.goog"
_OF_PREFIX = {"compute": "compute.v1", "container": "container.v1", "iam": "iam.v1"}
_OF_PREFIX |= {"serviceusage": "serviceusage.v1", "servicemanagement": "servicemanagement.v1"}
_OF_PREFIX |= {"cloudbilling": "cloudbilling.v1"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with documented(tmp_path_factory.mktemp("cloud")) as simulator:
        yield simulator


def check(
    cloud: SimulatorThread, verb: str, prefix: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Ask, and hold the answer to the document; the answer."""
    version = path.partition("/")[0]
    name = _OF_PREFIX.get(prefix) or f"cloudresourcemanager.{version}"
    root = "compute/" if prefix == "compute" else ""
    in_document = path.removeprefix("v1/") if root else path
    answer = cloud.session().request(verb, f"{cloud.url}/{prefix}/{root}{path}", json=body)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    assert strays(content, answer_schema(name, in_document, verb), name) == []
    return content


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        ("cloudresourcemanager", "v1/projects"),
        ("cloudresourcemanager", f"v1/projects/{PROJECT}"),
        ("cloudresourcemanager", f"v3/projects/{PROJECT}"),
        ("cloudresourcemanager", "v3/projects:search"),
        ("cloudbilling", f"v1/projects/{PROJECT}/billingInfo"),
        ("serviceusage", f"v1/projects/{PROJECT}/services"),
        ("serviceusage", f"v1/projects/{PROJECT}/services/compute.googleapis.com"),
        ("compute", f"v1/projects/{PROJECT}"),
        ("compute", f"v1/projects/{PROJECT}/regions"),
        ("compute", f"v1/projects/{PROJECT}/regions/us-central1"),
        ("compute", f"v1/projects/{PROJECT}/zones"),
        ("compute", f"v1/projects/{PROJECT}/zones/us-central1-a"),
        ("compute", f"v1/projects/{PROJECT}/zones/us-central1-a/machineTypes"),
        ("compute", f"v1/projects/{PROJECT}/zones/us-central1-a/machineTypes/n1-standard-8"),
        ("compute", f"v1/projects/{PROJECT}/zones/us-central1-a/acceleratorTypes"),
        ("compute", f"v1/projects/{PROJECT}/global/networks"),
        ("compute", f"v1/projects/{PROJECT}/global/networks/default"),
        ("compute", f"v1/projects/{PROJECT}/global/addresses"),
        ("compute", f"v1/projects/{PROJECT}/aggregated/addresses"),
        ("compute", f"v1/projects/{PROJECT}/global/operations"),
        ("compute", f"v1/projects/{PROJECT}/global/backendServices"),
        ("container", f"v1/projects/{PROJECT}/locations/us-central1-a/serverConfig"),
        ("container", f"v1/projects/{PROJECT}/locations/-/clusters"),
        ("container", f"v1/projects/{PROJECT}/locations/-/operations"),
        ("iam", f"v1/projects/{PROJECT}/serviceAccounts"),
    ],
)
def test_what_is_there_from_the_start_has_googles_shape(
    cloud: SimulatorThread, prefix: str, path: str
) -> None:
    check(cloud, "GET", prefix, path)


def test_clusters_and_their_operations_have_googles_shape(cloud: SimulatorThread) -> None:
    base = f"v1/projects/{PROJECT}/locations/us-central1-a"
    pools = [{"name": "default-pool", "initialNodeCount": 1}]
    cluster = {
        "name": "kf-1",
        "nodePools": pools,
        "releaseChannel": {"channel": 2},
        "networkConfig": {"datapathProvider": 2},
    }
    started = check(cloud, "POST", "container", f"{base}/clusters", {"cluster": cluster})
    check(cloud, "GET", "container", f"{base}/clusters/kf-1")
    operation = f"{base}/operations/{started['name']}"
    while check(cloud, "GET", "container", operation)["status"] != "DONE":
        pass
    check(cloud, "GET", "container", f"{base}/clusters/kf-1")
    check(cloud, "GET", "container", f"{base}/clusters")
    check(cloud, "DELETE", "container", f"{base}/clusters/kf-1")


def test_addresses_and_their_operations_have_googles_shape(cloud: SimulatorThread) -> None:
    base = f"v1/projects/{PROJECT}/global"
    body = {"name": "kf-1-ip", "labels": {"a": "b"}}
    operation = check(cloud, "POST", "compute", f"{base}/addresses", body)
    check(cloud, "POST", "compute", f"{base}/operations/{operation['name']}/wait")
    check(cloud, "GET", "compute", f"{base}/operations/{operation['name']}")
    check(cloud, "GET", "compute", f"{base}/addresses/kf-1-ip")
    check(cloud, "DELETE", "compute", f"{base}/addresses/kf-1-ip")


def test_accounts_and_policies_have_googles_shape(cloud: SimulatorThread) -> None:
    base = f"v1/projects/{PROJECT}"
    account = check(cloud, "POST", "iam", f"{base}/serviceAccounts", {"accountId": "kf-1-admin"})
    check(cloud, "GET", "iam", f"{base}/serviceAccounts/{account['email']}")
    policy = check(cloud, "POST", "iam", f"{base}/serviceAccounts/{account['email']}:getIamPolicy")
    assert policy["bindings"] == []
    check(cloud, "POST", "cloudresourcemanager", f"{base}:getIamPolicy", {})
    asked = {"permissions": ["compute.zones.get"]}
    check(cloud, "POST", "cloudresourcemanager", f"{base}:testIamPermissions", asked)


def test_enabling_and_publishing_have_googles_shape(cloud: SimulatorThread) -> None:
    wanted = {"serviceIds": ["iap.googleapis.com"]}
    enable = f"v1/projects/{PROJECT}/services:batchEnable"
    started = check(cloud, "POST", "serviceusage", enable, wanted)
    check(cloud, "GET", "serviceusage", f"v1/{started['name']}")
    service = {"serviceName": HOST, "producerProjectId": PROJECT}
    started = check(cloud, "POST", "servicemanagement", "v1/services", service)
    check(cloud, "GET", "servicemanagement", f"v1/services/{HOST}/configs")
    check(cloud, "GET", "servicemanagement", f"v1/services/{HOST}/rollouts")
    check(cloud, "DELETE", "servicemanagement", f"v1/services/{HOST}")
    check(cloud, "POST", "servicemanagement", f"v1/services/{HOST}:undelete")
