"""Learning that something was committed, by whatever process, without asking for it each time."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
from sqlalchemy.engine import make_url

from app.store.database import CHANNEL, Database

SQLITE_EVERY = 0.02  # seconds; reading the counter takes a few microseconds


class Changes:
    """Wakes whoever waits when the database has changed.

    SQLite counts the commits of other connections (`PRAGMA data_version`); PostgreSQL notifies.
    A wait may end although nothing of interest has changed: look, and wait again.
    """

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How many changes were noticed: take it before looking, and wait for more than it."""
        return self._count

    async def wait(self, seen: int, timeout: float) -> None:
        """Return when the count is above `seen`, or after `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: self._count > seen)

    async def announce(self) -> None:
        """Say that something has changed."""
        async with self._changed:
            self._count += 1
            self._changed.notify_all()


@asynccontextmanager
async def following(database: Database) -> AsyncIterator[Changes]:
    """Follow the database while the context lasts."""
    changes = Changes()
    follow = _follow_sqlite if database.is_sqlite else _follow_postgresql
    task = asyncio.create_task(follow(database, changes))
    try:
        yield changes
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow_sqlite(database: Database, changes: Changes) -> None:
    connection = sqlite3.connect(database.sqlite_path, isolation_level=None)
    try:
        version = None
        while True:
            found = connection.execute("PRAGMA data_version").fetchone()
            if found != version:
                version = found
                await changes.announce()
            await asyncio.sleep(SQLITE_EVERY)
    finally:
        connection.close()


async def _follow_postgresql(database: Database, changes: Changes) -> None:
    url = make_url(database.url).set(drivername="postgresql")
    while True:
        with suppress(psycopg.OperationalError):
            await _listen(url.render_as_string(hide_password=False), changes)
        await asyncio.sleep(1)  # the server is away; it may come back


async def _listen(url: str, changes: Changes) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        await changes.announce()  # what happened before we listened
        async for _ in connection.notifies():
            await changes.announce()
