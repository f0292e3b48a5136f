"""A portal that dies at one of its step's requests, and the next one that finds what it left.

    async for death in deaths(bench, StepName.RESERVE_ADDRESS, after=(StepName.ENABLE_SERVICES,)):
        await bench.apply(death.deployment, StepName.RESERVE_ADDRESS)
        assert ...  # as if nothing had happened

gives one deployment for each request that the step makes, whose step died at that request:
before it went out, or, with `afterwards`, when it had been carried out and its answer was lost.
"""

import itertools
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.oauth2.credentials import Credentials

from app.domain.plan import StepName
from app.google.transport import Transport
from app.steps.context import StepWork
from app.steps.registry import WORK
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench

T = TypeVar("T")
_LOOKS = 2  # a request that is made again and again while something is waited for counts twice


class Killed(BaseException):
    """The portal dies here."""


@dataclass
class Tripwire:
    """Lets requests pass until the one that kills; whoever is dead makes none any more."""

    dies_at: int
    afterwards: bool = False
    requests: list[str] = field(default_factory=list)
    dead: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def passes(self, request: str) -> None:
        """A request is about to go out."""
        with self._lock:
            if self.dead:
                raise Killed
            if self.requests.count(request) == _LOOKS:
                return
            self.requests.append(request)
            self.dead = len(self.requests) == self.dies_at
            if self.dead and not self.afterwards:
                raise Killed


class MortalCredentials(Credentials):  # type: ignore[misc]  # google-auth has no types
    """The clients ask their credentials before each request: there the tripwire is."""

    tripwire: Tripwire

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        self.tripwire.passes(f"{method} {url.partition('?')[0]}")
        super().before_request(request, method, url, headers)

    def with_quota_project(self, quota_project_id: str) -> "MortalCredentials":
        copy: MortalCredentials = super().with_quota_project(quota_project_id)
        copy.tripwire = self.tripwire
        return copy


class MortalTransport(Transport):
    """Calls of a portal that dies: the answer to its last request reaches nobody."""

    async def run(self, call: Callable[[], T]) -> T:
        try:
            return await super().run(call)
        finally:
            if self._tripwire.dead:
                raise Killed

    async def token(self, instead_of: str = "") -> str:
        """The cluster's API asks for a token before each request."""
        self._tripwire.passes(f"request {len(self._tripwire.requests)} to the cluster")
        return str(self.credentials.token)

    @property
    def _tripwire(self) -> Tripwire:
        tripwire: Tripwire = self.credentials.tripwire
        return tripwire


@dataclass(frozen=True, slots=True)
class Death:
    """A deployment whose step died at a request."""

    deployment: Deployment
    call: int
    request: str

    def __str__(self) -> str:
        return f"killed at call {self.call}, {self.request}"


async def deaths(
    bench: Bench,
    step: StepName,
    *,
    after: tuple[StepName, ...] = (),
    works: Mapping[StepName, StepWork] = WORK,
    afterwards: bool = False,
    every: int = 1,
    **spec: Any,
) -> AsyncIterator[Death]:
    """A death at every request of `works[step]`, applied to deployments with `after` done.

    `every` 3 dies at every third request only. Ends when the step survives.
    """
    for call in itertools.count(1, every):
        deployment = await bench.deployment(**spec)
        await bench.apply(deployment, *after)
        tripwire = Tripwire(call, afterwards)
        with suppress(Killed):
            await works[step](bench.context(deployment, step, _transport(bench, tripwire)))
        if tripwire.dead:
            yield Death(deployment, call, tripwire.requests[-1])
        else:
            assert call > 1, f"{step} makes no request at all"
            return


def _transport(bench: Bench, tripwire: Tripwire) -> MortalTransport:
    credentials = MortalCredentials(token=bench.transport().credentials.token)
    credentials.tripwire = tripwire
    return MortalTransport(credentials, bench.transport().endpoints)
