"""A whole portal on a simulated cloud, and a browser to go all the way with."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.pages.conftest import CHROMIUM
from tests.support.portals import MIRROR, Cloud, Portal
from tests.support.tools import missing

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "journey"
SPEED = 40
Device = Callable[..., BrowserContext]
_PATIENCE = 30_000  # milliseconds for what should come soon, on a busy machine


@dataclass(frozen=True, slots=True)
class Site:
    """A running portal and the cloud that it works in."""

    portal: Portal
    cloud: Cloud
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    @contextmanager
    def cloud_away(self) -> Iterator[None]:
        """Nobody answers at the cloud's address for a while."""
        self.run(self.cloud.process.stop())
        try:
            yield
        finally:
            self.run(self.cloud.__aenter__())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both as processes, followed by an event loop that does not disturb Playwright's."""
    folder = tmp_path_factory.mktemp("journey")
    stack = AsyncExitStack()

    async def start() -> tuple[Portal, Cloud]:
        cloud = await stack.enter_async_context(Cloud(folder, SPEED))
        portal = await stack.enter_async_context(Portal(folder, cloud, mirror=MIRROR))
        return portal, cloud

    with loop_of_its_own() as run:
        try:
            portal, cloud = run(start())
            yield Site(portal, cloud, run)
        finally:
            run(stack.aclose())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, ended with its module: while it runs, no asynchronous test can."""
    if not Path(CHROMIUM).exists():
        missing("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def device(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers that know nothing of one another: `device(locale=..., timezone_id=...)`."""
    made: list[BrowserContext] = []

    def make(locale: str = "en-US", timezone_id: str = "America/New_York") -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": 1440, "height": 900}, locale=locale, timezone_id=timezone_id
        )
        context.set_default_timeout(_PATIENCE)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def real_release() -> str:
    """The version that is deployed from the mirror; in CI the mirror must be there."""
    if not MIRROR:
        missing("KFPORTAL_MIRROR names no mirror of release 26.03")
    return "26.03"


@contextmanager
def loop_of_its_own() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(90)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
