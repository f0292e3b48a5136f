"""A portal's engine with steps of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.domain.plan import StepName, teardown_for
from app.settings import Settings
from app.store import changes, deployments, events, runs, schema, steps, users
from app.store.database import Database
from app.store.tables import Deployment, Event, Step
from app.workflows.engine import Engine
from app.workflows.heartbeat import LEASE, Heartbeat
from app.workflows.runs import Runs, Works
from tests.support import samples
from tests.support.meddler import Meddler, meddling


class Portal:
    """Store and engine of one process, with steps and removals of the test's own."""

    def __init__(
        self,
        settings: Settings,
        works: Works,
        removals: Works | None = None,
        lease: float = LEASE,
    ) -> None:
        self._settings = settings
        self.database = Database.from_settings(settings)
        self._engine = Engine(settings)
        self.runs = Runs(settings, self.database, self._engine, works, removals or works)
        self.heartbeat = Heartbeat(settings, self.database, self._engine, lease / 20, lease)

    async def __aenter__(self) -> "Portal":
        await schema.prepare(self.database)
        await self.heartbeat.begin()
        self._engine.launch()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._engine.close()
        await self.database.close()

    async def deployment(self, *, key: str = "", **changes: object) -> Deployment:
        """A deployment whose owner has signed in."""
        owner = await samples.user(self.database)
        async with self.database.write() as tx:
            await users.keep_grant(tx, owner.id, "refresh-token", "scopes")
        return await samples.deployment(self.database, owner, key=key, **changes)

    async def start(self) -> None:
        """Take up the runs that were asked for, as the worker does."""
        await self.runs.take_up()

    async def retry(self, deployment: Deployment) -> None:
        async with self.database.write() as tx:
            await deployments.try_again(tx, deployment.id, "Another try.")
        await self.runs.take_up()

    async def delete(self, deployment: Deployment) -> None:
        async with self.database.write() as tx:
            await deployments.delete(tx, deployment.id, teardown_for(deployment.spec))
        await self.runs.take_up()

    async def cancel(self, deployment: Deployment) -> None:
        async with self.database.write() as tx:
            assert await deployments.cancel(tx, deployment.id)
        await self.runs.take_up()

    async def claim_only(self) -> None:
        """Claim what was asked for, as a worker does that dies before it begins."""
        async with self.database.write() as tx:
            await runs.claim(tx, self._settings.executor_id, 10)

    async def finished(self, deployment: Deployment, times: int = 1) -> Deployment:
        """The deployment once so many runs of it have finished; runs are taken up meanwhile."""
        async with changes.following(self.database) as followed:
            while True:
                seen = followed.count
                await self.runs.take_up()
                if len(await self._ends(deployment)) >= times:
                    async with self.database.read() as session:
                        return await deployments.get(session, deployment.id)
                await followed.wait(seen, timeout=1)

    async def events(self, deployment: Deployment) -> list[Event]:
        async with self.database.read() as session:
            return list(await events.after(session, deployment.id, 0))

    async def steps(self, deployment: Deployment) -> dict[StepName, Step]:
        async with self.database.read() as session:
            found = await steps.of_deployment(session, deployment.id)
        return {step.name: step for step in found}

    async def _ends(self, deployment: Deployment) -> list[Event]:
        return [event for event in await self.events(deployment) if event.kind == "finished"]


OpenPortal = Callable[..., Awaitable[Portal]]


@pytest.fixture
def google() -> Iterator[Meddler]:
    """What there is of Google: it hears of grants that are taken back, and of nothing else."""
    with meddling("http://127.0.0.1:9") as found:
        found.answer("POST /accounts/revoke", 200, {}, times=99)
        yield found


@pytest.fixture
def settings(google: Meddler, database_url: str, tmp_path: Path) -> Settings:
    """A portal on each kind of database, whose cloud's clock is quick."""
    return Settings(
        cloud="simulated",
        simulator_url=google.url,
        database_url=database_url,
        data_dir=tmp_path,
        clock_speed=1000,
        oauth_client_id="client",
    )


@pytest.fixture
async def open_portal(settings: Settings) -> AsyncIterator[OpenPortal]:
    """Open a portal with the given steps; it is closed when the test ends."""
    async with AsyncExitStack() as stack:

        async def open_one(works: Works, removals: Works | None = None) -> Portal:
            return await stack.enter_async_context(Portal(settings, works, removals))

        yield open_one
