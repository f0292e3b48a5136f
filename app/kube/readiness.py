"""Waiting until what was installed is ready: by watch, component by component."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from app.errors import Permanent
from app.kube.client import Json, KubeClient
from app.kube.conditions import READY_KINDS, ReadyKind
from app.kube.follow import follow

LIMIT = 2700.0  # seconds; the slowest pulls seen take a few minutes, a new node some more
_NORMAL_AT_FIRST = {"Unhealthy", "FailedScheduling", "FailedMount", "DNSConfigForming"}
_NAMED_AT_MOST = 6

Key = tuple[str, str, str]  # kind, namespace, name
OnComponent = Callable[[str, int, int], Awaitable[None]]  # component, components ready, of all
OnWarning = Callable[[str, str, str], Awaitable[None]]  # pod, reason, message


@dataclass
class Readiness:
    """What is awaited, and who wants to hear of it.

    `wanted` maps the key of each object that can be ready to its component; `limit` is in real
    seconds.
    """

    client: KubeClient
    wanted: Mapping[Key, str]
    on_component: OnComponent
    on_warning: OnWarning
    limit: float = LIMIT
    _pending: dict[Key, str] = field(init=False)
    _warned: dict[str, str] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._pending = dict(self.wanted)

    async def wait(self) -> None:
        """Return when all is ready; raises `Permanent` that says what it waited for in vain."""
        kinds = {kind for kind, _, _ in self.wanted}
        try:
            async with asyncio.timeout(self.limit), asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._follow(kind))
                    for kind in READY_KINDS
                    if kind.kind in kinds
                ]
                tasks.append(group.create_task(self._follow_warnings()))
                await self._tell_components()
                for task in tasks:
                    task.cancel()
        except TimeoutError as late:
            raise Permanent(self._waited_for()) from late
        except ExceptionGroup as several:
            raise several.exceptions[0] from several

    async def _tell_components(self) -> None:
        """Say which components have become ready, until all have."""
        of_component: dict[str, int] = {}
        for component in self.wanted.values():
            of_component[component] = of_component.get(component, 0) + 1
        told: set[str] = set()
        while True:
            self._changed.clear()
            waiting = set(self._pending.values())
            for component in of_component:
                if component not in waiting and component not in told:
                    told.add(component)
                    await self.on_component(component, len(told), len(of_component))
            if not waiting:
                return
            await self._changed.wait()

    async def _follow(self, kind: ReadyKind) -> None:
        async for event in follow(self.client, kind.path):
            self._look(kind, event["object"], gone=event["type"] == "DELETED")

    def _look(self, kind: ReadyKind, item: Json, *, gone: bool) -> None:
        metadata = item["metadata"]
        key = (kind.kind, metadata.get("namespace", ""), metadata["name"])
        if key not in self.wanted:
            return
        if not gone and kind.is_ready(item):
            self._pending.pop(key, None)
        else:
            self._pending[key] = self.wanted[key]
        self._changed.set()

    async def _follow_warnings(self) -> None:
        namespaces = {namespace for _, namespace, _ in self.wanted}
        async for event in follow(self.client, "/api/v1/events", fieldSelector="type=Warning"):
            happened = event["object"]
            about = happened.get("involvedObject", {})
            if about.get("kind") == "Pod" and about.get("namespace") in namespaces:
                await self._warn(happened, str(about.get("name", "")))

    async def _warn(self, happened: Json, pod: str) -> None:
        reason, message = str(happened.get("reason", "")), str(happened.get("message", ""))
        workload = pod.rsplit("-", 1)[0]
        first_time = int(happened.get("count") or 1) < 2 and reason in _NORMAL_AT_FIRST
        if first_time or f"{workload} {reason}" in self._warned:
            return
        self._warned[f"{workload} {reason}"] = message
        await self.on_warning(pod, reason, message[:500])

    def _waited_for(self) -> str:
        named = [f"{kind} {namespace}/{name}" for kind, namespace, name in sorted(self._pending)]
        text = ", ".join(named[:_NAMED_AT_MOST])
        if len(named) > _NAMED_AT_MOST:
            text += f" and {len(named) - _NAMED_AT_MOST} more"
        said = "; ".join(self._warned.values())
        return f"Not ready in time: {text}" + (f". The cluster says: {said}" if said else "")


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
