"""The create form: what it takes, what it gives back."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.domain.status import RunState
from app.settings import Settings
from app.store.database import Database
from app.store.tables import Deployment, Grant, Run, Secret, Session
from tests.support.simulator import SimulatorThread
from tests.web.conftest import free_port
from tests.web.portal import FORM, Browser, Server, hidden_fields, running, text_of

GOOD = "three unrelated purple walruses"


async def test_a_good_form_becomes_a_deployment_and_an_order_to_carry_it_out(
    dana: Browser, store: Database
) -> None:
    answer = dana.create()
    assert answer.status_code == 303
    async with store.read() as session:
        deployment = (await session.scalars(select(Deployment))).one()
        run = (await session.scalars(select(Run))).one()
        secret = (await session.scalars(select(Secret))).one()
    assert answer.headers["location"] == f"/deployments/{deployment.id}"
    assert deployment.spec.oauth_client_id == FORM["oauth_client_id"]
    assert run.state == RunState.REQUESTED
    assert (secret.name, secret.value) == ("oauth_client_secret", FORM["oauth_client_secret"])


def test_the_form_is_filled_in_from_its_address_but_never_with_secrets(dana: Browser) -> None:
    page = dana.get("/deployments/new?name=mine&zone=us-east1-b&nodes=3&password=hunter2").text
    assert 'value="mine"' in page
    assert re.search(r'<option value="us-east1-b"\s+selected>', page)
    assert 'value="3"' in page
    assert "hunter2" not in page


def test_the_form_lists_the_projects_of_the_account(dana: Browser) -> None:
    page = dana.get("/deployments/new").text
    assert '<option value="your-project-id">Your project</option>' in page
    assert "other-team-project" not in page


def test_a_refused_form_keeps_what_was_typed_and_no_secret(dana: Browser) -> None:
    page = dana.create(name="Not_Good", nodes="many", disk_gb="7")
    assert page.status_code == 422
    assert "There is a problem" in text_of(page)
    for typed in ("Not_Good", "many", "7", FORM["oauth_client_id"]):
        assert f'value="{typed}"' in page.text
    assert FORM["oauth_client_secret"] not in page.text
    for field in ("name", "nodes", "disk_gb", "oauth_client_secret"):
        assert f'id="{field}-error"' in page.text


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"project": "X"}, "project", "Enter the project's ID"),
        ({"name": "a" * 25}, "name", "this has 25"),
        ({"zone": "moon-1-a"}, "zone", "no zone “moon-1-a”"),
        ({"version": "0.1"}, "version", "Choose one of the versions"),
        ({"machine_type": "abacus"}, "machine_type", "“abacus” is no machine type"),
        ({"oauth_client_id": "me"}, "oauth_client_id", ".apps.googleusercontent.com"),
        ({"oauth_client_secret": ""}, "oauth_client_secret", "Enter the client's secret."),
        ({"login": "magic"}, "login", "cannot be used"),
        (
            {"login": "password", "username": "dana", "password": GOOD, "password_again": "no"},
            "password_again",
            "The two passwords differ.",
        ),
        (
            {"login": "password", "username": "dana", "password": "password12"},
            "password",
            "could be guessed",
        ),
        ({"project": "other-team-project"}, "project", "Google says about this project"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    dana: Browser, changes: dict[str, str], field: str, message: str
) -> None:
    page = dana.create(**changes)
    assert page.status_code == 422
    assert message in text_of(page)
    assert f'id="{field}-error"' in page.text


def test_a_form_posted_twice_is_one_deployment(dana: Browser, settings: Settings) -> None:
    form = FORM | dana.form() | {"version": "26.03"}

    def post() -> str:
        with Browser(settings.public_url) as browser:
            browser.cookies.update(dana.cookies)
            return str(browser.post("/deployments", data=form).headers["location"])

    with ThreadPoolExecutor(4) as pool:
        posts = [pool.submit(post) for _ in range(4)]
        places = {each.result() for each in posts}
    assert len(places) == 1


def test_a_name_in_use_is_refused_with_the_form_kept(dana: Browser) -> None:
    assert dana.create().status_code == 303
    page = dana.create(nodes="5")
    assert page.status_code == 422
    assert "in use in this project" in text_of(page)
    assert 'value="5"' in page.text


def test_a_refused_form_keeps_its_key(dana: Browser) -> None:
    fields = dana.form()
    page = dana.post("/deployments", data=FORM | fields | {"version": "26.03", "name": "No"})
    assert hidden_fields(page.text)["idempotency_key"] == fields["idempotency_key"]


def test_a_form_from_an_earlier_session_comes_back_filled_in(dana: Browser) -> None:
    page = dana.create(csrf="old", name="kept-as-it-was")
    assert page.status_code == 403
    assert 'value="kept-as-it-was"' in page.text
    assert "earlier session" in text_of(page)


def test_without_a_session_the_sign_in_leads_back_to_the_form(browser: Browser) -> None:
    answer = browser.post("/deployments", data=FORM)
    assert answer.status_code == 303
    assert "name%3Dkubeflow-test-1" in answer.headers["location"]
    assert "GOCSPX" not in answer.headers["location"]


async def test_a_lost_grant_leads_to_a_new_sign_in_and_back(
    dana: Browser, store: Database, server: Server
) -> None:
    fields = dana.form()
    async with store.write() as tx:
        (await tx.scalars(select(Grant))).one().refresh_token = "1//0revoked"
        user_id = (await tx.scalars(select(Session))).one().user_id
    server.portal.projects.forget(user_id)
    answer = dana.post("/deployments", data=FORM | fields | {"version": "26.03"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?return_to=%2Fdeployments%2Fnew%3F")
    assert "prompt=consent" in dana.get(answer.headers["location"]).headers["location"]


async def test_a_cloud_that_is_down_loses_nothing_that_was_typed(
    dana: Browser, store: Database, server: Server, settings: Settings
) -> None:
    fields = dana.form()
    async with store.read() as session:
        user_id = (await session.scalars(select(Session))).one().user_id
    server.portal.projects.forget(user_id)
    unreachable = f"http://127.0.0.1:{free_port()}"
    settings.simulator_url = unreachable
    dana_cookies = dict(dana.cookies)
    settings.port, settings.public_url = (port := free_port()), f"http://127.0.0.1:{port}"
    with running(settings) as (_, url), Browser(url) as browser:
        browser.cookies.update(dana_cookies)
        page = browser.post("/deployments", data=FORM | fields | {"version": "26.03"})
        assert page.status_code == 503
        assert 'value="kubeflow-test-1"' in page.text
        assert "Google could not be asked about the project" in text_of(page)
        empty = browser.get("/deployments/new")
        assert empty.status_code == 200
        assert "Your projects cannot be listed" in text_of(empty)


def test_a_typed_project_is_checked_where_the_list_does_not_hold_it(
    dana: Browser, simulator: SimulatorThread
) -> None:
    page = dana.create(project="no-such-project-1")
    assert page.status_code == 422
    assert 'value="no-such-project-1"' in page.text
