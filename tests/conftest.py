"""Fixtures that every folder of tests may use."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cryptography.fernet import Fernet

from app.store import schema
from app.store.database import Database
from app.store.encryption import Cipher
from tests.support import postgresql
from tests.support.tools import missing


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server for this process's tests."""
    if postgresql.binaries() is None:
        missing(postgresql.HOW_TO_GET_IT)
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/portal.db"
    return new_postgresql_database(request.getfixturevalue("postgresql_server"))


def new_postgresql_database(server: str) -> str:
    """An empty database on `server`."""
    name = f"t{uuid4().hex[:12]}"
    plain = server.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"


@pytest.fixture
def cipher() -> Cipher:
    return Cipher([Fernet.generate_key().decode()])


@pytest.fixture
async def database(database_url: str, cipher: Cipher) -> AsyncIterator[Database]:
    """The store on each kind of database, at the newest schema."""
    found = Database(database_url, cipher)
    await schema.prepare(found)
    yield found
    await found.close()
