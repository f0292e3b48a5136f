"""From signing in to the dashboard, as somebody at a browser does it, for each login."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journey.conftest import ARTEFACTS, SPEED, Site
from tests.support.simulator import DANA

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(300)]
Device = Callable[..., BrowserContext]
PROJECT = "your-project-id"
PASSWORD = "three unrelated purple walruses"
UNTIL_READY = 200_000  # milliseconds; it takes about 45 s where nothing else runs
LINKS = ("Notebooks", "Training", "Katib", "Pipelines", "KServe")
READY = {"en": "Ready", "ko": "준비됨"}


def test_with_identity_aware_proxy_and_the_real_release(
    site: Site, device: Device, real_release: str
) -> None:
    page = signed_in(site, device(), "iap")
    fill_in(page, "kubeflow-test-1", real_release)
    page.get_by_label("Google accounts, through Identity-Aware Proxy").check()
    page.get_by_label("OAuth client ID").fill("1234-abcd.apps.googleusercontent.com")
    page.get_by_label("OAuth client secret").fill("GOCSPX-of-the-client")
    shoot(page, "iap-2-form")
    create(page)
    assert_promise(page, "kubeflow-test-1", r"\d{1,2}:\d\d:\d\d [AP]M")
    assert_lines_arrive(page)
    until_installing(page)
    shoot(page, "iap-3-deploying")
    page.screenshot(path=ARTEFACTS / "deploying.png")
    other = device()
    assert_same_everywhere(site, page, other, "kubeflow-test-1", "Deploying")
    until_ready(page)
    shoot(page, "iap-4-ready")
    assert_same_everywhere(site, page, other, "kubeflow-test-1", "Ready")
    open_kubeflow(page)
    expect(page.get_by_role("heading", name="Choose an account")).to_be_visible()
    assert_says_simulated(page)
    shoot(page, "iap-5-google")
    choose_account(page)
    assert_dashboard(page, "iap-6-dashboard")


def test_with_a_password(site: Site, device: Device) -> None:
    page = signed_in(site, device(), "password")
    fill_in(page, "journey-password", "sample")
    page.get_by_label("A username and a password").check()
    page.get_by_label("Username", exact=True).fill("dana")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    create(page)
    assert_promise(page, "journey-password", r"\d{1,2}:\d\d:\d\d [AP]M")
    assert_lines_arrive(page)
    until_ready(page)
    assert_same_everywhere(site, page, device(), "journey-password", "Ready")
    open_kubeflow(page)
    expect(page.get_by_role("heading", name="Log in to Your Account")).to_be_visible()
    assert_says_simulated(page)
    shoot(page, "password-5-login")
    log_in(page, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("Invalid")
    log_in(page, PASSWORD)
    assert_dashboard(page, "password-6-dashboard")


def test_without_an_endpoint_in_korean(site: Site, device: Device) -> None:
    seoul = {"locale": "ko-KR", "timezone_id": "Asia/Seoul"}
    page = signed_in(site, device(**seoul), "later", button="Google 계정으로 로그인")
    page.get_by_label("프로젝트").fill(PROJECT)
    page.get_by_label("배포 이름").fill("journey-later")
    page.locator("#version").select_option("sample")
    page.locator("#login-later").check()
    shoot(page, "later-2-form")
    page.locator("form.form .submit button").click()
    page.wait_for_url(re.compile(r"/deployments/[0-9a-f-]{30,}$"))
    record = page.locator(".head .record")
    expect(record).to_contain_text(re.compile(r"(오전|오후) \d{1,2}:\d\d:\d\d"))
    assert_lines_arrive(page)
    assert page.locator("#step-open-endpoint").count() == 0
    shoot(page, "later-3-deploying")
    until_ready(page)
    assert_same_everywhere(site, page, device(**seoul), "journey-later", READY["ko"])
    expect(page.locator(".ready-head")).to_contain_text("kubectl port-forward")
    expect(page.locator(".head .record")).to_contain_text(re.compile("오전|오후"))
    shoot(page, "later-4-ready")


def signed_in(
    site: Site, context: BrowserContext, shots: str = "", button: str = "Sign in with Google"
) -> Page:
    """A tab in which Dana has come through Google's pages, at the empty form."""
    page = context.new_page()
    page.goto(site.portal.url)
    assert_says_simulated(page)
    page.get_by_role("link", name=button).or_(page.get_by_role("button", name=button)).first.click()
    assert_says_simulated(page)
    if shots:
        shoot(page, f"{shots}-1-google")
    choose_account(page)
    expect(page).to_have_url(f"{site.portal.url}/deployments")
    page.goto(f"{site.portal.url}/deployments/new")
    return page


def choose_account(page: Page) -> None:
    """Dana's account, and her consent where Google asks for it."""
    page.get_by_role("button", name=re.compile(re.escape(DANA))).click()
    if "/consent" in page.url:
        assert_says_simulated(page)
        page.get_by_role("button", name="Continue").click()


