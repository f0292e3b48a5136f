"""A cluster's Kubernetes API for these tests: the simulator's own, and a real one beside it.

What is asserted of `api` holds on both: where they disagree, the simulator is wrong. Each test has
a namespace of its own, to which the paths of `examples` are turned.
"""

import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.simulator.clock import Clock
from app.simulator.controlplane import HOW_TO_GET_THEM, ControlPlane, find
from app.simulator.kubernetes import KubernetesServer
from app.simulator.servers import ClusterServer
from tests.support.threads import LoopThread
from tests.support.tools import missing

from .waiting import until

APPLY = "application/apply-patch+yaml"
VERSION = "v1.35.8-gke.1036000"
USERS = {"token-of-alice": "alice@example.com", "token-of-bob": "bob@example.com"}
# what the simulator's API does by itself; the rest of kube-controller-manager would interfere
CONTROLLERS = "garbage-collector-controller,namespace-controller,serviceaccount-controller"


def permits(email: str, permission: str) -> bool:
    """IAM: alice may do all, bob what a viewer may."""
    seen = permission.endswith((".get", ".list")) and ".secrets." not in permission
    return email == "alice@example.com" or seen


def new_server(directory: Path) -> KubernetesServer:
    """A server over a directory; alice's token is `token-of-alice`, bob's `token-of-bob`."""
    return KubernetesServer(
        directory=directory,
        version=VERSION,
        host="127.0.0.1",
        port=None,
        authenticate=USERS.get,
        clock=Clock(speed=40),
        permits=permits,
    )


class Client(httpx.AsyncClient):
    """An HTTP client with a bearer token, that works in a namespace of its own."""

    def __init__(self, server: ClusterServer, token: str, namespace: str = "default") -> None:
        super().__init__(
            base_url=server.url,
            verify=ssl.create_default_context(cadata=server.ca_certificate),
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        self._namespace = namespace

    def build_request(self, method: str, url: Any, **options: Any) -> httpx.Request:
        own = f"/namespaces/{self._namespace}/"
        return super().build_request(
            method, str(url).replace("/namespaces/default/", own), **options
        )


def client_of(server: ClusterServer, token: str | None = None) -> Client:
    """A client in the namespace `default`, the administrator's unless a token is given."""
    return Client(server, token or server.admin_token)


@dataclass
class Api:
    """The server and a client of its administrator."""

    server: ClusterServer
    client: httpx.AsyncClient
    namespace: str = "default"

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query)

    async def create(self, path: str, item: dict[str, Any], **query: Any) -> httpx.Response:
        return await self.client.post(path, json=item, params=query)

    async def apply(
        self, path: str, item: dict[str, Any], manager: str = "portal", **query: Any
    ) -> httpx.Response:
        return await self.client.patch(
            path,
            content=json.dumps(item),
            headers={"Content-Type": APPLY},
            params={"fieldManager": manager, **query},
        )

    async def patch(self, path: str, change: Any, kind: str = "merge") -> httpx.Response:
        headers = {"Content-Type": f"application/{kind}-patch+json"}
        return await self.client.patch(path, content=json.dumps(change), headers=headers)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.request("DELETE", path, json=options)

    async def until_status(self, path: str, code: int) -> None:
        async def answered() -> bool:
            return (await self.get(path)).status_code == code

        await until(answered)

    async def until_gone(self, path: str) -> None:
        await self.until_status(path, 404)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[KubernetesServer]:
    """The simulator's, in the test's own loop."""
    started = new_server(tmp_path / "cluster")
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def simulated(server: KubernetesServer) -> AsyncIterator[Api]:
    """The simulator's alone, for what is said of it only."""
    async with client_of(server) as client:
        yield Api(server, client)


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterServer]:
    """A real one for all tests of this process."""
    binaries = find()
    if binaries is None:
        missing(HOW_TO_GET_THEM)
    started = ControlPlane(
        binaries=binaries,
        directory=tmp_path_factory.mktemp("real"),
        authenticate=USERS.get,
        controllers=CONTROLLERS,
        permits=permits,
    )
    with LoopThread() as thread:
        thread.run(started.start())
        try:
            yield started
        finally:
            thread.run(started.stop())


@pytest.fixture(params=["simulated", "real"])
async def api(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Api]:
    """Either server: the test runs once on each."""
    if request.param == "simulated":
        async with _simulated(tmp_path) as api:
            yield api
    else:
        async with _real(request.getfixturevalue("real_server")) as api:
            yield api


@asynccontextmanager
async def _simulated(directory: Path) -> AsyncIterator[Api]:
    server = new_server(directory / "cluster")
    await server.start()
    async with client_of(server) as client:
        yield Api(server, client)
    await server.stop()


@asynccontextmanager
async def _real(server: ClusterServer) -> AsyncIterator[Api]:
    namespace = f"test-{uuid4().hex[:8]}"
    async with Client(server, server.admin_token, namespace) as client:
        api = Api(server, client, namespace)
        await _make_namespace(api)
        yield api
        await _clean_up(api)


async def _make_namespace(api: Api) -> None:
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": api.namespace}}
    await api.create("/api/v1/namespaces", made)
    account = f"/api/v1/namespaces/{api.namespace}/serviceaccounts/default"
    await api.until_status(account, 200)


async def _clean_up(api: Api) -> None:
    """Cluster-wide objects would be found by the next test.

    The definition of widgets stays: it takes seconds to be served, and is the same in all tests.
    """
    await api.delete("/apis/rbac.authorization.k8s.io/v1/clusterroles/reader")
