"""The endpoint's links: what is news, when it is told, and who is due for a look."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from app.domain.chain import Finding, LinkName, LinkState
from app.domain.findings import after
from app.domain.status import DeploymentState, EventKind, Level, RunState
from app.store import chain, deployments, events
from app.store.database import Database
from app.store.tables import Event, Link, Run, now
from tests.support import samples

_WAITING = Finding(LinkState.WAITING, "%(host)s does not resolve yet", {"host": "kf"})
_FINE = Finding(LinkState.FINE, "%(host)s resolves", {"host": "kf"})
_FAILING = Finding(LinkState.FAILING, "FailedCaaForbidden", hint="Allow pki.goog.")


async def _put(database: Database, deployment_id: str, *found: Finding) -> list[bool]:
    told = []
    for finding in found:
        async with database.write() as tx:
            told.append(await chain.put(tx, deployment_id, LinkName.DNS, finding))
    return told


async def _link(database: Database, deployment_id: str) -> Link:
    async with database.read() as session:
        (link,) = await chain.of_deployment(session, deployment_id)
    return link


async def _told(database: Database, deployment_id: str) -> Sequence[Event]:
    async with database.read() as session:
        said = await events.after(session, deployment_id, 0)
    return [event for event in said if event.kind == EventKind.LINK]


async def test_only_what_has_changed_is_told(database: Database) -> None:
    deployment = await samples.deployment(database)
    told = await _put(database, deployment.id, _WAITING, _WAITING, _FINE, _FINE, _WAITING)
    assert told == [True, False, True, False, True]
    texts = [event.text % event.values for event in await _told(database, deployment.id)]
    assert texts == ["dns: kf does not resolve yet", "dns: kf resolves", *texts[:1]]


async def test_what_still_rests_on_other_links_is_kept_and_not_told(database: Database) -> None:
    deployment = await samples.deployment(database)
    await _put(database, deployment.id, after(["dns", "backend"]), after(["backend"]))
    assert await _told(database, deployment.id) == []
    assert (await _link(database, deployment.id)).values == {"links": "backend"}
    await _put(database, deployment.id, _FINE, after(["backend"]))
    assert len(await _told(database, deployment.id)) == 2


async def test_a_failing_link_is_told_as_a_warning_with_its_hint_kept(database: Database) -> None:
    deployment = await samples.deployment(database)
    await _put(database, deployment.id, _FAILING)
    (event,) = await _told(database, deployment.id)
    assert event.level == Level.WARNING
    assert (await _link(database, deployment.id)).hint == "Allow pki.goog."


async def test_waiting_and_failing_are_one_wait_but_fine_ends_it(database: Database) -> None:
    deployment = await samples.deployment(database)
    await _put(database, deployment.id, _WAITING)
    began = (await _link(database, deployment.id)).since
    await _put(database, deployment.id, _FAILING)
    assert (await _link(database, deployment.id)).since == began
    await _put(database, deployment.id, _FINE)
    assert (await _link(database, deployment.id)).since > began


async def test_a_look_that_finds_nothing_new_is_still_noted(database: Database) -> None:
    deployment = await samples.deployment(database)
    await _put(database, deployment.id, _FINE)
    first = (await _link(database, deployment.id)).checked_at
    await _put(database, deployment.id, _FINE)
    assert (await _link(database, deployment.id)).checked_at > first


async def test_two_who_look_at_once_tell_it_once(database: Database) -> None:
    deployment = await samples.deployment(database)
    await _put(database, deployment.id, _WAITING)
    looks = [_put(database, deployment.id, _FINE) for _ in range(4)]
    told = await asyncio.gather(*looks)
    assert sorted(told) == [[False], [False], [False], [True]]
    assert len(await _told(database, deployment.id)) == 2


async def test_a_ready_deployment_is_due_when_nobody_has_looked_for_long(
    database: Database,
) -> None:
    deployment = await samples.deployment(database)

    async def due(ago: timedelta) -> Sequence[str]:
        async with database.read() as session:
            return await chain.not_seen_since(session, now() - ago, 10)

    assert await due(timedelta(0)) == []  # its run is under way
    async with database.write() as tx:
        await tx.execute(update(Run).values(state=RunState.SUCCEEDED))
        await deployments.set_state(tx, deployment.id, DeploymentState.READY, url="https://kf/")
    assert await due(timedelta(0)) == [deployment.id]
    await _put(database, deployment.id, _FINE)
    assert await due(timedelta(hours=1)) == []
    assert await due(timedelta(0)) == [deployment.id]


async def test_an_endpoint_that_is_gone_leaves_no_links(database: Database) -> None:
    deployment = await samples.deployment(database)
    await _put(database, deployment.id, _FINE)
    async with database.write() as tx:
        await chain.forget(tx, deployment.id)
    async with database.read() as session:
        assert await chain.of_deployment(session, deployment.id) == []
