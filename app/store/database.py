"""The connection to SQLite or PostgreSQL: one code path, the same promises."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.settings import Settings
from app.store import sqlite
from app.store.encryption import Cipher, EncryptedText, load_or_make_keys
from app.store.turns import Turns

CHANNEL = "kfportal_changes"


class Database:
    """Sessions to read with, transactions to write in."""

    def __init__(self, url: str, cipher: Cipher) -> None:
        self.url = url
        self._engine = _engine(url)
        EncryptedText.ciphers[self._engine.sync_engine.dialect] = cipher
        writing = self._engine.execution_options(writing=True)
        self._reads = async_sessionmaker(self._engine, autoflush=False, expire_on_commit=False)
        self._turns = Turns(self.sqlite_path) if self.is_sqlite else None
        self._writes = async_sessionmaker(writing, autoflush=False, expire_on_commit=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        """The database of this portal, with its keys."""
        keys = [key.get_secret_value() for key in settings.encryption_keys]
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return cls(settings.database_url, Cipher(keys or load_or_make_keys(settings.data_dir)))

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @property
    def sqlite_path(self) -> Path:
        """The file behind an SQLite database."""
        return Path(make_url(self.url).database or "")

    @property
    def engine(self) -> AsyncEngine:
        return self._engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading: close it before any call that takes long."""
        async with self._reads() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back by an exception.

        Whoever follows the database is told at the commit (see `app.store.changes`).
        """
        # The turn ends before the session: to close one lets the other tasks of the loop go first.
        async with self._writes() as session, self._turn(), session.begin():
            yield session
            if not self.is_sqlite:
                await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})

    async def keep_in_order(self) -> None:
        """What the database needs now and then, until cancelled; one process does it."""
        if self.is_sqlite:
            await sqlite.keep_log_short(self.sqlite_path)

    async def close(self) -> None:
        await self._engine.dispose()
        if self._turns is not None:
            self._turns.close()

    def _turn(self) -> AbstractAsyncContextManager[None]:
        """PostgreSQL has writers wait for one another by itself, and only where they must."""
        return nullcontext() if self._turns is None else self._turns.turn()


def _engine(url: str) -> AsyncEngine:
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_pre_ping=True, pool_size=10)
    creator = sqlite.connector(make_url(url).database or "")
    engine = create_async_engine(url, pool_size=8, async_creator=creator)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: one that upgrades later is refused without waiting."""
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
