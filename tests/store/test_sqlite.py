"""SQLite without threads: the same promises as with them."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.encryption import Cipher, load_or_make_keys


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite+aiosqlite:///{tmp_path}/portal.db"
    return Database(url, Cipher(load_or_make_keys(tmp_path)))


async def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("CREATE TABLE thing (name TEXT PRIMARY KEY)"))
    with pytest.raises(IntegrityError):
        await insert_twice(database)
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM thing")) == 0
    await database.close()


async def test_readers_see_what_was_committed_while_a_writer_is_at_work(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("CREATE TABLE thing (name TEXT)"))
    async with database.write() as tx, database.read() as session:
        await tx.execute(text("INSERT INTO thing VALUES ('one')"))
        assert await session.scalar(text("SELECT count(*) FROM thing")) == 0
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM thing")) == 1
    await database.close()


async def test_what_was_committed_is_moved_from_the_log_into_the_file(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("CREATE TABLE thing (name TEXT)"))
    keeping = asyncio.create_task(database.keep_in_order())
    await asyncio.to_thread(until_in_the_file, database.sqlite_path)
    keeping.cancel()
    await database.close()


async def insert_twice(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("INSERT INTO thing VALUES ('one')"))
        await tx.execute(text("INSERT INTO thing VALUES ('one')"))


def until_in_the_file(path: Path) -> None:
    while not tables_in_the_file_alone(path):
        time.sleep(0.01)


def tables_in_the_file_alone(path: Path) -> list[str]:
    """What somebody reads who is given the file without its log."""
    uri = f"file:{path}?immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
