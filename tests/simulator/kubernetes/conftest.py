"""A cluster's Kubernetes API on an ephemeral port, in the test's own loop."""

import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.simulator.clock import Clock
from app.simulator.kubernetes import KubernetesServer

APPLY = "application/apply-patch+yaml"
VERSION = "v1.35.8-gke.1036000"


def new_server(directory: Path) -> KubernetesServer:
    """A server over a directory; alice's token is `token-of-alice`."""
    users = {"token-of-alice": "alice@example.com"}
    return KubernetesServer(
        directory=directory,
        version=VERSION,
        host="127.0.0.1",
        port=None,
        authenticate=users.get,
        clock=Clock(speed=40),
    )


def client_of(server: KubernetesServer, token: str | None = None) -> httpx.AsyncClient:
    """An HTTP client with a bearer token, the administrator's unless another is given."""
    return httpx.AsyncClient(
        base_url=server.url,
        verify=ssl.create_default_context(cadata=server.ca_certificate),
        headers={"Authorization": f"Bearer {token or server.admin_token}"},
        timeout=20,
    )


@dataclass
class Api:
    """The server and a client of its administrator."""

    server: KubernetesServer
    client: httpx.AsyncClient

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


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[KubernetesServer]:
    started = new_server(tmp_path / "cluster")
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def api(server: KubernetesServer) -> AsyncIterator[Api]:
    async with client_of(server) as client:
        yield Api(server, client)
