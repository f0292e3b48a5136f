"""SQLite for an event loop, without a thread: a statement runs where it is asked for.

The usual driver, aiosqlite, hands each statement to a thread. A statement of ours takes SQLite
some 20 µs, the way to the thread and back several times that; and in a busy process each way back
waits for the loop's turn, while the transaction holds the database's only write lock. Here a
transaction of several statements holds the loop for about a millisecond, and then lets go of both.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# WAL lets readers and one writer go on together; NORMAL survives the process's death.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=15000",
    "wal_autocheckpoint=50000",  # pages, for when nobody keeps the log short: see below
)
_CHECKPOINT_EVERY = 1.0  # seconds


def connector(path: str) -> Callable[..., Any]:
    """What SQLAlchemy's aiosqlite dialect calls (`async_creator`) to connect to the file."""

    async def connect() -> Connection:
        # We say BEGIN ourselves: see `app.store.database`.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return Connection(connection)

    return connect


async def keep_log_short(path: Path) -> None:
    """Move what was committed from the write-ahead log into the file every second, until cancelled.

    SQLite would do so inside a commit, which then waits for the disk (0.1 to 0.2 s were measured)
    and lets nobody else write. From outside, and passively, it holds up no one.
    """
    while True:
        await asyncio.to_thread(_checkpoint, path)
        await asyncio.sleep(_CHECKPOINT_EVERY)


class Cursor:
    """A cursor with the methods that the dialect awaits."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:
        self._cursor.executemany(statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class Connection:
    """A connection with the methods that the dialect awaits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> Cursor:
        return Cursor(self._connection.cursor())

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        self._connection.create_function(*arguments, **options)

    async def commit(self) -> None:
        self._connection.commit()

    async def rollback(self) -> None:
        self._connection.rollback()

    async def close(self) -> None:
        self._connection.close()

    def stop(self) -> None:
        """Close from outside an event loop, as the garbage collector does."""
        self._connection.close()


def _checkpoint(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
