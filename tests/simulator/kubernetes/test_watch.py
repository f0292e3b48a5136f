"""Watches: from a version, through selectors, in tables, until they end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.simulator.kubernetes.errors import ApiError
from app.simulator.kubernetes.storage import Storage
from app.simulator.kubernetes.watch import Watches

from .conftest import Api
from .examples import CONFIGMAPS, config_map

Events = AsyncIterator[dict[str, Any]]


@asynccontextmanager
async def watch(
    client: httpx.AsyncClient, path: str, accept: str = "application/json", **query: Any
) -> AsyncIterator[Events]:
    async with client.stream(
        "GET", path, params={"watch": "1", **query}, headers={"Accept": accept}
    ) as answer:

        async def events() -> Events:
            async for line in answer.aiter_lines():
                yield json.loads(line)

        yield events()


async def take(events: Events, count: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            event = await anext(events)
            found.append((event["type"], event["object"]["metadata"]["name"]))
    return found


async def version(api: Api) -> str:
    return str((await api.get(CONFIGMAPS)).json()["metadata"]["resourceVersion"])


async def test_a_watch_begins_with_what_is_there(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    async with watch(api.client, CONFIGMAPS) as events:
        assert await take(events, 1) == [("ADDED", "a")]
        await api.patch(f"{CONFIGMAPS}/a", {"data": {"x": "1"}})
        await api.delete(f"{CONFIGMAPS}/a")
        assert await take(events, 2) == [("MODIFIED", "a"), ("DELETED", "a")]


async def test_a_watch_resumes_after_a_version(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    since = await version(api)
    await api.create(CONFIGMAPS, config_map("b"))
    await api.delete(f"{CONFIGMAPS}/a")
    async with watch(api.client, CONFIGMAPS, resourceVersion=since) as events:
        assert await take(events, 2) == [("ADDED", "b"), ("DELETED", "a")]


async def test_versions_in_a_watch_only_grow(api: Api) -> None:
    since = await version(api)
    for name in ("a", "b"):
        await api.create(CONFIGMAPS, config_map(name))
        await api.delete(f"{CONFIGMAPS}/{name}")
    async with watch(api.client, CONFIGMAPS, resourceVersion=since) as events:
        seen = [int((await anext(events))["object"]["metadata"]["resourceVersion"])]
        seen += [int((await anext(events))["object"]["metadata"]["resourceVersion"])]
        assert int(since) < seen[0] < seen[1]


async def test_a_version_too_old_is_gone(tmp_path: Path) -> None:
    objects = Storage(tmp_path / "objects.sqlite")
    watches = Watches(objects, remembered=3)
    for name in ("a", "b", "c", "d"):
        objects.put(("/configmaps", "default", name), config_map(name))
    with pytest.raises(ApiError) as refused:
        watches.subscribe("/configmaps", None, 1)
    assert (refused.value.code, refused.value.reason) == (410, "Expired")
    followed = watches.subscribe("/configmaps", None, 2).take()
    assert [change.entry.key[2] for change in followed] == ["b", "c", "d"]
    objects.close()


async def test_an_object_enters_and_leaves_a_selection(api: Api) -> None:
    since = await version(api)
    path = f"{CONFIGMAPS}/a"
    async with watch(
        api.client, CONFIGMAPS, labelSelector="on=yes", resourceVersion=since
    ) as events:
        await api.create(CONFIGMAPS, config_map("a"))
        await api.patch(path, {"metadata": {"labels": {"on": "yes"}}})
        await api.patch(path, {"data": {"x": "1"}})
        await api.patch(path, {"metadata": {"labels": {"on": "no"}}})
        await api.patch(path, {"data": {"x": "2"}})
        await api.patch(path, {"metadata": {"labels": {"on": "yes"}}})
        seen = [type_ for type_, _ in await take(events, 4)]
    assert seen == ["ADDED", "MODIFIED", "DELETED", "ADDED"]


async def test_a_watch_of_one_name(api: Api) -> None:
    async with watch(api.client, CONFIGMAPS, fieldSelector="metadata.name=b") as events:
        await api.create(CONFIGMAPS, config_map("a"))
        await api.create(CONFIGMAPS, config_map("b"))
        assert await take(events, 1) == [("ADDED", "b")]


async def test_a_watch_in_tables(api: Api) -> None:
    accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
    async with watch(api.client, CONFIGMAPS, accept) as events:
        await api.create(CONFIGMAPS, config_map("a", {"x": "1"}))
        event = await anext(events)
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][:2] == ["a", 1]


async def test_a_watch_ends_when_its_time_is_over(api: Api) -> None:
    async with watch(api.client, CONFIGMAPS, timeoutSeconds="1") as events:
        async with asyncio.timeout(10):
            assert [event async for event in events] == []


async def test_a_streaming_list_says_where_the_list_ends(api: Api) -> None:
    await api.create(CONFIGMAPS, config_map("a"))
    streaming = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    async with watch(api.client, CONFIGMAPS, **streaming, allowWatchBookmarks="true") as events:
        async with asyncio.timeout(10):
            first, end = await anext(events), await anext(events)
            assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "a")
            marks = end["object"]["metadata"]["annotations"]
            assert (end["type"], marks) == ("BOOKMARK", {"k8s.io/initial-events-end": "true"})
            await api.create(CONFIGMAPS, config_map("b"))
            assert await take(events, 1) == [("ADDED", "b")]


async def test_a_streaming_list_must_say_how_old_it_may_be(api: Api) -> None:
    answer = await api.get(CONFIGMAPS, watch="1", sendInitialEvents="true")
    assert (answer.status_code, answer.json()["reason"]) == (422, "Invalid")
    told = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
    assert answer.json()["message"].endswith(f"resourceVersionMatch: Forbidden: {told}")


async def test_stopping_the_server_ends_its_watches(simulated: Api) -> None:
    async with watch(simulated.client, CONFIGMAPS) as events:
        await simulated.create(CONFIGMAPS, config_map("a"))
        assert await take(events, 1) == [("ADDED", "a")]
        async with asyncio.timeout(5):
            await simulated.server.stop()
            assert [event async for event in events] == []
