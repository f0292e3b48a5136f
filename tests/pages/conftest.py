"""One browser and one site for all tests of the pages; a fresh context for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.pages import site
from tests.pages.site import Site
from tests.support.tools import missing

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "pages"
CHROMIUM = "/usr/bin/chromium"
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def pages() -> Iterator[Site]:
    """The sample pages, served."""
    with site.running() as served:
        yield served


@pytest.fixture
def own_pages() -> Iterator[Site]:
    """A site of this test's own, with a stream of its own."""
    with site.running() as served:
        yield served


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, ended with this package: while Playwright's own event loop runs,
    no asynchronous test can."""
    if not Path(CHROMIUM).exists():
        missing("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A reader in Seoul with a large window."""
    found = chromium.new_context(
        viewport={"width": 1440, "height": 780}, locale="en-US", timezone_id="Asia/Seoul"
    )
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; whatever a script throws or the content policy forbids fails the test."""
    tab, complaints = context.new_page(), list[str]()
    tab.set_default_timeout(10_000)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield tab
    assert [text for text in complaints if "net::ERR" not in text] == []
