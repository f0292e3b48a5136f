"""Watches: recent changes of each storage, and those who follow them."""

import asyncio
from collections import deque

from app.simulator.kubernetes.errors import expired
from app.simulator.kubernetes.storage import Change, Storage

REMEMBERED = 4096
_MAX_BACKLOG = 20_000


class Subscription:
    """One watcher's changes, in order; `None` ends them."""

    def __init__(self, storage: str, namespace: str | None, backlog: list[Change]) -> None:
        self.storage = storage
        self.namespace = namespace
        self._changes = deque(backlog)
        self._arrival = asyncio.Event()
        self.closed = False
        if backlog:
            self._arrival.set()

    def offer(self, change: Change) -> None:
        """Add a change if it is in the watched namespace."""
        if self.namespace is not None and change.entry.key[1] != self.namespace:
            return
        self._changes.append(change)
        self._arrival.set()
        if len(self._changes) > _MAX_BACKLOG:
            self.close()

    def close(self) -> None:
        """End the watch; its client starts another."""
        self.closed = True
        self._arrival.set()

    async def wait(self) -> None:
        """Return when there are changes, or the watch is over."""
        await self._arrival.wait()

    def take(self) -> list[Change]:
        """The changes that have arrived."""
        taken = list(self._changes)
        self._changes.clear()
        if not self.closed:
            self._arrival.clear()
        return taken


class Watches:
    """Remembers each storage's last changes and hands every new one to its watchers."""

    def __init__(self, objects: Storage, remembered: int = REMEMBERED) -> None:
        self._objects = objects
        self._remembered = remembered
        self._history: dict[str, deque[Change]] = {}
        # Changes up to this version are forgotten: those made before the server was started.
        self._forgotten: dict[str, int] = {}
        self._start = objects.version
        self._subscriptions: dict[str, set[Subscription]] = {}
        self.closed = False
        objects.listen(self._record)

    def subscribe(self, storage: str, namespace: str | None, since: int | None) -> Subscription:
        """Follow a storage's changes after version `since`, or from now on.

        Raises a 410 `ApiError` if changes after `since` are no longer remembered.
        """
        backlog = [] if since is None else self._after(storage, namespace, since)
        subscription = Subscription(storage, namespace, backlog)
        self._subscriptions.setdefault(storage, set()).add(subscription)
        if self.closed:
            subscription.close()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop following."""
        self._subscriptions.get(subscription.storage, set()).discard(subscription)

    def close(self) -> None:
        """End every watch, present and future."""
        self.closed = True
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.close()

    def close_storage(self, storage: str) -> None:
        """End the watches of a storage that is served no longer."""
        for subscription in self._subscriptions.get(storage, set()):
            subscription.close()

    def _after(self, storage: str, namespace: str | None, since: int) -> list[Change]:
        oldest = self._forgotten.get(storage, self._start)
        if since < oldest:
            raise expired(since, oldest)
        history = self._history.get(storage, ())
        return [
            change
            for change in history
            if change.version > since and namespace in (None, change.entry.key[1])
        ]

    def _record(self, change: Change) -> None:
        storage = change.entry.key[0]
        history = self._history.setdefault(storage, deque())
        history.append(change)
        if len(history) > self._remembered:
            self._forgotten[storage] = history.popleft().version
        for subscription in self._subscriptions.get(storage, ()):
            subscription.offer(change)
