import asyncio

import pytest

from app.simulator.controllers.objects import Key
from app.simulator.controllers.queue import WorkQueue

KEY: Key = ("ns", "a")


async def test_a_key_added_twice_comes_once() -> None:
    queue = WorkQueue()
    queue.add(KEY)
    queue.add(KEY)
    assert await queue.get() == KEY
    queue.done(KEY)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), 0.01)


async def test_a_key_added_while_it_is_worked_on_comes_again_afterwards() -> None:
    queue = WorkQueue()
    queue.add(KEY)
    await queue.get()
    queue.add(KEY)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), 0.01)
    queue.done(KEY)
    assert await queue.get() == KEY


async def test_the_earliest_appointment_counts() -> None:
    queue = WorkQueue()
    queue.add_after(KEY, 0.01)
    queue.add_after(KEY, 3600)
    assert await asyncio.wait_for(queue.get(), 5) == KEY
    queue.close()
