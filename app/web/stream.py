"""A deployment's story as server-sent events: one reader a deployment, however many watch.

A `Feed` follows one deployment. It keeps the whole log as bytes ready to send, once a language,
and a watcher is no more than a place in it. So nobody's slowness fills a queue, a replay costs
no query, and what was cut off goes on exactly where it ended.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from app.domain.status import DeploymentState
from app.settings import Settings
from app.store import chain, deployments, events, steps
from app.store.database import Database
from app.store.tables import Event, User, now
from app.web.expectations import Expectations
from app.web.frames import COME_BACK, Standing, Status, finished, log_line, status
from app.web.rendering import Renderer

# A status is some 30 KB to each watcher, so it comes after the log line that it follows from,
# and less often the more are watching. All in seconds:
STATUS_AFTER, STATUS_AFTER_EACH = 0.02, 0.0002  # a line, and for each watcher
STATUS_AT_MOST_EVERY, STATUS_FOR_EACH = 0.2, 0.0005  # and for each watcher
STATUS_REGULARLY = 80.0  # of the cloud's own clock, so that bars move although nothing is said
REGULARLY_WITHIN = (1.0, 10.0)
LINGER = 5.0  # seconds a feed outlives its last watcher, who may only be reloading
LIVES = 600.0  # seconds after which a watcher must come back, and show its session again
LINES_AT_ONCE = 200  # a long log is sent in pieces: what is under way to a slow reader is small


@dataclass(frozen=True, slots=True)
class Sources:
    """What a feed reads from, and what it renders with."""

    settings: Settings
    database: Database
    renderer: Renderer
    expectations: Expectations


@dataclass(slots=True)
class _Place:
    """How far one watcher has come."""

    seq: int
    status: int = 0


@dataclass(slots=True)
class _Spoken:
    """What a feed has made ready in one language; `number` is that of the rendered status."""

    lines: list[bytes] = field(default_factory=list)
    status: Status = field(default_factory=Status)
    number: int = 0


class Feed:
    """One deployment's log and status, made ready once for all who watch."""

    def __init__(self, sources: Sources, deployment_id: str) -> None:
        self.deployment_id = deployment_id
        self._sources = sources
        self._events: list[Event] = []
        self._state: DeploymentState | None = None
        self._standing: Standing | None = None
        least, most = REGULARLY_WITHIN
        speed = sources.settings.clock_speed
        self._regularly = min(most, max(least, STATUS_REGULARLY / speed))
        self._number = 0  # of the standing
        self._rendered_at = float("-inf")
        self._news_at: float | None = None  # the first that no status has told of
        self._spoken: dict[str, _Spoken] = {}
        self._stirred = asyncio.Event()
        self._finished = False
        self._ended = False
        self._bell = asyncio.Event()
        self._watchers = 0
        self._left_at = time.monotonic()

    def stir(self, last_seq: int, state: DeploymentState) -> None:
        """Read again, if the deployment has these and they are news."""
        if (last_seq, state) != (len(self._events), self._state):
            self._stirred.set()

    def end(self) -> None:
        """Let every watcher go; browsers come back and name the number they have reached."""
        self._ended = True
        self._ring()

    async def watch(self, after: int, language: str) -> AsyncIterator[bytes]:
        """What follows event number `after`, ready to send: log lines, status, `finished`."""
        place, spoken = _Place(after), self._spoken.setdefault(language, _Spoken())
        until = time.monotonic() + LIVES
        self._watchers += 1
        try:
            yield COME_BACK
            while True:
                bell = self._bell
                while chunk := self._next(place, spoken, language):
                    yield chunk
                if self._finished and self._state is not None:
                    yield finished(self._state)
                    return
                if self._ended or time.monotonic() > until:
                    return
                await bell.wait()
        finally:
            self._watchers -= 1
            self._left_at = time.monotonic()

    async def follow(self) -> None:
        """Read the deployment whenever it has changed, until it is over or forgotten."""
        while not self._ended and not self._is_forgotten():
            self._stirred.clear()
            await self._read_events()
            if self._state is not None and self._state.is_final:
                await self._read_standing()
                self._finished = True
                return
            if time.monotonic() >= self._status_due():
                await self._read_standing()
            self._ring()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._status_due() - time.monotonic()):
                    await self._stirred.wait()

    def _next(self, place: _Place, spoken: _Spoken, language: str) -> bytes:
        """The next piece for a watcher at `place`, which moves on; empty if there is nothing."""
        if self._standing is None:
            return b""
        lines = self._lines(place.seq, spoken, language)
        place.seq += len(lines)
        if len(lines) == LINES_AT_ONCE or place.status == self._number:
            return b"".join(lines)
        ready = self._status(self._standing, spoken, language)
        lines.append(ready.change if place.status == self._number - 1 else ready.whole)
        place.status = self._number
        return b"".join(lines)

    def _lines(self, after: int, spoken: _Spoken, language: str) -> list[bytes]:
        """Encoded events; each is encoded once a language."""
        ready = spoken.lines
        if self._standing is not None and len(ready) < len(self._events):
            translate = self._sources.renderer.translators[language]
            version = self._standing.deployment.spec.version
            ready.extend(
                log_line(event, version, translate) for event in self._events[len(ready) :]
            )
        return ready[after : after + LINES_AT_ONCE]

    def _status(self, standing: Standing, spoken: _Spoken, language: str) -> Status:
        """The encoded status; each is rendered once a language."""
        if spoken.number != self._number:
            before = spoken.status.parts if spoken.number == self._number - 1 else {}
            sources = self._sources
            spoken.status = status(standing, sources.renderer, sources.settings, language, before)
            spoken.number = self._number
        return spoken.status

    async def _read_events(self) -> None:
        """New events and the state. The counter is read first: what it counts is there."""
        before = (len(self._events), self._state)
        async with self._sources.database.read() as session:
            deployment = await deployments.get(session, self.deployment_id)
            while len(self._events) < deployment.last_seq:
                new = await events.after(session, self.deployment_id, len(self._events))
                self._events.extend(new)
        if before != (len(self._events), deployment.state):
            self._news_at = self._news_at or time.monotonic()
        self._state = deployment.state

    async def _read_standing(self) -> None:
        """The rows that a status is rendered from."""
        durations, from_history = await self._sources.expectations.now()
        async with self._sources.database.read() as session:
            deployment = await deployments.get(session, self.deployment_id)
            self._standing = Standing(
                deployment=deployment,
                owner=await session.get_one(User, deployment.owner_id),
                steps=await steps.of_deployment(session, self.deployment_id),
                resources=await steps.receipt(session, self.deployment_id),
                links=await chain.of_deployment(session, self.deployment_id),
                expected=durations,
                from_history=from_history,
                at=now(),
                news=self._events[self._standing.last_seq :] if self._standing else [],
                last_seq=len(self._events),
            )
        self._number += 1
        self._rendered_at = time.monotonic()
        self._news_at = None

    def _status_due(self) -> float:
        """When the next status is to be rendered, on the monotonic clock."""
        regularly = self._rendered_at + self._regularly
        if self._news_at is None:
            return regularly
        soon = self._rendered_at + STATUS_AT_MOST_EVERY + STATUS_FOR_EACH * self._watchers
        after = self._news_at + STATUS_AFTER + STATUS_AFTER_EACH * self._watchers
        return min(regularly, max(soon, after))

    def _is_forgotten(self) -> bool:
        return self._watchers == 0 and time.monotonic() - self._left_at > LINGER

    def _ring(self) -> None:
        """Wake every watcher."""
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
