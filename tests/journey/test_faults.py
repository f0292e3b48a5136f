"""What somebody sees of each fault of the simulated cloud, at the form and on the page.

One portal and one cloud serve all of them, 400 times as fast as Google; each fault has a deployment
of its own, whose page is open in a browser all the while; a picture is kept of it when it tells of
the fault.
"""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.simulator.fault_names import NAMED
from tests.journey.conftest import ARTEFACTS, Device, Site, loop_of_its_own
from tests.support.portals import Cloud, Portal
from tests.web.portal import Browser, text_of

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(300)]
SPEED = 400
PATIENCE = 60_000  # milliseconds, for what takes a few seconds where nothing else runs
PASSWORD = "three unrelated purple walruses"
WITH_PASSWORD = {
    "login": "password",
    "username": "dana",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A fault, what is asked for, and what must be read of it: cause and hint, as patterns."""

    fault: str
    says: tuple[str, ...]
    form: dict[str, str] = field(default_factory=dict)


SEEN_AT_THE_FORM = (
    Sight("quota-exceeded:CPUS", ("CPUS",), {"project": "ml-sandbox-1234"}),
    Sight("permission-missing", ("container.clusters.create",), {"project": "your-project-id"}),
)
STOPS_THE_WORK = (
    Sight("quota-exceeded-later:1", ("Quota 'IN_USE_ADDRESSES' exceeded", "Ask for more quota")),
    Sight("stock-out", ("does not have enough resources available", "Choose another zone")),
    Sight("stock-out-slow", (r"\[GCE_STOCKOUT\]", "Choose another zone")),
    Sight("operation-fails", ("Internal error", "Try again")),
    Sight("token-revoked", ("Waiting for you to sign in again", "Sign in with Google")),
)
SEEN_FOR_A_WHILE = (
    Sight("operation-never-ends", ("Deploying", "Create the cluster: Google checks", "slower")),
    Sight("certificate-not-visible:500", ("FailedNotVisible",), WITH_PASSWORD),
    Sight("backend-unhealthy:500", ("UNHEALTHY",), WITH_PASSWORD),
)
SURVIVED = (
    Sight(
        "api-slow:400",
        ("has not been used in project",),
        {"project": "small-quota-project", "machine_type": "n1-standard-4", "nodes": "1"},
    ),
    Sight("unavailable", (r"The service is currently unavailable\. \w+ again",)),
    Sight("connection-reset", (r"Google could not be reached \([^)]+\)\. \w+ again",)),
    Sight("latency:300", (r"Create accounts[^·]*, slower than 19 of 20 runs",)),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("faults")
    stack = AsyncExitStack()

    async def start() -> tuple[Portal, Cloud]:
        cloud = await stack.enter_async_context(Cloud(folder, SPEED))
        return await stack.enter_async_context(Portal(folder, cloud)), cloud

    with loop_of_its_own() as run:
        try:
            portal, cloud = run(start())
            yield Site(portal, cloud, run)
        finally:
            run(stack.aclose())


@pytest.fixture
def dana(site: Site) -> Iterator[Browser]:
    """Dana, signed in, in a cloud without faults; she leaves one behind."""
    with Browser(site.portal.url) as browser:
        browser.sign_in()
        yield browser
    httpx.delete(f"{site.cloud.url}/_simulator/faults", trust_env=False)


@pytest.mark.parametrize("sight", SEEN_AT_THE_FORM, ids=lambda sight: sight.fault)
def test_it_is_said_before_anything_is_made(
    site: Site, dana: Browser, device: Device, sight: Sight
) -> None:
    arm(site, sight)
    answer = ask(dana, sight)
    assert answer.status_code == 422
    assert_says(answer, sight.says)
    page = opened(device(), dana, "/deployments/new")
    page.get_by_label("Project").fill(sight.form["project"])
    page.get_by_label("Set the endpoint up later").check()
    page.get_by_role("button", name="Check").click()
    for each in sight.says:
        expect(page.locator("body")).to_contain_text(each)
    keep(page, sight)


@pytest.mark.parametrize("sight", STOPS_THE_WORK, ids=lambda sight: sight.fault)
def test_it_stops_the_work_and_says_why(
    site: Site, dana: Browser, device: Device, sight: Sight
) -> None:
    arm(site, sight)
    page = opened(device(), dana, begun(dana, sight))
    assert_comes_to_say(page, "Failed|Waiting for you", *sight.says, where=".head")
    keep(page, sight)


@pytest.mark.parametrize("sight", SEEN_FOR_A_WHILE, ids=lambda sight: sight.fault)
def test_it_is_shown_while_it_lasts_and_ends_well(
    site: Site, dana: Browser, device: Device, sight: Sight
) -> None:
    arm(site, sight)
    page = opened(device(), dana, begun(dana, sight))
    assert_comes_to_say(page, *sight.says)
    keep(page, sight)
    httpx.delete(f"{site.cloud.url}/_simulator/faults", trust_env=False)
    assert_becomes_ready(page)


@pytest.mark.parametrize("sight", SURVIVED, ids=lambda sight: sight.fault)
def test_it_is_told_of_and_survived(
    site: Site, dana: Browser, device: Device, sight: Sight
) -> None:
    arm(site, sight)
    page = opened(device(), dana, begun(dana, sight))
    assert_comes_to_say(page, *sight.says)
    keep(page, sight)
    assert_becomes_ready(page)


def test_every_fault_is_looked_at() -> None:
    sights = (*SEEN_AT_THE_FORM, *STOPS_THE_WORK, *SEEN_FOR_A_WHILE, *SURVIVED)
    assert {sight.fault.partition(":")[0] for sight in sights} == set(NAMED)


def arm(site: Site, sight: Sight) -> None:
    name, _, arg = sight.fault.partition(":")
    url = f"{site.cloud.url}/_simulator/faults"
    httpx.post(url, json={"name": name, "arg": arg}, trust_env=False).raise_for_status()


def ask(dana: Browser, sight: Sight) -> httpx.Response:
    """Fill in the form for a deployment called after the fault, and send it."""
    name = sight.fault.partition(":")[0][:24].rstrip("-")
    return dana.create(**{"version": "sample", "login": "later", "name": name, **sight.form})


def begun(dana: Browser, sight: Sight) -> str:
    """The deployment's page; while the form says to try again in a moment, that is done."""
    answer = ask(dana, sight)
    while answer.status_code == 503:
        assert_says(answer, ("Try again in a moment",))
        answer = ask(dana, sight)
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["location"])


