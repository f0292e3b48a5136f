"""The simulator's own page, in a browser: axe finds nothing, and buttons work without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright

from tests.pages.conftest import CHROMIUM
from tests.support.simulator import SimulatorThread, running
from tests.support.tools import missing

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "simulator"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[SimulatorThread]:
    with running(tmp_path / "cloud", faults=("stock-out:asia-east1-a",)) as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("shape", "width", "scheme"),
    [("desktop", 1280, "light"), ("phone", 390, "dark")],
)
def test_faults_are_armed_and_cleared_by_hand(
    cloud: SimulatorThread, chromium: Browser, shape: str, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=True,
    )
    page = context.new_page()
    page.goto(cloud.url)
    expect(page.locator("#stock-out")).to_contain_text("armed")
    page.get_by_role("button", name="Arm Slow network").click()
    expect(page.locator("#latency")).to_contain_text("armed")
    results = Axe().run(page)
    assert results.response["violations"] == [], results.generate_report()
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"page-{shape}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("armed")).to_have_count(0)
    context.close()
