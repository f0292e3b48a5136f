"""The form as it is filled in, in a browser: report, price and lists come without disturbing it."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.site import Site

pytestmark = pytest.mark.browser


def test_report_and_price_come_by_themselves(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    expect(page.locator(".report .verdict")).to_contain_text("1 problem keeps it from working")
    expect(page.locator(".gets [data-part=price] b")).to_contain_text("US$")


def test_what_is_being_typed_is_left_alone(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    expect(page.locator(".report .verdict")).to_be_visible()
    page.locator("#zone").select_option("us-east1-b")
    page.locator("#oauth_client_secret").fill("not to be sent")
    with page.expect_response("**/report/live*") as asked:
        page.locator("#name").fill("mine")
    assert "not%20to%20be%20sent" not in asked.value.url
    assert "not+to+be+sent" not in asked.value.url
    assert page.locator("#name").input_value() == "mine"
    assert page.locator("#zone").input_value() == "us-east1-b"
    assert page.locator("#oauth_client_secret").input_value() == "not to be sent"
    assert page.evaluate("document.activeElement.id") == "name"


def test_what_a_reader_has_unfolded_stays_unfolded(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form-checked")
    page.locator(".report details summary").click()
    with page.expect_response("**/report/live*"):
        page.locator("#name").press_sequentially("-x")
    expect(page.locator(".report details")).to_have_attribute("open", "")


def test_the_check_button_asks_anew_and_leaves_nothing(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    expect(page.locator(".report .verdict")).to_be_visible()
    with page.expect_response("**/report/live*anew=1*"):
        page.locator("[data-check]").click()
    assert page.url.endswith("/en/form")


def test_a_preset_sets_the_sizes_and_says_so(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    page.locator(".size summary").first.click()
    page.locator("[data-preset]").first.click()
    assert page.locator("#machine_type").input_value() == "e2-standard-8"
    expect(page.locator("[data-size]")).to_have_text("e2-standard-8, 1 node, 100 GB each")


def test_components_left_out_are_named_beside_the_heading(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    page.locator("#components summary").click()
    page.locator("#component-katib").uncheck()
    expect(page.locator("[data-components]")).to_have_text("without Katib")


def test_googles_own_client_asks_for_no_client(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    page.locator("#iap_client").select_option("google")
    expect(page.locator("#oauth_client_id")).to_be_hidden()
    expect(page.locator(".googles")).to_be_visible()


def test_on_a_phone_price_and_verdict_stay_in_view(page: Page, pages: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 664})
    page.goto(f"{pages.url}/en/form-checked")
    expect(page.locator(".bar")).to_contain_text("US$")
    expect(page.locator(".bar")).to_be_in_viewport()
    expect(page.locator(".submit button")).to_be_in_viewport()
