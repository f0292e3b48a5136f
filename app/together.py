"""Several things at once, where one failure ends the others and is raised as itself."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


async def together(*works: Coroutine[Any, Any, Any]) -> None:
    """Carry out all; the first exception cancels the rest and is raised, not a group of them."""
    with one_of():
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)


@contextmanager
def one_of() -> Iterator[None]:
    """The first of the exceptions that a task group within raises, in place of the group."""
    try:
        yield
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
