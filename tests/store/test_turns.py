"""Writers of several processes take turns."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.store.turns import Turns

_GREEDY = """
import asyncio, sys
from pathlib import Path
from app.store.turns import Turns

async def write(turns, tally):
    while True:
        async with turns.turn():
            tally.write("x")
            tally.flush()
            await asyncio.sleep(0.002)

async def main():
    turns = Turns(Path(sys.argv[1]))
    with Path(sys.argv[1]).with_suffix(".tally").open("a") as tally:
        await asyncio.gather(*(write(turns, tally) for _ in range(50)))

asyncio.run(main())
"""


@pytest.fixture
def greedy(tmp_path: Path) -> Iterator[Callable[[], int]]:
    """A process that writes without a pause; tells how many turns it has had."""
    tally = tmp_path / "portal.tally"

    def turns_had() -> int:
        return tally.stat().st_size if tally.exists() else 0

    with subprocess.Popen([sys.executable, "-c", _GREEDY, str(tmp_path / "portal.db")]) as process:
        while turns_had() < 10:
            time.sleep(0.01)
        yield turns_had
        process.kill()


async def test_one_writer_waits_for_one_turn_of_a_process_that_has_fifty(
    greedy: Callable[[], int], tmp_path: Path
) -> None:
    turns = Turns(tmp_path / "portal.db")
    for _ in range(20):
        before = greedy()
        async with turns.turn():
            held = greedy()
            assert held - before <= 3  # the turn under way, and those while we got in line
            await asyncio.sleep(0.01)
            assert greedy() == held
    turns.close()


async def test_writers_of_one_process_go_one_after_another(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "portal.db")
    inside: list[int] = []

    async def write(number: int) -> None:
        async with turns.turn():
            inside.append(number)
            await asyncio.sleep(0)
            assert inside[-1] == number

    await asyncio.gather(*(write(number) for number in range(20)))
    assert inside == list(range(20))


async def test_a_wait_that_is_given_up_leaves_the_turn_to_others(tmp_path: Path) -> None:
    ours, theirs = Turns(tmp_path / "portal.db"), Turns(tmp_path / "portal.db")
    async with theirs.turn():
        waiting = asyncio.create_task(ours.turn().__aenter__())
        await asyncio.sleep(0.05)
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    for turns in (theirs, ours):
        async with asyncio.timeout(5), turns.turn():
            pass
