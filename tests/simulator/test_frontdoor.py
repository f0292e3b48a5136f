"""Control planes by name: whom the door lets in, and what certificate it shows."""

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from tests.support.simulator import KIM, SAM, SimulatorThread, running

PROJECT = "ml-sandbox-1234"
BASE = f"container/v1/projects/{PROJECT}/locations/us-central1-a"
OPEN = {"dnsEndpointConfig": {"allowExternalTraffic": True}}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with running(Path(tmp_path_factory.mktemp("cloud"))) as simulator:
        yield simulator


def made(cloud: SimulatorThread, name: str, reach: dict[str, Any]) -> dict[str, Any]:
    """A running cluster."""
    pools = [{"name": "default-pool", "initialNodeCount": 1}]
    wanted = {"name": name, "nodePools": pools, "controlPlaneEndpointsConfig": reach}
    session, base = cloud.session(), f"{cloud.url}/{BASE}"
    session.post(f"{base}/clusters", json={"cluster": wanted}).raise_for_status()
    while True:
        cluster: dict[str, Any] = session.get(f"{base}/clusters/{name}").json()
        if cluster["status"] == "RUNNING":
            return cluster


@pytest.fixture(scope="module")
def cluster(cloud: SimulatorThread) -> dict[str, Any]:
    return made(cloud, "kf-1", OPEN)


def endpoint(cluster: dict[str, Any]) -> str:
    return str(cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"])


class Visitor(HTTPSConnection):
    """Comes to this machine under the endpoint's name, and trusts the simulated internet."""

    def __init__(self, cloud: SimulatorThread, address: str) -> None:
        roots = requests.get(f"{cloud.url}/_simulator/roots.pem", timeout=10).text
        super().__init__(address, timeout=10, context=ssl.create_default_context(cadata=roots))
        self._create_connection = self._connect_here

    def _connect_here(self, address: tuple[str, int], *others: Any) -> Any:
        return socket.create_connection(("127.0.0.1", address[1]), timeout=10)

    def get(self, path: str, token: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer."""
        self.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = self.getresponse()
        return answer.status, orjson.loads(answer.read())


def test_the_name_has_googles_shape(cluster: dict[str, Any]) -> None:
    name, _, port = endpoint(cluster).partition(":")
    first, number = name.split(".")[0].removeprefix("gke-").split("-")
    assert (len(first), number) == (36, "234567890123")
    assert name.endswith(".us-central1.gke.goog.localhost")
    assert port.isdigit()


def test_an_owner_gets_through_again_and_again(
    cloud: SimulatorThread, cluster: dict[str, Any]
) -> None:
    visitor = Visitor(cloud, endpoint(cluster))
    for _ in range(3):
        status, found = visitor.get("/api/v1/namespaces", cloud.token())
        assert (status, found["kind"]) == (200, "NamespaceList")


def test_the_permission_to_connect_is_asked_for(
    cloud: SimulatorThread, cluster: dict[str, Any]
) -> None:
    session = cloud.session()
    url = f"{cloud.url}/cloudresourcemanager/v1/projects/{PROJECT}"
    policy = session.post(f"{url}:getIamPolicy").json()
    policy["bindings"].append({"role": "roles/viewer", "members": [f"user:{SAM}"]})
    session.post(f"{url}:setIamPolicy", json={"policy": policy}).raise_for_status()
    status, said = Visitor(cloud, endpoint(cluster)).get("/version", cloud.token(SAM))
    assert status == 403
    assert "container.clusters.connect" in said["message"]


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_strangers_are_turned_away(
    cloud: SimulatorThread, cluster: dict[str, Any], token: str
) -> None:
    assert Visitor(cloud, endpoint(cluster)).get("/version", token)[0] == 401


def test_a_later_request_of_somebody_else_is_looked_at_too(
    cloud: SimulatorThread, cluster: dict[str, Any]
) -> None:
    visitor = Visitor(cloud, endpoint(cluster))
    assert visitor.get("/version", cloud.token(KIM))[0] == 200
    assert visitor.get("/version", "nonsense")[0] == 401


def test_an_unknown_name_leads_nowhere(cloud: SimulatorThread, cluster: dict[str, Any]) -> None:
    other = f"gke-{'0' * 36}-1.{endpoint(cluster).partition('.')[2]}"
    assert Visitor(cloud, other).get("/version", cloud.token())[0] == 404


def test_a_cluster_opens_its_name_only_if_told_to(cloud: SimulatorThread) -> None:
    closed = made(cloud, "kf-2", {"dnsEndpointConfig": {"allowExternalTraffic": False}})
    status, said = Visitor(cloud, endpoint(closed)).get("/version", cloud.token())
    assert (status, said["message"]) == (
        403,
        "External traffic is not allowed for this DNS endpoint.",
    )


def test_without_addresses_the_endpoint_is_the_name(cloud: SimulatorThread) -> None:
    named = made(cloud, "kf-3", {**OPEN, "ipEndpointsConfig": {"enabled": False}})
    assert named["endpoint"] == endpoint(named)