def fill_in(page: Page, name: str, version: str) -> None:
    """What is the same for every login; the project is one of those that are offered."""
    offered = page.locator("#project-list option").evaluate_all("all => all.map(o => o.value)")
    assert PROJECT in offered
    page.get_by_label("Project").fill(PROJECT)
    page.get_by_label("Deployment name").fill(name)
    page.get_by_label("GKE zone").select_option("asia-east1-a")
    page.get_by_label("Kubeflow version").select_option(version)


def create(page: Page) -> None:
    """Press the button; the deployment's page follows."""
    page.get_by_role("button", name="Create Deployment").click()
    page.wait_for_url(re.compile(r"/deployments/[0-9a-f-]{30,}$"))
    assert_says_simulated(page)
    page.evaluate("window.sameDocument = true")


def assert_promise(page: Page, name: str, clock: str) -> None:
    """The sentence, with time and clock in the reader's own zone; and the whole plan."""
    host = f"https://{name}.endpoints.{PROJECT}.cloud.goog"
    sentence = (
        r"^\s*your kubeflow service url should be ready within .*\d+ (second|minute)s? "
        rf"\(by\s+{clock}\): {re.escape(host)}\s*$"
    )
    expect(page.locator(".head .record")).to_contain_text(re.compile(sentence))
    assert page.locator("ol.plan > li.step").count() > 10


def assert_lines_arrive(page: Page) -> None:
    """More lines than the page came with, in order, without a reload."""
    lines = page.locator("[data-log] li.line")
    came_with = lines.count()
    expect(lines.nth(came_with + 4)).to_be_attached()
    numbers = lines.evaluate_all("all => all.map(line => Number(line.id.slice(1)))")
    assert numbers == list(range(1, len(numbers) + 1))


def until_installing(page: Page) -> None:
    """Half of the way: the cluster is there, and the first parts of Kubeflow are."""
    expect(page.locator("#step-install-kubeflow .more")).to_contain_text(
        "components are ready", timeout=UNTIL_READY
    )


def until_ready(page: Page) -> None:
    """The page itself becomes ready: its document is never replaced."""
    page.evaluate("window.sameDocument = true")
    state = page.locator(".head .state")
    expect(state).to_have_class(re.compile(r"\b(ready|failed|parked)\b"), timeout=UNTIL_READY)
    expect(state).to_have_class(re.compile(r"\bready\b"))
    assert page.evaluate("window.sameDocument === true")
    expect(page.locator("ol.plan > li.step:not(.done)")).to_have_count(0)


def assert_same_everywhere(
    site: Site, page: Page, device: BrowserContext, name: str, state: str
) -> None:
    """A second tab, another device, the list and a reload all tell of the same state."""
    tab = page.context.new_page()
    tab.goto(page.url)
    elsewhere = device.new_page()
    sign_in_at(site, elsewhere)
    elsewhere.goto(page.url)
    for each in (tab, elsewhere):
        expect(each.locator(".head .state")).to_have_text(state)
        assert log_of(each)[:5] == log_of(page)[:5]
    elsewhere.goto(f"{site.portal.url}/deployments")
    row = elsewhere.get_by_role("listitem").filter(
        has=elsewhere.get_by_role("link", name=name, exact=True)
    )
    expect(row).to_contain_text(state)
    if state in READY.values():
        assert log_of(tab) == log_of(page)
    page.reload()
    expect(page.locator(".head .state")).to_have_text(state)
    tab.close()
    elsewhere.close()


def sign_in_at(site: Site, page: Page) -> None:
    """At a device that may have been used before."""
    page.goto(f"{site.portal.url}/deployments")
    if "/accounts/" in page.url:
        choose_account(page)


def log_of(page: Page) -> list[str]:
    """The texts of the log's lines."""
    return page.locator("[data-log] .line-text").all_text_contents()


def open_kubeflow(page: Page) -> None:
    """Follow the link; its host is a loopback name."""
    page.get_by_role("link", name="Open Kubeflow").click()
    page.wait_for_load_state()


def log_in(page: Page, password: str) -> None:
    page.get_by_label("Email Address or username").fill("dana")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Login").click()


def assert_dashboard(page: Page, shot: str) -> None:
    """The central dashboard and each component's own page."""
    expect(page.get_by_role("heading", name="Kubeflow Central Dashboard")).to_be_visible()
    assert re.search(r"//[a-z0-9-]+\.endpoints\.[a-z0-9-]+\.cloud\.goog\.localhost:", page.url)
    expect(page.locator("header .who")).to_contain_text("dana")
    shoot(page, shot)
    navigation = page.get_by_role("navigation", name="Kubeflow")
    for link in LINKS:
        navigation.get_by_role("link", name=link).click()
        expect(page.get_by_role("heading", level=1, name=link)).to_be_visible()
        assert_says_simulated(page)


def assert_says_simulated(page: Page) -> None:
    """Every page says what it is, and how fast its clock runs."""
    expect(page.locator("body")).to_contain_text(re.compile("simulated|시뮬레이션", re.IGNORECASE))
    expect(page.locator("body")).to_contain_text(re.compile(rf"\b{SPEED}( times|배)"))


def shoot(page: Page, name: str) -> None:
    """A picture to look at, kept by CI."""
    page.screenshot(path=ARTEFACTS / f"{name}.png")
