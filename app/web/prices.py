"""List prices for the form: fetched once a day for all users, kept in a file."""

import asyncio
import time
from dataclasses import asdict
from pathlib import Path

import orjson

from app.domain.price import Price, Sku, price_of
from app.domain.spec import DeploymentSpec
from app.errors import PortalError, StepError
from app.google.memory import Memory
from app.google.prices import list_prices
from app.kubeflow.components import claimed_gib
from app.kubeflow.library import components
from app.settings import Settings
from app.web.access import Access

KEPT_FOR = 24 * 3600.0  # seconds
WAIT = 4.0  # seconds for which a form waits; the fetching goes on for the next one


class PricesUnknown(PortalError):
    """The catalogue could not be read yet; Google's own words, or nothing."""


class Prices:
    """Estimates from Google's catalogue, which is the same for everybody."""

    def __init__(self, settings: Settings, access: Access) -> None:
        cloud = "simulated" if settings.simulated else "google"
        self._settings = settings
        self._file = settings.data_dir / f"prices-{cloud}.json"
        self._access = access
        self._memory = Memory()

    async def of(self, user_id: str, spec: DeploymentSpec) -> Price:
        """The estimate; raises `PricesUnknown`, and `SignInAgain`."""
        try:
            async with asyncio.timeout(WAIT):
                skus = await self._memory.get("skus", lambda: self._skus(user_id), KEPT_FOR)
        except TimeoutError as late:
            raise PricesUnknown("") from late
        return price_of(spec, skus, await asyncio.to_thread(self._volumes, spec))

    def _volumes(self, spec: DeploymentSpec) -> float:
        """GB that Kubeflow's own parts claim; what no bundle says, the catalogue does."""
        return claimed_gib(components(self._settings, spec.version), spec.without)

    async def _skus(self, user_id: str) -> list[Sku]:
        kept = await asyncio.to_thread(_read, self._file)
        if kept is not None:
            return kept
        try:
            found = await list_prices(await self._access.transport(user_id))
        except StepError as error:
            raise PricesUnknown(error.cause) from error
        await asyncio.to_thread(_write, self._file, found)
        return found


def _read(path: Path) -> list[Sku] | None:
    """What was fetched less than a day ago."""
    try:
        if time.time() - path.stat().st_mtime > KEPT_FOR:
            return None
        return [Sku(**entry) for entry in orjson.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError):  # no file, or one of another version
        return None


def _write(path: Path, skus: list[Sku]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(orjson.dumps([asdict(sku) for sku in skus]))
    new.replace(path)
