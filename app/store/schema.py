"""Bringing a database to the schema that this version of the portal needs."""

import asyncio
import fcntl
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection, inspect, text

from app.store.database import Database

HEAD = "0004"
MIGRATIONS = Path(__file__).with_name("migrations")
_ADVISORY_LOCK = 7_226_003  # any number that nothing else on the server uses


async def prepare(database: Database) -> None:
    """Migrate to the newest schema, whoever else starts at the same moment."""
    if await _version(database) == HEAD:
        return
    if database.is_sqlite:
        with await asyncio.to_thread(_lock, database.sqlite_path):
            await _upgrade(database)
    else:
        await _upgrade(database)


async def _version(database: Database) -> str | None:
    async with database.engine.connect() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
            return None
        version: str | None = await connection.scalar(
            text("SELECT version_num FROM alembic_version")
        )
        return version


async def _upgrade(database: Database) -> None:
    async with database.engine.connect() as connection:
        if not database.is_sqlite:
            await connection.execute(text(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})"))
            await connection.commit()
        try:
            await connection.run_sync(_run_alembic)
            await connection.commit()
        finally:
            if not database.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})"))
                await connection.commit()


def _run_alembic(connection: Connection) -> None:
    """Alembic takes a third of a second to import, and is needed once a release."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _lock(database: Path) -> TextIO:
    """An exclusive lock beside the database's file; closing the file gives it back."""
    file = database.with_suffix(".lock").open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file
