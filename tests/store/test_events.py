"""Events are numbered 1, 2, 3... in the order of commits, and nothing is said twice."""

import asyncio

from app.domain.status import EventKind
from app.store import events
from app.store.database import Database
from tests.support import samples


async def test_events_are_numbered_without_gaps_whoever_writes_them(database: Database) -> None:
    deployment = await samples.deployment(database)

    async def write(writer: int) -> None:
        for line in range(5):
            async with database.write() as tx:
                await events.record(
                    tx, deployment.id, f"{writer}-{line}", EventKind.NOTE, "A line."
                )

    await asyncio.gather(*(write(writer) for writer in range(6)))
    async with database.read() as session:
        numbers = [event.seq for event in await events.after(session, deployment.id, 0)]
    assert numbers == list(range(1, 32))


async def test_what_was_said_before_is_not_said_again(database: Database) -> None:
    deployment = await samples.deployment(database)
    async with database.write() as tx:
        first = await events.record(tx, deployment.id, "key", EventKind.NOTE, "Once.")
    async with database.write() as tx:
        again = await events.record(tx, deployment.id, "key", EventKind.NOTE, "Once.")
        other = await events.record(tx, deployment.id, "other", EventKind.NOTE, "Other.")
    assert (first, again, other) == (2, None, 3)


async def test_a_transaction_that_fails_leaves_no_event_and_no_gap(database: Database) -> None:
    deployment = await samples.deployment(database)
    try:
        async with database.write() as tx:
            await events.record(tx, deployment.id, "lost", EventKind.NOTE, "Lost.")
            raise InterruptedError
    except InterruptedError:
        pass
    async with database.write() as tx:
        assert await events.record(tx, deployment.id, "kept", EventKind.NOTE, "Kept.") == 2


async def test_reading_goes_on_after_a_number(database: Database) -> None:
    deployment = await samples.deployment(database)
    for key in ("a", "b", "c"):
        async with database.write() as tx:
            await events.record(tx, deployment.id, key, EventKind.NOTE, key, values={"n": 1})
    async with database.read() as session:
        found = await events.after(session, deployment.id, 2)
    assert [(event.seq, event.text, event.values) for event in found] == [
        (3, "b", {"n": 1}),
        (4, "c", {"n": 1}),
    ]
