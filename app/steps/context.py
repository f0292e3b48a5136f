"""What a step is given to work with, and the contract that it keeps."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.names import Names
from app.domain.plan import StepName
from app.domain.spec import DeploymentSpec
from app.domain.status import EventKind, Level
from app.errors import Permanent
from app.google.cloud import Cloud
from app.settings import Settings
from app.store import events, steps
from app.store.database import Database
from app.store.tables import Operation
from app.text import N_


@dataclass(frozen=True, slots=True)
class StepContext:
    """One step of one deployment at work.

    Each method that writes does so in one short transaction; no session is open while the
    cloud is called.
    """

    run_id: str
    deployment_id: str
    step: StepName
    spec: DeploymentSpec
    owner_email: str
    database: Database
    settings: Settings
    cloud: Cloud
    installing: asyncio.Semaphore

    @property
    def names(self) -> Names:
        return self.spec.names

    async def say(
        self, text: str, *, level: Level = Level.INFO, again: str = "", **values: Any
    ) -> None:
        """Add a line to the log: an English template and its values, never a secret.

        A line that was said before in this run is not said twice; `again` tells apart lines
        that are meant to come more than once (an attempt's number, say).
        """
        async with self.database.write() as tx:
            await events.record(
                tx,
                self.deployment_id,
                self._key(text, again, values),
                EventKind.NOTE,
                text,
                step=self.step,
                level=level,
                values=values,
            )

    async def progress(self, fraction: float, text: str, **values: Any) -> None:
        """Say what the step is doing now and how far it is (0 to 1, never going back)."""
        async with self.database.write() as tx:
            await steps.set_progress(tx, self.deployment_id, self.step, fraction, text, values)
            await events.record(
                tx,
                self.deployment_id,
                self._key(text, "", values),
                EventKind.PROGRESS,
                text,
                step=self.step,
                values=values,
            )

    async def made(self, kind: str, name: str, *, detail: str = "", link: str = "") -> None:
        """Write down a resource the moment it exists."""
        text = N_("%(kind)s %(name)s is there.")
        values = {"kind": kind, "name": name, "detail": detail}
        async with self.database.write() as tx:
            await steps.add_resource(tx, self.deployment_id, kind, name, detail=detail, link=link)
            await events.record(
                tx,
                self.deployment_id,
                self._key(text, "", values),
                EventKind.RESOURCE,
                text,
                step=self.step,
                values=values,
            )

    async def removed(self, kind: str, name: str, kept: str = "") -> None:
        """Write down that a resource is gone, or stays: `kept` (an English template) says why.

        What nothing is known of, since it was never made, is passed over in silence.
        """
        text = (
            N_("%(kind)s %(name)s is kept: %(why)s") if kept else N_("%(kind)s %(name)s is gone.")
        )
        values = {"kind": kind, "name": name} | ({"why": kept} if kept else {})
        async with self.database.write() as tx:
            if not await steps.remove_resource(tx, self.deployment_id, kind, name, kept):
                return
            await events.record(
                tx,
                self.deployment_id,
                self._key(text, "", values),
                EventKind.RESOURCE,
                text,
                step=self.step,
                values=values,
            )

    async def operation(self, key: str, start: Callable[[], Awaitable[str]]) -> str:
        """The name of a long operation: started now, or earlier by a run that was interrupted.

        The name is kept before anybody waits for it, so that the wait finds it after a crash.
        """
        known = await self.known_operation(key)
        if known is not None and known.ended_at is None:
            return known.name
        name = await start()
        async with self.database.write() as tx:
            await steps.save_operation(tx, self.deployment_id, key, name)
        return name

    async def known_operation(self, key: str) -> Operation | None:
        """The latest operation that was started under `key`; one without an end is under way."""
        async with self.database.read() as session:
            return await steps.operation(session, self.deployment_id, key)

    async def under_way(self, key: str) -> bool:
        """Whether an operation was started under `key` whose end nobody has seen."""
        known = await self.known_operation(key)
        return known is not None and known.ended_at is None

    async def operation_ended(self, key: str) -> None:
        """The operation is over, well or badly; the next try starts another."""
        async with self.database.write() as tx:
            await steps.end_operation(tx, self.deployment_id, key)

    async def secret(self, name: str) -> str:
        """A secret of the deployment; it must be there."""
        value = await self.known_secret(name)
        if value is None:
            raise Permanent(f"the secret “{name}” of this deployment is missing")
        return value

    async def known_secret(self, name: str) -> str | None:
        """A secret of the deployment, if it is there."""
        async with self.database.read() as session:
            return await steps.secret(session, self.deployment_id, name)

    async def keep_secret(self, name: str, value: str) -> None:
        """Keep a secret of the deployment, in place of one that was kept under this name."""
        async with self.database.write() as tx:
            await steps.keep_secret(tx, self.deployment_id, name, value)

    async def secret_or_new(self, name: str, make: Callable[[], str]) -> str:
        """A secret of the deployment, made and kept the first time it is asked for."""
        async with self.database.write() as tx:
            value = await steps.secret(tx, self.deployment_id, name)
            if value is None:
                value = make()
                await steps.keep_secret(tx, self.deployment_id, name, value)
            return value

    async def pause(self, seconds: float) -> None:
        """Wait between two looks at the cloud: `seconds` of the cloud's own clock."""
        await asyncio.sleep(seconds / self.settings.clock_speed)

    def _key(self, text: str, again: str, values: dict[str, Any]) -> str:
        said = json.dumps([text, again, values], sort_keys=True, default=str)
        digest = hashlib.sha256(said.encode()).hexdigest()[:24]
        return f"{self.run_id}:{self.step}:{digest}"


class StepWork(Protocol):
    """A named piece of work that can be applied again without harm.

    `apply` returns when the work is done and raises `StepError` when it cannot be. It may be
    called again after a crash at any moment of an earlier call, and finds what that one made.
    """

    async def __call__(self, context: StepContext) -> None: ...
