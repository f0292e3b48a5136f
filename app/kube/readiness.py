"""Waiting until what was installed is ready: by watch, component by component."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.errors import Permanent
from app.kube.client import Json, KubeClient
from app.kube.conditions import READY_KINDS, ReadyKind
from app.kube.follow import follow
from app.kube.troubles import Key, OnTrouble, Troubles
from app.together import one_of

LIMIT = 1800.0  # seconds in which nothing of a component becomes ready; a new node takes minutes
_NAMED_AT_MOST = 6

OnComponent = Callable[[str, int, int], Awaitable[None]]  # component, components ready, of all


@dataclass
class Readiness:
    """What is awaited, and who wants to hear of it.

    `wanted` maps the key of each object that can be ready to its component. `limit` is in real
    seconds and begins anew for a component whenever something of it has become ready.
    """

    client: KubeClient
    wanted: Mapping[Key, str]
    on_component: OnComponent
    on_trouble: OnTrouble
    limit: float = LIMIT
    _pending: dict[Key, str] = field(init=False)
    _deadlines: dict[str, float] = field(init=False)
    _troubles: Troubles = field(init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._pending = dict(self.wanted)
        until = time.monotonic() + self.limit
        self._deadlines = dict.fromkeys(self.wanted.values(), until)
        self._troubles = Troubles(self.client, self.wanted, self.on_trouble)

    async def wait(self) -> None:
        """Return when all is ready.

        Raises `Permanent` for the first component that is not in time: what of it was waited for
        in vain, and what the cluster says.
        """
        kinds = {kind for kind, _, _ in self.wanted}
        with one_of():
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._follow(kind))
                    for kind in READY_KINDS
                    if kind.kind in kinds
                ]
                tasks.append(group.create_task(self._troubles.follow()))
                await self._tell_components()
                for task in tasks:
                    task.cancel()

    async def _tell_components(self) -> None:
        """Say which components have become ready, until all have."""
        components = list(self._deadlines)
        told: set[str] = set()
        while True:
            self._changed.clear()
            waiting = set(self._pending.values())
            for component in components:
                if component not in waiting and component not in told:
                    told.add(component)
                    await self.on_component(component, len(told), len(components))
            if not waiting:
                return
            await self._change(waiting)

    async def _change(self, waiting: Iterable[str]) -> None:
        """Wait until something has changed; raises once a component is late."""
        first = min(waiting, key=self._deadlines.__getitem__)
        try:
            async with asyncio.timeout(self._deadlines[first] - time.monotonic()):
                await self._changed.wait()
        except TimeoutError as late:
            raise Permanent(self._late(first)) from late

    async def _follow(self, kind: ReadyKind) -> None:
        async for event in follow(self.client, kind.path):
            self._look(kind, event["object"], gone=event["type"] == "DELETED")

    def _look(self, kind: ReadyKind, item: Json, *, gone: bool) -> None:
        metadata = item["metadata"]
        key = (kind.kind, metadata.get("namespace", ""), metadata["name"])
        if key not in self.wanted:
            return
        if gone or not kind.is_ready(item):
            self._pending[key] = self.wanted[key]
        elif self._pending.pop(key, None):
            self._deadlines[self.wanted[key]] = time.monotonic() + self.limit
        self._changed.set()

    def _late(self, component: str) -> str:
        keys = sorted(key for key, its in self._pending.items() if its == component)
        named = ", ".join(f"{kind} {space}/{name}" for kind, space, name in keys[:_NAMED_AT_MOST])
        if len(keys) > _NAMED_AT_MOST:
            named += f" and {len(keys) - _NAMED_AT_MOST} more"
        said = "; ".join(dict.fromkeys(filter(None, map(self._troubles.about, keys))))
        return f"{component} is not ready in time, it waits for {named}" + (
            f". The cluster says: {said}" if said else "."
        )


def readiness_keys(objects: Mapping[str, list[Json]]) -> dict[Key, str]:
    """The keys to wait for, from the objects of each component."""
    kinds = {(kind.kind, kind.group) for kind in READY_KINDS}
    return {
        (item["kind"], item["metadata"].get("namespace", "default"), item["metadata"]["name"]): name
        for name, items in objects.items()
        for item in items
        if (item["kind"], _group(item)) in kinds
    }


def _group(item: Json) -> str:
    api_version: str = item["apiVersion"]
    return api_version.rpartition("/")[0]
