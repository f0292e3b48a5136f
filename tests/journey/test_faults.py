"""What somebody sees of each fault of the simulated cloud, at the form and on the page.

One portal and one cloud serve all of them, 400 times as fast as Google; each fault has a deployment
of its own, and a picture is kept of the page that tells of it.
"""

import re
import time
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
PATIENCE = 60  # seconds for what takes a few where nothing else runs
PASSWORD = "three unrelated purple walruses"
WITH_PASSWORD = {
    "login": "password",
    "username": "dana",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A fault, what is asked for, and what of it must be read on the page, cause and hint."""

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
    Sight("unavailable", ()),
    Sight("connection-reset", ()),
    Sight("latency", ()),
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
    path = begun(dana, sight)
    until(dana, path, "Failed|Waiting for you", *sight.says)
    shoot(device(), dana, sight, path)


@pytest.mark.parametrize("sight", SEEN_FOR_A_WHILE, ids=lambda sight: sight.fault)
def test_it_is_shown_while_it_lasts_and_ends_well(
    site: Site, dana: Browser, device: Device, sight: Sight
) -> None:
    arm(site, sight)
    path = begun(dana, sight)
    until(dana, path, *sight.says)
    shoot(device(), dana, sight, path)
    httpx.delete(f"{site.cloud.url}/_simulator/faults", trust_env=False)
    until(dana, path, "Ready")


@pytest.mark.parametrize("sight", SURVIVED, ids=lambda sight: sight.fault)
def test_it_is_survived(site: Site, dana: Browser, device: Device, sight: Sight) -> None:
    arm(site, sight)
    path = begun(dana, sight)
    until(dana, path, "Ready", *sight.says)
    shoot(device(), dana, sight, path)


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


def until(dana: Browser, path: str, *says: str) -> None:
    """Look at the page again and again until it says all of this."""
    latest = time.monotonic() + PATIENCE
    while not all(re.search(each, text_of(page := dana.get(path))) for each in says):
        if time.monotonic() > latest:
            assert_says(page, says)
        time.sleep(0.2)


def assert_says(page: httpx.Response, says: tuple[str, ...]) -> None:
    text = text_of(page)
    assert [each for each in says if not re.search(each, text)] == [], text


def shoot(context: BrowserContext, dana: Browser, sight: Sight, path: str) -> None:
    """A picture of the page as Dana sees it."""
    keep(opened(context, dana, path), sight)


def opened(context: BrowserContext, dana: Browser, path: str) -> Page:
    url = str(dana.base_url)
    context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in dana.cookies.items()]
    )
    page = context.new_page()
    page.goto(f"{url.rstrip('/')}{path}")
    return page


def keep(page: Page, sight: Sight) -> None:
    name = sight.fault.partition(":")[0]
    page.screenshot(path=ARTEFACTS / f"fault-{name}.png", full_page=True)
