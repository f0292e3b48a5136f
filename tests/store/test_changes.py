"""A commit anywhere wakes whoever follows the database."""

import asyncio

from app.store import changes
from app.store.database import Database
from app.store.encryption import Cipher
from tests.support import samples


async def test_a_commit_of_another_process_is_noticed(database: Database, cipher: Cipher) -> None:
    other = Database(database.url, cipher)
    async with changes.following(database) as followed:
        await followed.wait(0, timeout=5)
        seen = followed.count
        waiting = asyncio.create_task(followed.wait(seen, timeout=20))
        await samples.user(other)
        await waiting
        assert followed.count > seen
    await other.close()


async def test_a_wait_without_changes_ends_by_its_timeout(database: Database) -> None:
    async with changes.following(database) as followed:
        await followed.wait(0, timeout=5)
        await followed.wait(followed.count + 10, timeout=0.05)
