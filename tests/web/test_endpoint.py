"""Adding an endpoint by the pages: offered where there is none, ordered once, by the owner only."""

import re
from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy import select

from app.domain.plan import making_for
from app.domain.spec import Login
from app.domain.status import DeploymentState, RunKind, RunState, StepState
from app.store import deployments, events, runs, steps
from app.store.database import Database
from app.store.tables import Deployment, Grant, Run, Session
from tests.journey.outside import hidden_token
from tests.support.simulator import DANA, KIM, SimulatorThread
from tests.web.portal import Browser, Server, text_of

CLIENT = "1234-abcd.apps.googleusercontent.com"
SECRET = "GOCSPX-of-the-client"
IAP = {"login": "iap", "oauth_client_id": CLIENT, "oauth_client_secret": SECRET}
GOOD = "three unrelated purple walruses"
PASSWORD = {"login": "password", "password": GOOD, "password_again": GOOD}


async def ready(
    dana: Browser, store: Database, login: str = "later", name: str = "kubeflow-test-1"
) -> str:
    """The address of a deployment that is ready, as its worker leaves it."""
    place = str(dana.create(login=login, name=name).headers["location"])
    deployment_id = place.rpartition("/")[2]
    async with store.write() as tx:
        run = (await tx.scalars(select(Run).where(Run.deployment_id == deployment_id))).one()
        await runs.end(tx, run.id, RunState.SUCCEEDED)
        for step in await steps.of_deployment(tx, deployment_id):
            await steps.set_state(tx, deployment_id, step.name, StepState.RUNNING)
            await steps.set_state(tx, deployment_id, step.name, StepState.DONE)
        await deployments.set_state(tx, deployment_id, DeploymentState.READY)
    return place


def sent(dana: Browser, place: str, form: Mapping[str, str]) -> httpx.Response:
    """What the form of that deployment answers to this."""
    token = hidden_token(dana.get(f"{place}/endpoint").text)
    return dana.post(f"{place}/endpoint", data={"csrf": token} | dict(form))


async def orders(store: Database) -> list[RunKind]:
    """The runs that wait for a worker."""
    async with store.read() as session:
        found = await runs.unfinished(session)
    return [run.kind for run in found if run.state == RunState.REQUESTED]


async def the_deployment(store: Database) -> Deployment:
    async with store.read() as session:
        return (await session.scalars(select(Deployment))).one()


@pytest.mark.parametrize("form", [IAP, PASSWORD], ids=["iap", "password"])
async def test_a_good_form_orders_the_endpoint_and_leads_to_its_plan(
    dana: Browser, store: Database, form: dict[str, str]
) -> None:
    place = await ready(dana, store)
    assert f'href="{place}/endpoint"' in dana.get(place).text
    answer = sent(dana, place, form)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert await orders(store) == [RunKind.ENDPOINT]
    found = await the_deployment(store)
    assert (found.state, found.spec.login) == (DeploymentState.QUEUED, form["login"])
    assert found.spec.endpoint_added
    async with store.read() as session:
        states = await steps.states(session, found.id)
        told = [event.text for event in await events.after(session, found.id, 0)]
        name = "password" if form is PASSWORD else "oauth_client_secret"
        kept = await steps.secret(session, found.id, name)
    waiting = {name for name, state in states.items() if state == StepState.WAITING}
    assert waiting == set(making_for(found.spec).names)
    assert kept == form[name]
    assert kept not in f"{found.spec_json} {told}"
    page = dana.get(place)
    assert f"https://{found.spec.names.host}" in text_of(page)
    assert f'href="{place}/endpoint"' not in page.text
    assert set(re.findall(r'id="step-([a-z-]+)"', page.text)) == waiting


