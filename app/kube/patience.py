"""A question asked again while the server cannot answer it just now."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.kube.errors import KubeUnavailable

T = TypeVar("T")
_TRIES = 8
_FIRST_PAUSE = 0.2  # real seconds; twice as long each time


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer; raises `KubeUnavailable` when there is none after half a minute or so.

    A server refuses so while it is starting, while it has too much to do, and while it prepares
    the storage of a kind whose definition has just changed.
    """
    for attempt in range(_TRIES - 1):
        try:
            return await ask()
        except KubeUnavailable as error:
            await asyncio.sleep(max(_FIRST_PAUSE * 2**attempt, error.retry_after or 0.0))
    return await ask()
