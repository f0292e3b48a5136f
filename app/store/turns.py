"""Turns at writing to an SQLite file: one writer at a time, in the order in which they came.

SQLite lets a waiting writer try again at intervals that grow to 100 ms. Beside a process that
writes all the time it finds the file locked at nearly every try: with a hundred runs going on,
waits of five seconds were measured. Here whoever waits is woken, and gets the next turn.
"""

import asyncio
import fcntl
import gc
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary


class Turns:
    """The turns of one process's writers among those of all processes on this machine.

    Two file locks make them fair. The writer whose turn it is holds `turn`; the next in line
    holds `next` and waits for `turn`. A process stands in line with one of its writers only, so
    processes take turns, however many writers each of them has.
    """

    def __init__(self, database: Path) -> None:
        self._turn = database.with_suffix(".turn")
        self._next = database.with_suffix(".next")
        self._own: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._waiter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turns")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it while the context lasts."""
        async with self._own.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            in_line, at_work = _open(self._next), _open(self._turn)
            try:
                await self._wait(in_line, at_work)
                os.close(in_line)
                in_line = -1
                with _no_collection():
                    yield
            finally:
                for held in (in_line, at_work):
                    if held >= 0:
                        os.close(held)

    def close(self) -> None:
        """Let the waiting thread go."""
        self._waiter.shutdown(wait=False)

    async def _wait(self, in_line: int, at_work: int) -> None:
        """Take both locks; only where one is taken does it cost a thread's time."""
        for lock in (in_line, at_work):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await self._wait_in_thread(lock)

    async def _wait_in_thread(self, lock: int) -> None:
        """A cancelled wait is waited for all the same: the thread still has the file in hand."""
        loop = asyncio.get_running_loop()
        waiting = loop.run_in_executor(self._waiter, fcntl.flock, lock, fcntl.LOCK_EX)
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            await waiting
            raise


@contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage waits: collecting it took up to 0.14 s of a turn for which all others waited."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
