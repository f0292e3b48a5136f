"""A portal that dies at one of its step's calls, for the next one to find what it has left.

    for way in Way:
        async for death in deaths(bench, StepName.RESERVE_ADDRESS, way, place):
            await bench.apply(death.deployment, StepName.RESERVE_ADDRESS)
            assert ...  # as if nothing had happened

gives, of deployments that `place` makes ready, one for each call of the step at which a portal can
die and leave something that it has not left before:

- `Way.BEFORE`: before the call goes out, if anything has changed since the call before that one,
  in the cloud or in the database;
- `Way.AFTERWARDS`: when the call has been carried out and its answer is lost, if it is one of
  Google's that changes anything. Of what a cluster answers nothing is written down: there, that is
  the same as dying before the next call.

A step that makes no call dies at its writes to the database.
"""

import inspect
import itertools
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from google.oauth2.credentials import Credentials
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.plan import StepName
from app.google.transport import Transport
from app.steps.context import StepWork
from app.steps.registry import WORK
from app.store.database import Database
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench

T = TypeVar("T")
Place = Callable[[], Awaitable[Deployment]]
_LOOKS = 2  # a call that is made again and again while something is waited for counts twice
_READS = re.compile(r"GET |POST .*(:getIamPolicy|:testIamPermissions|/getHealth)$")


class Way(StrEnum):
    """How a call kills."""

    BEFORE = "before"
    AFTERWARDS = "afterwards"


class Killed(BaseException):
    """The portal dies here."""


@dataclass
class Tripwire:
    """Lets calls pass until the one that kills; whoever is dead does nothing any more."""

    way: Way
    dies_at: int
    points: list[str] = field(default_factory=list)
    dead: bool = False
    _calls: bool = False
    _news: bool = True
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def check(self) -> None:
        """Something is about to be done."""
        if self.dead:
            raise Killed

    def calls(self, call: str, *, of_google: bool = True) -> None:
        """A call is about to go out."""
        with self._lock:
            self.check()
            self._calls = True
            changes = not _READS.match(call)
            if self._news if self.way == Way.BEFORE else changes and of_google:
                self._point(call)
            self._news = changes

    def writes(self) -> None:
        """A transaction is about to begin."""
        with self._lock:
            self.check()
            if self.way == Way.BEFORE and not self._calls:
                self._point("a write")

    def has_written(self) -> None:
        """A transaction is committed."""
        with self._lock:
            self._news = True

    def _point(self, name: str) -> None:
        if name != "a write" and self.points.count(name) == _LOOKS:
            return
        self.points.append(name)
        self.dead = len(self.points) == self.dies_at
        if self.dead and self.way == Way.BEFORE:
            raise Killed


class MortalCredentials(Credentials):  # type: ignore[misc]  # google-auth has no types
    """The clients ask their credentials before each request: there the tripwire is."""

    tripwire: Tripwire

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        self.tripwire.calls(f"{method} {url.partition('?')[0]}")
        super().before_request(request, method, url, headers)

    def with_quota_project(self, quota_project_id: str) -> "MortalCredentials":
        copy: MortalCredentials = super().with_quota_project(quota_project_id)
        copy.tripwire = self.tripwire
        return copy


class MortalTransport(Transport):
    """Calls of a portal that dies: the answer to its last one reaches nobody."""

    async def run(self, call: Callable[[], T]) -> T:
        self._tripwire.check()
        try:
            return await super().run(call)
        finally:
            self._tripwire.check()

    async def token(self, instead_of: str = "") -> str:
        """A cluster's API asks for a token before each request."""
        request = _asked_of_the_cluster()
        if request:
            self._tripwire.calls(request, of_google=False)
        return str(self.credentials.token)

    @property
    def _tripwire(self) -> Tripwire:
        tripwire: Tripwire = self.credentials.tripwire
        return tripwire


class MortalDatabase(Database):
    """The database as a portal that dies sees it: nothing is written by the dead."""

    def __init__(self, whole: Database, tripwire: Tripwire) -> None:
        vars(self).update(vars(whole))
        self._tripwire = tripwire

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        self._tripwire.check()
        async with super().read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        self._tripwire.writes()
        async with super().write() as session:
            yield session
        self._tripwire.has_written()


@dataclass(frozen=True, slots=True)
class Death:
    """A deployment whose step died at a call."""

    deployment: Deployment
    way: Way
    number: int
    call: str

    def __str__(self) -> str:
        return f"killed {self.way} point {self.number}, {self.call}"


async def deaths(
    bench: Bench, step: StepName, way: Way, place: Place, works: Mapping[StepName, StepWork] = WORK
) -> AsyncIterator[Death]:
    """A death at every call of `works[step]`, each of a deployment that `place` has made ready.

    Ends when the step survives.
    """
    for number in itertools.count(1):
        deployment, tripwire = await place(), Tripwire(way, number)
        await _attempt(bench, deployment, step, works[step], tripwire)
        if not tripwire.dead:
            return
        yield Death(deployment, way, number, tripwire.points[-1])


async def _attempt(
    bench: Bench, deployment: Deployment, step: StepName, work: StepWork, tripwire: Tripwire
) -> None:
    context = replace(
        bench.context(deployment, step, _transport(bench, tripwire)),
        database=MortalDatabase(bench.database, tripwire),
    )
    try:
        await work(context)
    except BaseException as error:
        if not _is_death(error):
            raise
    await context.cloud.settled()


def _transport(bench: Bench, tripwire: Tripwire) -> MortalTransport:
    credentials = MortalCredentials(token=bench.transport().credentials.token)
    credentials.tripwire = tripwire
    return MortalTransport(credentials, bench.transport().endpoints)


def _is_death(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_death(each) for each in error.exceptions)
    return isinstance(error, Killed)


def _asked_of_the_cluster() -> str:
    """The request for which a cluster's client asks for a token; nothing if another asks."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != "_answer":
        frame = frame.f_back
    if frame is None:
        return ""
    return f"{frame.f_locals['method']} {frame.f_locals['path'].partition('?')[0]}"
