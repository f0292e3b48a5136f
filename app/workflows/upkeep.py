"""Looking after deployments that are ready: their endpoints now and then, until they are deleted.

A backend service that GKE has made anew has another id, a certificate may fail to be renewed, a
name may point elsewhere: the page then says so, and what the portal can mend is mended.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from app.domain.plan import StepName
from app.errors import PortalError
from app.settings import Settings
from app.steps.assembling import context_for
from app.steps.context import StepContext, StepWork
from app.store import chain
from app.store.database import Database
from app.store.tables import now

EVERY = 900.0  # seconds of the cloud's clock between two looks at an endpoint
LEAST = 60.0  # real seconds, however fast the cloud's clock
AT_ONCE = 4

log = structlog.get_logger()


@dataclass
class Upkeep:
    """Looks after the endpoints of one portal; `look_after` is what is done for each."""

    settings: Settings
    database: Database
    look_after: StepWork
    least: float = LEAST
    _tried: dict[str, float] = field(default_factory=dict)

    async def go_on(self) -> None:
        """Look after whatever is due, until cancelled."""
        every = max(self.least, EVERY / self.settings.clock_speed)
        while True:
            await asyncio.sleep(every / 4)
            await self.once(every)

    async def once(self, every: float) -> None:
        """Look after the endpoints that nobody has looked at, or tried to, for so many seconds."""
        moment = time.monotonic()
        self._tried = {each: at for each, at in self._tried.items() if moment - at < every}
        since = now() - timedelta(seconds=every)
        async with self.database.read() as session:
            due = await chain.not_seen_since(session, since, AT_ONCE, leaving_out=self._tried)
        self._tried |= dict.fromkeys(due, moment)
        await asyncio.gather(*(self._one(each) for each in due))

    async def _one(self, deployment_id: str) -> None:
        """A look that fails changes nothing: the next one comes."""
        try:
            await self.look_after(await self._context(deployment_id))
        except PortalError as error:
            log.info("endpoint not looked at", deployment=deployment_id, cause=str(error))
        except Exception:
            log.exception("endpoint not looked at", deployment=deployment_id)

    async def _context(self, deployment_id: str) -> StepContext:
        return await context_for(
            self.settings,
            self.database,
            deployment_id,
            StepName.SECURE_ENDPOINT,
            run_id="upkeep",
            installing=asyncio.Semaphore(1),
        )
