"""The endpoint chain: looked at, written down, and waited for."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from app.domain import findings
from app.domain.chain import PATIENCE, RESTS_ON, Finding, LinkName, LinkState, layers, links_of
from app.domain.status import Level
from app.errors import Permanent, Transient
from app.google.readings import Backend
from app.kube.client import KubeClient
from app.steps.context import StepContext
from app.steps.looks import Looks
from app.steps.sights import Sights
from app.steps.visitor import Visitor
from app.store import chain as store
from app.store import steps
from app.store.tables import now
from app.text import N_
from app.together import together

SOONEST, LATEST = 1.0, 5.0  # seconds of the cloud's clock between two looks
_AT_MOST_EVERY = 0.1  # real seconds, however fast the cloud's clock
_NOTED_EVERY = 5.0  # real seconds; what is news is written at once

Each = Callable[["Chain"], Awaitable[None]]


async def nothing_more(chain: "Chain") -> None:
    """What a step that only waits does after each look."""


@asynccontextmanager
async def chain_of(context: StepContext, client: KubeClient) -> AsyncIterator["Chain"]:
    """The deployment's chain, as this step looks at it."""
    async with Visitor(context.settings, context.names.host) as visitor:
        chain = Chain(context, Looks(context, Sights(client), visitor))
        await chain.begin()
        yield chain


@dataclass
class Chain:
    """One deployment's endpoint chain, as of the last look."""

    context: StepContext
    looks: Looks
    found: dict[LinkName, Finding] = field(default_factory=dict)
    _marks: dict[LinkName, "_Mark"] = field(default_factory=dict)
    _began: datetime = field(default_factory=now)
    _written: dict[LinkName, Finding] = field(default_factory=dict)
    _noted: dict[LinkName, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[LinkName, ...]:
        return links_of(self.context.spec.login)

    @property
    def backend(self) -> Backend | None:
        """The backend service behind the Ingress; its id can change."""
        return self.looks.backend

    async def begin(self) -> None:
        """Learn since when each link has been as it is; a step counts from its own beginning."""
        context = self.context
        async with context.database.read() as session:
            rows = await steps.of_deployment(session, context.deployment_id)
            links = await store.of_deployment(session, context.deployment_id)
        started = next((row.started_at for row in rows if row.name == context.step), None)
        self._began = started or self._began
        self._marks = {link.name: _Mark(link.state == LinkState.FINE, link.since) for link in links}

    async def look(self, names: Collection[LinkName]) -> None:
        """Look at those of the links that are not fine yet, and write down what was found."""
        due = [name for name in self.names if name in names and not self.is_fine(name)]
        for group in layers(due):
            await together(*(self._look_at(name) for name in group))
        await self._write(due)

    async def once(self) -> None:
        """Look at every link now."""
        await self.looks.sights.read()
        await self.look(self.names)

    async def until_fine(self, wanted: Collection[LinkName], each: Each = nothing_more) -> None:
        """Look again and again until all of `wanted` are fine; `each` hears of every look.

        The other links are looked at while that is waited for.

        Raises `Permanent` for a link that cannot be fine, or has not been for too long.
        """
        async with self.looks.sights.followed() as sights:
            waited = 0.0
            while True:
                sights.changed.clear()
                await self.look(wanted)
                await each(self)
                if all(self.is_fine(name) for name in wanted):
                    return
                self._check_patience(wanted)
                await self.look([name for name in self.names if name not in wanted])
                waited += await self._pause(sights.changed, waited)

    def is_fine(self, name: LinkName) -> bool:
        return name in self.found and self.found[name].fine

    async def _pause(self, changed: asyncio.Event, waited: float) -> float:
        """Until something has changed, or a twentieth of the time waited so far is over."""
        speed = self.context.settings.clock_speed
        seconds = max(_AT_MOST_EVERY, max(SOONEST, min(LATEST, waited / 20)) / speed)
        began = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await changed.wait()
        return (time.monotonic() - began) * speed

    def _check_patience(self, wanted: Collection[LinkName]) -> None:
        for name in wanted:
            finding = self.found.get(name)
            if finding is None or finding.fine:
                continue
            minutes = round(PATIENCE[name].limit / 60)
            if finding.final:
                raise Permanent(_filled(finding.evidence, finding), hint=_hint(finding))
            if self._waited(name) > PATIENCE[name].limit:
                words = f"After {minutes} minutes: {name}: {_filled(finding.evidence, finding)}"
                raise Permanent(words, hint=_hint(finding))

    async def _look_at(self, name: LinkName) -> None:
        missing = [other for other in self._rests_on(name) if not self.is_fine(other)]
        if missing:
            self._note(name, findings.after([str(other) for other in missing]))
            return
        try:
            finding = await self.looks.at(name, self._waited(name))
        except Transient as error:
            text = N_("%(cause)s Looking again.")
            await self.context.say(text, level=Level.WARNING, cause=error.cause)
            return
        if finding is not None:
            self._note(name, finding)

    def _rests_on(self, name: LinkName) -> list[LinkName]:
        return [other for other in self.names if other in RESTS_ON.get(name, ())]

    def _waited(self, name: LinkName) -> float:
        """Seconds of the cloud's clock for which the link could have been fine and was not."""
        own = self._marks.get(name)
        if own is None or own.fine:
            return 0.0
        others = (self._marks.get(other) for other in self._rests_on(name))
        since = max(self._began, own.since, *(each.since for each in others if each and each.fine))
        return (now() - since).total_seconds() * self.context.settings.clock_speed

    def _note(self, name: LinkName, finding: Finding) -> None:
        before = self._marks.get(name)
        if before is None or before.fine != finding.fine:
            self._marks[name] = _Mark(finding.fine, now())
        self.found[name] = finding

    async def _write(self, looked_at: Collection[LinkName]) -> None:
        """News at once; that nothing has changed only now and then."""
        moment = time.monotonic()
        found = {name: self.found[name] for name in looked_at if name in self.found}
        due = {
            name: finding
            for name, finding in found.items()
            if self._written.get(name) != finding or moment - self._noted[name] > _NOTED_EVERY
        }
        if not due:
            return
        async with self.context.database.write() as tx:
            for name, finding in due.items():
                await store.put(tx, self.context.deployment_id, name, finding, self.context.step)
        self._written |= due
        self._noted |= dict.fromkeys(due, moment)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Since when a link has been fine, or not."""

    fine: bool
    since: datetime


def _filled(template: str, finding: Finding) -> str:
    return template % finding.values if finding.values else template


def _hint(finding: Finding) -> str:
    """A hint with values in it is filled in at once; others are translated where they are shown."""
    return _filled(finding.hint, finding) if "%(" in finding.hint else finding.hint
