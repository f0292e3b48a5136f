"""Pages as a whole: languages, headers, files, errors, the list, the log."""

from datetime import timedelta

import pytest

from app.domain.plan import StepName, plan_for
from app.domain.status import DeploymentState, EventKind, Level, StepState
from app.settings import Settings
from app.store import deployments, events, steps
from app.store.database import Database
from app.store.tables import now
from tests.support import samples
from tests.support.simulator import KIM
from tests.web.portal import Browser, running, text_of


def test_the_first_page_says_what_this_is_and_offers_to_sign_in(browser: Browser) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "Sign in with Google" in text_of(page)
    assert "Google Cloud is simulated" in text_of(page)


def test_whoever_is_signed_in_goes_to_their_deployments(dana: Browser) -> None:
    assert dana.get("/").headers["location"] == "/deployments"


def test_the_language_is_the_browsers_until_one_is_chosen(
    settings: Settings, browser: Browser
) -> None:
    assert '<html lang="en">' in browser.get("/").text
    browser.headers["accept-language"] = "ko-KR,ko;q=0.9,en;q=0.8"
    assert '<html lang="ko">' in browser.get("/").text
    answer = browser.post("/language", data={"language": "en", "return_to": "/"})
    assert answer.headers["location"] == "/"
    assert '<html lang="en">' in browser.get("/").text
    assert browser.post("/language", data={"language": "xx"}).status_code == 422


def test_every_answer_is_guarded_by_headers(browser: Browser) -> None:
    for path in ("/", "/healthz", "/nothing", "/static/css/base.css"):
        headers = browser.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


def test_no_page_has_scripts_or_styles_in_its_text(dana: Browser) -> None:
    place = dana.create().headers["location"]
    for path in ("/deployments", "/deployments/new", place):
        page = dana.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert "<script>" not in page


def test_files_asked_for_by_content_are_kept_for_ever(browser: Browser) -> None:
    path = browser.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    file = browser.get(path)
    assert "immutable" in file.headers["cache-control"]
    assert browser.get(path.partition("?")[0]).headers["cache-control"] == "no-cache"
    again = browser.get(path, headers={"if-none-match": file.headers["etag"]})
    assert again.status_code == 304


def test_health_is_answered_to_everybody(browser: Browser) -> None:
    assert browser.get("/healthz").json() == {"status": "ok"}


def test_an_address_that_is_not_there_has_a_page_too(browser: Browser) -> None:
    page = browser.get("/nothing")
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)


def test_the_list_shows_ones_own_deployments_only(dana: Browser, settings: Settings) -> None:
    assert "Nothing deployed yet" in text_of(dana.get("/deployments"))
    place = dana.create().headers["location"]
    assert "kubeflow-test-1" in text_of(dana.get("/deployments"))
    with Browser(settings.public_url) as kim:
        kim.sign_in(KIM)
        assert "kubeflow-test-1" not in text_of(kim.get("/deployments"))
        for path in (place, f"{place}/log", f"{place}/events"):
            assert kim.get(path).status_code == 404


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_of_a_new_deployment_shows_the_whole_plan(dana: Browser, language: str) -> None:
    place = dana.create().headers["location"]
    dana.headers["accept-language"] = language
    page = dana.get(place)
    assert page.status_code == 200
    for name in plan_for(samples.spec()).names:
        assert f'id="step-{name}"' in page.text
    assert "https://kubeflow-test-1.endpoints.your-project-id.cloud.goog" in page.text


async def test_a_failed_deployment_says_the_cause_first(dana: Browser, store: Database) -> None:
    place = dana.create().headers["location"]
    deployment_id = place.rpartition("/")[2]
    async with store.write() as tx:
        await steps.set_state(
            tx,
            deployment_id,
            StepName.CHECK_PROJECT,
            StepState.FAILED,
            cause="Billing is off <for> project.",
            hint="Turn billing on.",
        )
        await deployments.set_state(tx, deployment_id, DeploymentState.FAILED)
    page = dana.get(place)
    assert "Billing is off <for> project." in text_of(page)
    assert "Turn billing on." in text_of(page)
    assert "<for>" not in page.text


async def test_the_log_can_be_downloaded_as_text(dana: Browser, store: Database) -> None:
    place = dana.create().headers["location"]
    async with store.write() as tx:
        await events.record(
            tx,
            place.rpartition("/")[2],
            "key",
            EventKind.NOTE,
            "%(made)s of %(all)s are 100%% ready.",
            step=StepName.INSTALL_BASE,
            level=Level.WARNING,
            values={"made": 3, "all": 4},
        )
    log = dana.get(f"{place}/log")
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    assert 'filename="kubeflow-test-1.log"' in log.headers["content-disposition"]
    assert log.text.endswith("install-base 3 of 4 are 100% ready.\n")
    assert len(log.text.splitlines()) == 2


def test_a_form_of_no_sensible_size_is_refused(dana: Browser) -> None:
    page = dana.post("/deployments", data={"name": "x" * 70_000})
    assert page.status_code == 413
    assert "Content Too Large" in text_of(page) or "Request Entity Too Large" in text_of(page)


async def test_the_page_holds_whatever_time_has_passed(dana: Browser, store: Database) -> None:
    place = dana.create().headers["location"]
    for seconds in (0, 3, 7, 13, 29, 61, 400, 1800, 9000):
        async with store.write() as tx:
            deployment = await deployments.get(tx, place.rpartition("/")[2])
            deployment.created_at = now() - timedelta(seconds=seconds)
        assert dana.get(place).status_code == 200


def test_over_https_cookies_and_browsers_keep_to_https(settings: Settings) -> None:
    settings.public_url = "https://portal.example"
    with (
        running(settings),
        Browser(f"http://{settings.host}:{settings.port}") as browser,
    ):
        assert "max-age=" in browser.get("/").headers["strict-transport-security"]
        cookie = browser.get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-sign_in=")
    assert "Secure" in cookie
