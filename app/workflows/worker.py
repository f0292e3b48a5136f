"""The process that carries out runs: takes up what was asked for, one worker an executor."""

import asyncio
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

import structlog

from app.settings import Settings
from app.steps import registry
from app.steps.ready import look_after
from app.steps.warm import warm_up
from app.store import changes, schema
from app.store.database import Database
from app.workflows.engine import Engine
from app.workflows.heartbeat import Heartbeat
from app.workflows.runs import Runs
from app.workflows.upkeep import Upkeep

# Seconds for which a thread may keep the interpreter to itself. The usual 5 ms, a few threads in a
# row and a transaction of several statements held SQLite's write lock for a third of a second.
SWITCH_INTERVAL = 0.0005
LEISURE = 1.0  # seconds from the start until nobody is in a hurry
LOOK_AGAIN = 5.0  # seconds; a change is noticed at once, this is for what was missed

log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Carry out runs until SIGTERM or SIGINT.

    There is nothing to tidy up: what is under way is resumed by the next start, exactly as after
    a crash, so an orderly end is as quick as one.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    sys.setswitchinterval(SWITCH_INTERVAL)
    asyncio.run(work(settings))


async def work(settings: Settings) -> None:
    """Carry out runs until cancelled. What an earlier worker left is resumed first.

    A part that fails ends the whole: started again, it goes on, where without it it would limp.
    """
    database = Database.from_settings(settings)
    lock = await asyncio.to_thread(_only_one, settings.data_dir / f"{settings.executor_id}.lock")
    await schema.prepare(database)
    engine = Engine(settings)
    runs = Runs(settings, database, engine, registry.WORK, registry.REMOVALS)
    heartbeat = Heartbeat(settings, database, engine)
    await heartbeat.begin()
    engine.launch()
    log.info("worker ready", executor=settings.executor_id)
    upkeep = Upkeep(settings, database, look_after)
    works = (_warm_up(), database.keep_in_order(), upkeep.go_on(), _live(heartbeat))
    try:
        async with asyncio.TaskGroup() as group, changes.following(database) as followed:
            for beside in works:
                group.create_task(beside)
            await _take_up_runs(runs, followed)
    finally:
        engine.close()
        await database.close()
        lock.close()


async def _take_up_runs(runs: Runs, followed: changes.Changes) -> None:
    while True:
        seen = followed.count
        await runs.take_up()
        await followed.wait(seen, LOOK_AGAIN)


async def _warm_up() -> None:
    """What was interrupted goes on first: it imports what it needs, and wants the processor."""
    await asyncio.sleep(LEISURE)
    await asyncio.to_thread(warm_up)


async def _live(heartbeat: Heartbeat) -> None:
    """Until another worker does what this one had to do: then what is under way here ends."""
    await heartbeat.go_on()
    log.error("given up: another worker has taken over, or goes by the same name")
    os._exit(1)


def _only_one(path: Path) -> TextIO:
    """Wait until no other worker goes by this executor's name: two would do everything twice."""
    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file
