"""Migrations give exactly the tables that the code describes."""

import asyncio
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from app.store import schema
from app.store.database import Database
from app.store.encryption import Cipher
from app.store.tables import Table


async def test_the_migrated_schema_is_the_one_in_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), Table.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_processes_that_start_together_migrate_once(
    database_url: str, cipher: Cipher
) -> None:
    databases = [Database(database_url, cipher) for _ in range(4)]
    await asyncio.gather(*(schema.prepare(database) for database in databases))
    for database in databases:
        await database.close()
