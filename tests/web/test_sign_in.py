"""To Google and back."""

import httpx
import pytest
from sqlalchemy import func, select

from app.settings import Settings
from app.store import users
from app.store.database import Database
from app.store.tables import Grant, Session, SignIn, User
from tests.support.simulator import DANA, SimulatorThread
from tests.web.conftest import free_port
from tests.web.portal import Browser, running, text_of


def test_signing_in_leads_back_to_the_page_that_was_wanted(browser: Browser) -> None:
    answer = browser.get("/deployments/new?name=mine")
    assert answer.status_code == 303
    page = browser.sign_in(to="/deployments/new?name=mine")
    assert page.headers["location"] == "/deployments/new?name=mine"
    assert 'value="mine"' in browser.get("/deployments/new?name=mine").text
    assert DANA in browser.get("/deployments").text


async def test_only_the_refresh_token_is_kept_and_it_is_kept_encrypted(
    dana: Browser, store: Database, settings: Settings
) -> None:
    async with store.read() as session:
        grant = (await session.scalars(select(Grant))).one()
    assert grant.refresh_token.startswith("1//0")
    assert "cloud-platform" in grant.scopes
    kept = b"".join(p.read_bytes() for p in settings.data_dir.glob("portal.db*"))
    assert grant.refresh_token.encode() not in kept
    assert b"ya29." not in kept


async def test_a_second_sign_in_is_the_same_user_and_asks_for_no_consent(
    dana: Browser, store: Database
) -> None:
    dana.cookies.clear()
    answer = dana.get("/sign-in")
    assert "prompt=" not in answer.headers["location"]
    dana.sign_in()
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1
        assert await session.scalar(select(func.count()).select_from(Session)) == 2


async def test_consent_is_asked_for_again_when_the_grant_is_lost(
    dana: Browser, store: Database
) -> None:
    async with store.write() as tx:
        user = (await tx.scalars(select(User))).one()
        await users.drop_grant(tx, user.id)
    answer = dana.get("/sign-in")
    assert "prompt=consent" in answer.headers["location"]


async def test_google_is_asked_once_more_when_it_gives_no_lasting_permission(
    dana: Browser, store: Database
) -> None:
    async with store.write() as tx:
        user = (await tx.scalars(select(User))).one()
        await users.drop_grant(tx, user.id)
    dana.cookies.clear()
    answer = dana.sign_in(to="/deployments")
    assert answer.headers["location"] == "/deployments"
    async with store.read() as session:
        assert await users.grant_of(session, user.id) is not None


def test_an_unticked_scope_is_named_with_what_to_do(browser: Browser) -> None:
    page = browser.sign_in("sam@example.com", tick=False)
    assert page.status_code == 403
    assert "You did not allow the portal to work with Google Cloud." in text_of(page)
    assert "tick" in text_of(page)
    assert browser.get("/deployments").status_code == 303
    assert 'href="/sign-in?return_to=%2F&amp;consent=1"' in page.text


def test_saying_no_is_answered_calmly(browser: Browser) -> None:
    page = browser.sign_in("kim@example.com", decision="cancel", to="/deployments/new")
    assert page.status_code == 400
    assert "You did not allow the portal to sign you in." in text_of(page)
    assert "/sign-in?return_to=%2Fdeployments%2Fnew" in page.text


def test_a_sign_in_begun_in_another_browser_is_refused(
    browser: Browser, settings: Settings
) -> None:
    with Browser(settings.public_url) as other:
        begun = other.get("/sign-in").headers["location"]
    state = httpx.URL(begun).params["state"]
    page = browser.get("/auth/callback", params={"state": state, "code": "4/0A"})
    assert page.status_code == 400
    assert "another browser" in text_of(page)


@pytest.mark.parametrize("state", ["", "invented"])
def test_an_unknown_state_is_refused(browser: Browser, state: str) -> None:
    page = browser.get("/auth/callback", params={"state": state, "code": "4/0A"})
    assert page.status_code == 400
    assert "never begun" in text_of(page)


async def test_a_sign_in_works_once(browser: Browser, store: Database) -> None:
    begun = browser.get("/sign-in").headers["location"]
    state = httpx.URL(begun).params["state"]
    first = browser.get("/auth/callback", params={"state": state, "code": "4/0Awrong"})
    assert "Google did not accept this sign-in." in text_of(first)
    again = browser.get("/auth/callback", params={"state": state, "code": "4/0Awrong"})
    assert "never begun" in text_of(again)
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_a_cloud_that_is_down_is_told_with_what_to_do(settings: Settings) -> None:
    settings.simulator_url = f"http://127.0.0.1:{free_port()}"
    with running(settings) as (_, url), Browser(url) as browser:
        page = browser.get("/sign-in?return_to=/deployments/new")
        assert page.status_code == 502
        assert "Google cannot be reached at the moment." in text_of(page)
        assert "/sign-in?return_to=%2Fdeployments%2Fnew" in page.text


def test_nobody_is_sent_to_another_site_after_signing_in(browser: Browser) -> None:
    assert browser.sign_in(to="//evil.example/").headers["location"] == "/deployments"


def test_signing_out_ends_the_session(dana: Browser) -> None:
    assert dana.post("/sign-out", data={"csrf": "wrong"}).status_code == 403
    old = dict(dana.cookies)
    answer = dana.post("/sign-out", data={"csrf": dana.form()["csrf"]})
    assert answer.headers["location"] == "/"
    dana.cookies.update(old)
    assert dana.get("/deployments").status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts(
    browser: Browser, simulator: SimulatorThread
) -> None:
    begun = browser.get("/sign-in")
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
