"""Pages without a mouse, and read aloud: where focus goes, and what is said of it."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.site import Site
from tests.pages.streams import line, status

pytestmark = pytest.mark.browser
ALONG_THE_FORM = [
    "project",
    "name",
    "login-iap",
    "iap_client",
    "oauth_client_id",
    "oauth_client_secret",
    "zone",
    "version",
]


def test_the_first_key_leads_past_the_navigation(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/list")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="New deployment").last).to_be_focused()


def test_the_form_is_gone_through_from_top_to_bottom(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    page.locator("#project").focus()
    passed = []
    while page.evaluate("!document.activeElement.matches('.submit button')"):
        passed.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
        assert len(passed) < 40, "the button is never reached"
    assert [each for each in passed if each in ALONG_THE_FORM] == ALONG_THE_FORM


def test_what_has_focus_keeps_it_while_the_page_changes(page: Page, own_pages: Site) -> None:
    page.goto(f"{own_pages.url}/en/deploying")
    row = page.locator("#step-create-cluster summary")
    row.focus()
    own_pages.send("status", status("ready"))
    expect(page.get_by_role("link", name="Open Kubeflow")).to_be_visible()
    expect(row).to_be_focused()


def test_focus_goes_on_beside_a_button_that_went_away(page: Page, own_pages: Site) -> None:
    page.goto(f"{own_pages.url}/en/deploying")
    page.get_by_role("button", name="Cancel").focus()
    own_pages.send("status", status("failed"))
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('[data-fragment=head]') !== null")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.failed-head') !== null")


def test_lines_of_the_log_and_seconds_are_not_read_out(page: Page, own_pages: Site) -> None:
    page.goto(f"{own_pages.url}/en/deploying")
    own_pages.send("log", line(13), 13)
    expect(page.locator("#e13")).to_be_visible()
    spoken = '[role="status"], [role="alert"], [aria-live="polite"], [aria-live="assertive"]'
    for region in page.locator(spoken).all():
        assert region.inner_text() == ""
    assert page.locator(f":is({spoken}) time, :is({spoken}) .num").count() == 0


def test_a_verdict_is_not_said_again_while_somebody_types(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    told = page.locator("[data-told]")
    expect(told).to_contain_text("1 problem keeps it from working")
    page.evaluate(
        """window.said = 0;
        new MutationObserver(() => said++)
          .observe(document.querySelector("[data-told]"), { childList: true });"""
    )
    for letters in ("-a", "-b"):
        with page.expect_response("**/report/live*"):
            page.locator("#name").press_sequentially(letters)
    expect(page.locator(".report")).not_to_have_class("busy")
    assert page.evaluate("said") == 0


def test_it_is_said_that_something_was_copied(page: Page, pages: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{pages.url}/en/credentials-shown")
    page.get_by_role("button", name="Copy: Object store").click()
    expect(page.locator("[data-copying]")).to_have_text("Copied")
    shown = page.locator("dd code").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == shown
