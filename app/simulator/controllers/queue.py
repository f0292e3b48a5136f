"""A queue of things to look at: each at most once, never twice at the same time."""

import asyncio
from collections import deque

from app.simulator.controllers.objects import Key


class WorkQueue:
    """Keys waiting to be reconciled.

    A key that is added while it is being worked on comes again afterwards; of several future
    appointments for a key the earliest counts.
    """

    def __init__(self) -> None:
        self._ready: deque[Key] = deque()
        self._waiting: set[Key] = set()
        self._working: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._available = asyncio.Event()

    def add(self, key: Key) -> None:
        """Look at `key` as soon as a worker is free."""
        if key in self._waiting:
            return
        self._waiting.add(key)
        if key not in self._working:
            self._ready.append(key)
            self._available.set()

    def add_after(self, key: Key, seconds: float) -> None:
        """Look at `key` in so many real seconds, unless it is due before."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None and timer.when() <= loop.time() + seconds:
            return
        if timer is not None:
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._due, key)

    async def get(self) -> Key:
        """The next key; the caller says `done` when it has been dealt with."""
        while not self._ready:
            self._available.clear()
            await self._available.wait()
        key = self._ready.popleft()
        self._waiting.discard(key)
        self._working.add(key)
        return key

    def done(self, key: Key) -> None:
        """The key has been dealt with; it may come again."""
        self._working.discard(key)
        if key in self._waiting:
            self._ready.append(key)
            self._available.set()

    def close(self) -> None:
        """Forget all appointments."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add(key)
