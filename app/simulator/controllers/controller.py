"""What all controllers share: subscriptions, a queue, workers, another try."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aiohttp

from app.simulator.clock import Clock
from app.simulator.controllers.client import ApiError
from app.simulator.controllers.cluster import Cluster
from app.simulator.controllers.informer import Informer
from app.simulator.controllers.kinds import Kind
from app.simulator.controllers.objects import Key, Object, controller_reference, key_of
from app.simulator.controllers.queue import WorkQueue
from app.simulator.controllers.recorder import EventRecorder
from app.simulator.controllers.waits import Waits
from app.simulator.issuing import Issue
from app.simulator.timings import Timings
from app.simulator.world import ClusterFacts, World

_FIRST_RETRY, _LAST_RETRY = 0.05, 5.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Context:
    """What every controller of a cluster is given."""

    cluster: Cluster
    facts: ClusterFacts
    world: World
    clock: Clock
    timings: Timings
    waits: Waits
    events: EventRecorder
    issue: Issue


class Controller(ABC):
    """Looks at one object at a time and does what is to be done for it.

    `reconcile` may return the real seconds after which it wants to look again. It is called
    again after an error, later and later.
    """

    workers = 2

    def __init__(self, context: Context) -> None:
        self.context = context
        self.cluster = context.cluster
        self.clock = context.clock
        self.queue = WorkQueue()
        self._informers: list[Informer] = []
        self._failures: dict[Key, int] = {}

    @abstractmethod
    async def reconcile(self, key: Key) -> float | None:
        """Bring what `key` names a step further."""

    def watch(
        self,
        kind: Kind,
        keys: Callable[[Object], Iterable[Key]] | None = None,
        only: Callable[[Object, Object | None], bool] | None = None,
    ) -> Informer:
        """Look at `keys(obj)` (the object itself, if not given) at each change of a `kind`."""
        informer = self.use(kind)

        def handle(obj: Object, former: Object | None) -> None:
            if only is None or only(obj, former):
                for key in keys(obj) if keys else (key_of(obj),):
                    self.queue.add(key)

        informer.subscribe(handle)
        return informer

    def watch_owned(self, kind: Kind, owner_kind: str) -> Informer:
        """Look at the controller of each `kind` that changes, if it is an `owner_kind`."""
        return self.watch(kind, lambda obj: _owner_key(obj, owner_kind))

    def use(self, kind: Kind) -> Informer:
        """Read a kind without being called for its changes."""
        informer = self.cluster.informer(kind)
        self._informers.append(informer)
        return informer

    async def run(self) -> None:
        """Work until cancelled, from when everything that is read has been listed."""
        for informer in self._informers:
            await informer.synced.wait()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.workers):
                    group.create_task(self._work())
        finally:
            self.queue.close()

    async def _work(self) -> None:
        while True:
            key = await self.queue.get()
            try:
                await self._attempt(key)
            finally:
                self.queue.done(key)

    async def _attempt(self, key: Key) -> None:
        try:
            again = await self.reconcile(key)
        except (ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            _LOG.debug("%s %s: %s", type(self).__name__, key, error)
            again = self._next_retry(key)
        except Exception:
            _LOG.exception("%s %s failed", type(self).__name__, key)
            again = self._next_retry(key)
        else:
            self._failures.pop(key, None)
        if again is not None:
            self.queue.add_after(key, again)

    def _next_retry(self, key: Key) -> float:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return min(_LAST_RETRY, _FIRST_RETRY * 2.0**failures)


def _owner_key(obj: Object, owner_kind: str) -> Iterable[Key]:
    owner = controller_reference(obj)
    if owner is not None and owner["kind"] == owner_kind:
        yield obj["metadata"].get("namespace") or "", owner["name"]
