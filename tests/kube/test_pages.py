"""Long lists page by page."""

from typing import Any

import pytest

from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused
from app.kube.pages import pages


class _ForgetsItsPlace(KubeClient):
    """Serves seven items by pages, and has forgotten at `forgotten` where the next one begins."""

    def __init__(self, forgotten: int = -1) -> None:
        self._forgotten = forgotten
        self.asked: list[dict[str, str]] = []

    async def get(self, path: str, *, accept: str = "", **query: str) -> Json:
        self.asked.append(query)
        begin = int(query.get("continue", 0))
        if begin == self._forgotten:
            self._forgotten = -1
            raise KubeRefused("The provided continue parameter is too old", status=410)
        end = begin + int(query["limit"])
        metadata = {"continue": str(end)} if end < 7 else {}
        return {"metadata": metadata, "items": [{"n": n} for n in range(begin, min(end, 7))]}


class _CountsNothing(KubeClient):
    """Sends a list whose items are null, as servers do for an empty one."""

    def __init__(self) -> None:
        """Needs no server."""

    async def get(self, path: str, *, accept: str = "", **query: str) -> Json:
        return {"metadata": {}, "items": None}


async def _numbers(client: KubeClient, size: int) -> list[Any]:
    return [item["n"] async for item in pages(client, "/list", size=size, labelSelector="a=b")]


@pytest.mark.parametrize(("size", "requests"), [(1, 7), (3, 3), (7, 1), (250, 1)])
async def test_every_item_comes_once_and_no_page_is_longer_than_asked(
    size: int, requests: int
) -> None:
    client = _ForgetsItsPlace()
    assert await _numbers(client, size) == list(range(7))
    assert len(client.asked) == requests
    assert all(each["labelSelector"] == "a=b" for each in client.asked)


async def test_a_list_that_was_read_too_slowly_is_begun_anew() -> None:
    assert await _numbers(_ForgetsItsPlace(forgotten=4), 2) == [0, 1, 2, 3, *range(7)]


async def test_an_empty_list_has_no_items() -> None:
    assert await _numbers(_CountsNothing(), 2) == []
