"""How the pages look and whom they serve: axe, widths, folds, and screenshots to look at."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.pages.conftest import ARTEFACTS
from tests.pages.site import PAGES, Site

pytestmark = pytest.mark.browser
NAMES = [name for name in PAGES if name != "deploying-long"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ko", "dark")])
def test_axe_finds_nothing(chromium: Browser, pages: Site, scheme: str, language: str) -> None:
    tab = chromium.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    found = {}
    for name in NAMES:
        tab.goto(f"{pages.url}/{language}/{name}")
        found[name] = [
            f"{violation['id']}: {node['html']}"
            for violation in Axe().run(tab, options=RULES).response["violations"]
            for node in violation["nodes"]
        ]
    tab.close()
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_page_scrolls_sideways(chromium: Browser, pages: Site, language: str) -> None:
    tab = chromium.new_page()
    wide = []
    for name in NAMES:
        tab.goto(f"{pages.url}/{language}/{name}")
        for width in (320, 375, 768, 1440):
            tab.set_viewport_size({"width": width, "height": 800})
            if tab.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((name, width))
    tab.close()
    assert wide == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_whole_plan_is_in_view_on_a_laptop(page: Page, pages: Site, language: str) -> None:
    page.goto(f"{pages.url}/{language}/deploying")
    assert page.locator(".step").count() == 13
    assert page.locator(".step").last.bounding_box()["y"] < 780 - 24  # type: ignore[index]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_form_ends_above_the_fold_on_a_laptop(page: Page, pages: Site, language: str) -> None:
    page.goto(f"{pages.url}/{language}/form")
    box = page.locator(".submit button").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 780


@pytest.mark.parametrize("language", ["en", "ko"])
def test_when_and_now_are_in_view_on_a_phone(page: Page, pages: Site, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 664})
    page.goto(f"{pages.url}/{language}/deploying")
    box = page.locator(".track").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 664


def test_cause_hint_and_button_of_a_failure_are_in_view(page: Page, pages: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 664})
    page.goto(f"{pages.url}/en/failed")
    box = page.locator(".failed-head .actions .button").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 664


def test_the_clock_is_the_largest_thing_on_the_page(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/deploying")
    sizes = page.evaluate(
        """[...document.querySelectorAll("main *")].map((element) => [
            parseFloat(getComputedStyle(element).fontSize),
            element.closest(".clock b") !== null,
        ])"""
    )
    assert max(sizes)[1]


def test_a_printed_page_holds_all_steps_and_the_log(page: Page, pages: Site) -> None:
    page.emulate_media(media="print")
    page.goto(f"{pages.url}/en/ready")
    page.set_viewport_size({"width": 794, "height": 1123})
    assert page.locator(".step .name").last.is_visible()
    assert page.locator(".line").last.is_visible()


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1440, "light"), ("ko", 1440, "dark"), ("ko", 375, "light"), ("en", 375, "dark")],
)
def test_screenshots_to_look_at(
    chromium: Browser, pages: Site, scheme: str, language: str, width: int
) -> None:
    size = {"width": width, "height": 780 if width > 1000 else 812}
    tab = chromium.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    for name in NAMES:
        tab.goto(f"{pages.url}/{language}/{name}")
        path = ARTEFACTS / f"{name}-{language}-{width}-{scheme}.png"
        tab.screenshot(path=path)
        assert path.stat().st_size > 0
    tab.close()
