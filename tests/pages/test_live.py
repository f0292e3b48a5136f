"""What the scripts do: times, the form's previews, and a page that follows its stream."""

import json
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.pages.site import Site
from tests.pages.streams import line, status

pytestmark = pytest.mark.browser


def test_times_follow_the_readers_zone_and_language(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/deploying")
    english = page.locator(".head .record").inner_text()
    assert re.search(
        r"^your kubeflow service url should be ready within 1[01] minutes "
        r"\(by \d{1,2}:\d\d:\d\d [AP]M\): https://kubeflow-test-1\.endpoints\.\S+$",
        english,
    )
    page.goto(f"{pages.url}/ko/deploying")
    assert re.search(
        r"1[01]분 이내.*오[전후] \d{1,2}:\d\d:\d\d", page.locator(".head .record").inner_text()
    )


def test_running_steps_count_on_and_the_others_stand(page: Page, pages: Site) -> None:
    page.clock.install()
    page.goto(f"{pages.url}/en/deploying")
    running = page.locator("#step-install-kubeflow .dur")
    expect(running).to_have_text("7m 6s")
    page.clock.run_for(10_000)
    expect(running).to_have_text("7m 16s")
    expect(page.locator("#step-create-cluster .dur")).to_have_text("6m 18s")


def test_the_form_previews_the_address_while_typing(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    page.get_by_label("Project", exact=True).fill("your-project-id")
    page.get_by_label("Deployment name", exact=True).fill("kubeflow-test-1")
    host = page.locator(".host")
    expect(host).to_contain_text("https://kubeflow-test-1.endpoints.your-project-id.cloud.goog")
    expect(host).to_contain_text("52 of at most 62 characters")
    page.get_by_label("Deployment name", exact=True).fill("kubeflow-test-1-with-a-tail")
    expect(host).to_contain_text("64 characters: 2 too many")


def test_a_logins_fields_are_shown_for_it_only(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/form")
    expect(page.get_by_label("OAuth client ID")).to_be_visible()
    expect(page.get_by_label("Username", exact=True)).to_be_hidden()
    page.get_by_label("A username and a password").check()
    expect(page.get_by_label("OAuth client ID")).to_be_hidden()
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.get_by_role("button", name="Show").first.click()
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "text"


def test_a_refused_form_gets_focus_and_its_links_lead_to_the_fields(
    page: Page, pages: Site
) -> None:
    page.goto(f"{pages.url}/en/form-refused")
    expect(page.locator("#summary")).to_be_focused()
    for name in ("name", "password", "nodes"):
        page.locator(f'#summary a[href="#{name}"]').click()
        expect(page.locator(f"#{name}")).to_be_focused()


def test_without_scripts_everything_can_be_read_and_filled_in(
    context: BrowserContext, pages: Site
) -> None:
    browser = context.browser
    assert browser is not None
    tab = browser.new_page(java_script_enabled=False)
    tab.goto(f"{pages.url}/en/form")
    tab.get_by_label("A username and a password").check()
    tab.get_by_label("Password again", exact=True).fill("x")
    tab.goto(f"{pages.url}/en/deploying")
    expect(tab.locator(".clock")).to_contain_text("UTC")
    expect(tab.get_by_role("button", name="Copy")).to_have_count(0)
    tab.close()


def test_lines_are_appended_as_text_and_never_twice(page: Page, own_pages: Site) -> None:
    own_pages.send("log", line(13, "<b>bold</b> & co"), 13)
    own_pages.send("log", line(13, "again"), 13)
    own_pages.send("log", line(14), 14)
    page.goto(f"{own_pages.url}/en/deploying")
    expect(page.locator("#e14")).to_be_visible()
    assert page.locator("#e13").count() == 1
    expect(page.locator("#e13 .line-text")).to_have_text("<b>bold</b> & co")
    expect(page.locator("#e13 time")).to_have_text("7:47:29 PM")
    expect(page.locator(".log > :last-child")).to_contain_text("your kubeflow service url")


def test_a_cut_stream_goes_on_after_the_last_line(page: Page, own_pages: Site) -> None:
    own_pages.send("log", line(13), 13)
    page.goto(f"{own_pages.url}/en/deploying")
    expect(page.locator("#e13")).to_be_visible()
    own_pages.send("log", line(14), 14)
    own_pages.cut.set()
    expect(page.locator("#e14")).to_be_visible()
    assert [page.locator(f"#e{seq}").count() for seq in range(1, 15)] == [1] * 14
    assert own_pages.resumed_from[0] == "12"


def test_a_lost_connection_is_said_quietly_until_it_is_back(page: Page, own_pages: Site) -> None:
    page.goto(f"{own_pages.url}/en/deploying")
    own_pages.send("log", line(13), 13)
    expect(page.locator("#e13")).to_be_visible()
    page.context.set_offline(True)
    own_pages.cut.set()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Reconnecting…")).to_be_hidden()
    own_pages.send("log", line(14), 14)
    expect(page.locator("#e14")).to_be_visible()


def test_a_status_changes_the_page_in_place(page: Page, own_pages: Site) -> None:
    page.goto(f"{own_pages.url}/en/deploying")
    page.locator("#step-create-cluster summary").click()
    page.evaluate("window.kept = document.querySelector('#step-create-cluster')")
    own_pages.send("status", status("ready"))
    expect(page).to_have_title("Ready · kubeflow-test-1 · Kubeflow Deploy")
    expect(page.get_by_role("link", name="Open Kubeflow")).to_be_visible()
    expect(page.locator("[data-announcer]")).to_have_text("now ready")
    assert page.locator("#step-create-cluster details").get_attribute("open") is not None
    assert page.evaluate("window.kept === document.querySelector('#step-create-cluster')")
    assert "ready.svg" in (page.locator('link[rel="icon"]').get_attribute("href") or "")


def test_the_end_closes_the_stream_for_good(page: Page, own_pages: Site) -> None:
    own_pages.send("status", status("ready"))
    own_pages.send("finished", {"state": "ready"})
    page.goto(f"{own_pages.url}/en/deploying")
    expect(page.get_by_role("link", name="Open Kubeflow")).to_be_visible()
    page.wait_for_function("window.performance.now() > 0")
    own_pages.cut.set()
    page.wait_for_timeout(300)
    assert own_pages.streams == 1


def test_a_log_that_was_scrolled_up_stays_and_counts_what_is_new(
    page: Page, own_pages: Site
) -> None:
    page.goto(f"{own_pages.url}/en/deploying-long")
    log = page.locator("[data-log]")
    log.evaluate("box => { box.scrollTop = 0 }")
    page.wait_for_timeout(50)
    for seq in range(2001, 2101):
        own_pages.send("log", line(seq), seq)
    button = page.get_by_role("button", name="100 new")
    expect(button).to_be_visible()
    assert log.evaluate("box => box.scrollTop") == 0
    button.click()
    expect(page.locator("#e2100")).to_be_in_viewport()
    expect(button).to_be_hidden()


def test_an_address_with_a_line_marks_it(page: Page, pages: Site) -> None:
    page.goto(f"{pages.url}/en/ready#e7")
    expect(page.locator("#e7")).to_be_in_viewport()
    expect(page.locator("#e7")).to_have_class(re.compile("marked"))


def test_at_most_one_announcement_in_twenty_seconds(page: Page, own_pages: Site) -> None:
    page.clock.install()
    page.goto(f"{own_pages.url}/en/deploying")
    page.evaluate(
        """window.said = [];
        const announcer = document.querySelector("[data-announcer]");
        new MutationObserver(() => said.push(announcer.textContent))
          .observe(announcer, { childList: true });"""
    )
    for number in range(5):
        own_pages.send("status", {**status("deploying"), "announce": f"sentence {number}"})
    own_pages.send("log", line(13), 13)
    expect(page.locator("#e13")).to_be_visible()
    page.clock.run_for(19_000)
    said = page.evaluate("said.length")
    page.clock.run_for(2_000)
    assert said <= 1
    assert page.evaluate("said.at(-1)") == "sentence 4"


def test_a_stream_is_json_with_html_of_our_own(pages: Site) -> None:
    assert json.loads(json.dumps(status("deploying")))["html"]["head"].count("record") == 1
