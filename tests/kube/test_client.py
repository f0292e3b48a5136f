"""Talking to an API server."""

import asyncio

import pytest

from app.kube.client import KubeClient
from app.kube.errors import KubeRefused, KubeUnavailable
from app.kube.follow import follow
from app.simulator.kubernetes import KubernetesServer
from tests.kube.manifests import config

_CONFIGS = "/api/v1/namespaces/default/configmaps"


async def test_what_is_not_there_is_refused_with_404(client: KubeClient) -> None:
    with pytest.raises(KubeRefused) as refused:
        await client.get(f"{_CONFIGS}/none")
    assert refused.value.status == 404


async def test_a_server_that_is_down_is_transient(
    client: KubeClient, server: KubernetesServer
) -> None:
    await server.stop()
    with pytest.raises(KubeUnavailable):
        await client.get(_CONFIGS)


async def test_a_token_that_expires_in_the_middle_is_replaced(server: KubernetesServer) -> None:
    asked: list[str] = []

    async def token(instead_of: str = "") -> str:
        asked.append(instead_of)
        return server.admin_token if instead_of == "expired" else "expired"

    async with await KubeClient.connect(server.url, server.ca_certificate, token) as client:
        assert await client.get(_CONFIGS)
        assert asked == ["", "expired"]


async def test_a_token_that_nothing_better_is_had_for_is_transient(
    server: KubernetesServer,
) -> None:
    async def token(instead_of: str = "") -> str:
        return "expired"

    async with await KubeClient.connect(server.url, server.ca_certificate, token) as client:
        with pytest.raises(KubeUnavailable) as refused:
            await client.get(_CONFIGS)
        assert refused.value.status == 401


async def test_a_certificate_of_another_authority_is_not_accepted(
    server: KubernetesServer,
) -> None:
    async def token(instead_of: str = "") -> str:
        return server.admin_token

    async with await KubeClient.connect(server.url, "", token) as client:
        with pytest.raises(KubeUnavailable, match="certificate"):
            await client.get(_CONFIGS)


async def test_following_begins_with_what_is_there_and_goes_on(client: KubeClient) -> None:
    await client.apply(f"{_CONFIGS}/first", config("first"))
    seen: list[tuple[str, str]] = []
    async with asyncio.timeout(20):
        async for event in follow(client, _CONFIGS):
            name = event["object"]["metadata"]["name"]
            seen.append((event["type"], name))
            if name == "first" and len(seen) < 3:
                await client.apply(f"{_CONFIGS}/second", config("second"))
            if seen[-1] == ("ADDED", "second"):
                await client.delete(f"{_CONFIGS}/second")
            if seen[-1] == ("DELETED", "second"):
                break
    assert seen[-3:] == [("ADDED", "first"), ("ADDED", "second"), ("DELETED", "second")]
