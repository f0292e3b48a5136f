"""What somebody allows the portal, and taking it back: here, and at Google."""

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from sqlalchemy import select

from app.google import identity
from app.settings import Settings
from app.store.database import Database
from app.store.tables import Grant
from tests.support.meddler import meddling
from tests.support.simulator import SimulatorThread
from tests.web.portal import Browser, running, text_of


async def test_a_permission_that_is_taken_back_opens_nothing_any_more(
    dana: Browser, store: Database, settings: Settings
) -> None:
    before = text_of(dana.get("/permission"))
    assert "See, edit, configure and delete your Google Cloud data" in before
    async with store.read() as session:
        refresh_token = (await session.scalars(select(Grant))).one().refresh_token
    credentials = identity.of_grant(settings, refresh_token)
    credentials.refresh(Request())
    after = text_of(dana.post("/permission", data={"csrf": csrf_of(dana)}))
    assert "the portal has forgotten it, and Google knows" in after
    with pytest.raises(RefreshError, match="expired or revoked"):
        credentials.refresh(Request())
    assert await grants(store) == 0
    assert "keeps no permission of yours" in text_of(dana.get("/permission"))


async def test_signing_in_again_gives_it_again(dana: Browser, store: Database) -> None:
    dana.post("/permission", data={"csrf": csrf_of(dana)})
    dana.sign_in(to="/permission")
    assert await grants(store) == 1


async def test_it_is_forgotten_all_the_same_where_google_cannot_be_told(
    settings: Settings, store: Database, simulator: SimulatorThread
) -> None:
    with meddling(simulator.url) as meddler:
        meddled = settings.model_copy(update={"simulator_url": meddler.url})
        with running(meddled), Browser(settings.public_url) as browser:
            browser.sign_in()
            meddler.refuse("POST .*/revoke", 503, "Down.")
            told = text_of(browser.post("/permission", data={"csrf": csrf_of(browser)}))
    assert "Google was not told: “Google answered 503.”" in told
    assert "myaccount.google.com/permissions" in told
    assert await grants(store) == 0


async def test_a_form_of_another_page_takes_nothing_back(dana: Browser, store: Database) -> None:
    assert dana.post("/permission", data={"csrf": "guessed"}).status_code == 403
    assert await grants(store) == 1


def test_a_grant_that_google_knows_no_more_is_no_trouble(settings: Settings) -> None:
    identity.revoke(settings, "1//0nobody")


def test_an_answer_that_never_comes_is_told(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"simulator_url": "http://127.0.0.1:9"})
    with pytest.raises(identity.NotRevoked, match=r"could not be reached \(ConnectionError\)"):
        identity.revoke(nowhere, "1//0any")


def csrf_of(browser: Browser) -> str:
    return browser.get("/permission").text.partition('name="csrf" value="')[2].partition('"')[0]


async def grants(store: Database) -> int:
    async with store.read() as session:
        return len((await session.scalars(select(Grant))).all())