async def test_with_a_password_one_signs_in_as_kubeflow_knows_one(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    assert f'value="{DANA}"' in dana.get(f"{place}/endpoint").text
    sent(dana, place, PASSWORD | {"username": "another"})
    assert (await the_deployment(store)).spec.username == DANA


async def test_the_form_is_filled_in_from_its_address_but_never_with_secrets(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    page = dana.get(f"{place}/endpoint?oauth_client_id=mine&password=hunter2").text
    assert 'value="mine"' in page
    assert "clientIds/<span data-redirect-client>mine</span>:handleRedirect" in page
    assert "hunter2" not in page


@pytest.mark.parametrize(
    ("form", "field", "message"),
    [
        ({"login": "later"}, "login", "Choose how people will sign in."),
        (IAP | {"oauth_client_id": "me"}, "oauth_client_id", ".apps.googleusercontent.com"),
        (IAP | {"oauth_client_secret": ""}, "oauth_client_secret", "Enter the client's secret."),
        (
            PASSWORD | {"password": "password12", "oauth_client_id": "kept"},
            "password",
            "could be guessed",
        ),
        (PASSWORD | {"password_again": "no"}, "password_again", "The two passwords differ."),
    ],
)
async def test_a_refused_form_keeps_what_was_typed_and_no_secret(
    dana: Browser, store: Database, form: dict[str, str], field: str, message: str
) -> None:
    place = await ready(dana, store)
    page = sent(dana, place, form)
    assert page.status_code == 422
    assert message in text_of(page)
    assert f'id="{field}-error"' in page.text
    assert f'value="{form.get("oauth_client_id", "")}"' in page.text
    assert not {SECRET, GOOD} & set(page.text.split('"'))
    assert await orders(store) == []


async def test_what_would_not_work_is_said_before_anything_is_changed(
    dana: Browser, store: Database, simulator: SimulatorThread
) -> None:
    """What an endpoint needs over and above the rest; that the cluster is there is no obstacle."""
    place = await ready(dana, store)
    faults = f"{simulator.url}/_simulator/faults"
    lacking = {"name": "permission-missing", "arg": "servicemanagement.services.create"}
    dana.post(faults, json=lacking)
    try:
        page = sent(dana, place, IAP)
    finally:
        dana.delete(faults)
    assert page.status_code == 422
    assert "Nothing was started, for it would not work" in text_of(page)
    assert "Missing: servicemanagement.services.create." in text_of(page)
    assert "Type this again" in text_of(page)
    assert await orders(store) == []
    assert (await the_deployment(store)).spec.login == Login.LATER


async def test_the_endpoint_is_ordered_once_however_often_the_form_is_sent(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    token = hidden_token(dana.get(f"{place}/endpoint").text)
    for form in (PASSWORD, PASSWORD, IAP):
        answer = dana.post(f"{place}/endpoint", data={"csrf": token} | form)
        assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert await orders(store) == [RunKind.ENDPOINT]
    assert (await the_deployment(store)).spec.login == Login.PASSWORD


async def test_nothing_is_added_to_what_has_an_endpoint_or_is_not_ready(
    dana: Browser, store: Database
) -> None:
    token = hidden_token(dana.get("/deployments").text)
    answer = dana.create(login="later", name="not-ready")
    places = [str(answer.headers["location"]), await ready(dana, store, "iap", "has-one")]
    for place in places:
        assert dana.get(f"{place}/endpoint").headers["location"] == place
        answer = dana.post(f"{place}/endpoint", data={"csrf": token} | IAP)
        assert (answer.status_code, answer.headers["location"]) == (303, place)
        assert f'href="{place}/endpoint"' not in dana.get(place).text
    assert RunKind.ENDPOINT not in await orders(store)


async def test_a_form_from_an_earlier_session_comes_back_filled_in(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    page = dana.post(f"{place}/endpoint", data=IAP | {"csrf": "guessed"})
    assert page.status_code == 403
    assert f'value="{CLIENT}"' in page.text
    assert SECRET not in page.text
    assert await orders(store) == []


async def test_nobody_adds_to_anothers_deployment(dana: Browser, store: Database) -> None:
    place = await ready(dana, store)
    with Browser(str(dana.base_url)) as kim:
        kim.sign_in(KIM)
        token = hidden_token(kim.get("/deployments").text)
        assert kim.get(f"{place}/endpoint").status_code == 404
        assert kim.post(f"{place}/endpoint", data=IAP | {"csrf": token}).status_code == 404
    assert await orders(store) == []


async def test_without_a_session_or_a_grant_the_sign_in_leads_back_to_the_form(
    dana: Browser, store: Database, server: Server
) -> None:
    place = await ready(dana, store)
    token = hidden_token(dana.get(f"{place}/endpoint").text)
    async with store.write() as tx:
        (await tx.scalars(select(Grant))).one().refresh_token = "1//0revoked"
        user_id = (await tx.scalars(select(Session))).one().user_id
    server.portal.projects.forget(user_id)
    lost = dana.post(f"{place}/endpoint", data=IAP | {"csrf": token})
    with Browser(str(dana.base_url)) as nobody:
        unknown = nobody.post(f"{place}/endpoint", data=IAP)
    for answer in (lost, unknown):
        where = answer.headers["location"]
        assert answer.status_code == 303
        assert f"oauth_client_id%3D{CLIENT}" in where
        assert "GOCSPX" not in where
    assert await orders(store) == []