def assert_says(page: httpx.Response, says: tuple[str, ...]) -> None:
    text = text_of(page)
    assert [each for each in says if not re.search(each, text)] == [], text


def opened(context: BrowserContext, dana: Browser, path: str) -> Page:
    """A page as Dana sees it."""
    url = str(dana.base_url)
    context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in dana.cookies.items()]
    )
    page = context.new_page()
    page.goto(f"{url.rstrip('/')}{path}")
    return page


def assert_comes_to_say(page: Page, *says: str, where: str = "main") -> None:
    """The page says all of this by itself, one after the other, without a reload."""
    for each in says:
        expect(page.locator(where)).to_contain_text(re.compile(each), timeout=PATIENCE)


def assert_becomes_ready(page: Page) -> None:
    state = page.locator(".head .state")
    expect(state).to_have_class(re.compile(r"\b(ready|failed|parked)\b"), timeout=PATIENCE)
    expect(state).to_have_class(re.compile(r"\bready\b"))


def keep(page: Page, sight: Sight) -> None:
    """A picture of the page, at the line of the log that tells of the fault, if one does."""
    page.evaluate(
        """said => {
            const lines = [...document.querySelectorAll(".line.warning, .line.error")];
            const line = lines.find((each) => said.some((one) => each.textContent.match(one)));
            if (line) location.hash = line.id;
            scrollTo(0, 0);
        }""",
        list(sight.says),
    )
    name = sight.fault.partition(":")[0]
    page.screenshot(path=ARTEFACTS / f"fault-{name}.png", full_page=True)
