"""Answers that are kept for a while: one question is asked once, however many want to know."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 500  # answers that are kept at most


class Memory:
    """Keeps answers for a while; one under way is waited for, a failed one forgotten."""

    def __init__(self) -> None:
        self._asked: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    async def get(self, question: Hashable, ask: Callable[[], Awaitable[T]], seconds: float) -> T:
        """The answer of the last `seconds`, or what `ask` finds.

        Who stops waiting stops nobody else.
        """
        known = self._asked.get(question)
        if known is None or not _good(*known, seconds):
            known = (time.monotonic(), asyncio.ensure_future(_awaited(ask)))
            self._make_room()
            self._asked[question] = known
        answer: T = await asyncio.shield(known[1])
        return answer

    def forget(self) -> None:
        """Ask everything anew; what is under way goes on for those who wait for it."""
        self._asked.clear()

    def _make_room(self) -> None:
        while len(self._asked) >= _MOST:
            self._asked.pop(next(iter(self._asked)))


async def _awaited(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()


def _good(asked_at: float, task: "asyncio.Task[Any]", seconds: float) -> bool:
    if not task.done():
        return True
    failed = task.cancelled() or task.exception() is not None
    return not failed and time.monotonic() - asked_at < seconds
