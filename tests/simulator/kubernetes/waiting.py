"""Waiting for what another process does in its own time."""

import asyncio
from collections.abc import Awaitable, Callable

_AT_MOST = 20.0  # seconds


async def until(
    holds: Callable[[], Awaitable[bool]], at_most: float = _AT_MOST, pause: float = 0.01
) -> None:
    """Return once it holds; a condition that never does fails the test."""
    async with asyncio.timeout(at_most):
        while not await holds():  # noqa: ASYNC110 (another process's state, seen over HTTP)
            await asyncio.sleep(pause)
