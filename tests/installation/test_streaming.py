"""Objects stream from the bundle: in memory are those on their way, and no others."""

import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.kube.client import KubeClient
from app.kube.pace import MOST
from app.kubeflow import bundle as files
from app.kubeflow.bundle import Bundle
from app.steps.installation import Installation
from tests.installation.installing import Story, connected, few, install
from tests.kube.manifests import config
from tests.support import control_plane

_COUNT = 10 * MOST
_FEW = 2 * MOST  # those under way, and those whose answers are being read


class _Data(dict[str, Any]):
    """Data that can be told from its copies, and seen to go."""


class _Census:
    """Counts how often objects are loaded, and how many there are at most at once."""

    def __init__(self, shipped: Bundle) -> None:
        self.loaded, self.most, self._alive = 0, 0, 0
        self.bundle = shipped.with_items(item.changed(self._counted) for item in shipped.items)

    def _counted(self, body: dict[str, Any]) -> dict[str, Any]:
        data = _Data(body["data"])
        weakref.finalize(data, self._gone)
        self.loaded, self._alive = self.loaded + 1, self._alive + 1
        self.most = max(self.most, self._alive)
        return {**body, "data": data}

    def _gone(self) -> None:
        self._alive -= 1


@pytest.fixture
def census(tmp_path: Path) -> _Census:
    """Of a bundle that was read from its file."""
    many = few(*(config(f"c{number}", x=str(number)) for number in range(_COUNT)))
    files.write(many, tmp_path / "many.gz")
    return _Census(files.read(tmp_path / "many.gz"))


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KubeClient]:
    async with control_plane.cluster(tmp_path, "simulated") as running, connected(running) as found:
        yield found


async def test_an_installation_holds_what_is_on_its_way_and_no_more(
    client: KubeClient, census: _Census
) -> None:
    await install(client, census.bundle)
    assert census.loaded == _COUNT
    assert census.most <= _FEW


async def test_comparing_holds_one_object_after_the_other(
    client: KubeClient, census: _Census
) -> None:
    await install(client, census.bundle)
    again = _Census(census.bundle)
    story = await install(client, again.bundle)
    assert story.tells(f"{_COUNT} of {_COUNT} objects are as they should be")
    assert await Installation(client, again.bundle, Story()).drift() == []
    assert again.loaded == 2 * _COUNT
    assert again.most <= 2
