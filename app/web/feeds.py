"""All feeds of a process: made when somebody watches, ended when nobody does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.store import deployments
from app.store.changes import Changes
from app.web.stream import Feed, Sources

log = structlog.get_logger()

LOOK_AT_LEAST_EVERY = 2.0  # seconds, should a change not be noticed


class Feeds:
    """The feeds of this process: each begins with its first watcher and ends after its last."""

    def __init__(self, sources: Sources, changes: Changes) -> None:
        self.closing = anyio.Event()
        self.begun = 0  # feeds since the process started: few, however many watch
        self._sources = sources
        self._changes = changes
        self._feeds: dict[str, Feed] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, deployment_id: str) -> Feed:
        """The deployment's feed."""
        feed = self._feeds.get(deployment_id)
        if feed is None:
            feed = self._feeds[deployment_id] = Feed(self._sources, deployment_id)
            self.begun += 1
            task = asyncio.create_task(self._keep(feed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return feed

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep the feeds up to date while the context lasts, and leave none behind."""
        looking = asyncio.create_task(self._look())
        ending = asyncio.create_task(self._end_when_closing())
        try:
            yield
        finally:
            tasks = [looking, ending, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        """Tell feeds that something has happened: one query a change, however many feeds."""
        while True:
            seen = self._changes.count
            try:
                await self._stir()
            except SQLAlchemyError:
                log.exception("the database cannot be read at the moment")
                await asyncio.sleep(1)
            await self._changes.wait(seen, LOOK_AT_LEAST_EVERY)

    async def _stir(self) -> None:
        if not self._feeds:
            return
        async with self._sources.database.read() as session:
            found = await deployments.counters(session, list(self._feeds))
        for deployment_id, (last_seq, state) in found.items():
            if feed := self._feeds.get(deployment_id):
                feed.stir(last_seq, state)

    async def _end_when_closing(self) -> None:
        """End every stream as soon as the server begins to shut down."""
        await self.closing.wait()
        for feed in list(self._feeds.values()):
            feed.end()

    async def _keep(self, feed: Feed) -> None:
        try:
            await feed.follow()
        except Exception:
            log.exception("a feed has broken off", deployment=feed.deployment_id)
        finally:
            self._feeds.pop(feed.deployment_id, None)
            feed.end()
