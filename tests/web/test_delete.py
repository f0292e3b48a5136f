"""Deleting and cancelling by the pages: asked twice, ordered once, and only by the owner."""

import httpx
import pytest
from sqlalchemy import select

from app.domain.plan import StepName, teardown_for
from app.domain.resources import STAYS
from app.domain.status import DeploymentState, RunKind, RunState
from app.steps.names import NAME
from app.steps.project import APIS
from app.store import deployments, runs, steps
from app.store.database import Database
from app.store.tables import Deployment, Event, Run
from tests.journey.outside import hidden_token
from tests.support import samples
from tests.support.simulator import KIM
from tests.web.portal import Browser, text_of


async def ready(dana: Browser, store: Database) -> str:
    """The address of a deployment that is ready, with something made."""
    place = str(dana.create().headers["location"])
    deployment_id = place.rpartition("/")[2]
    async with store.write() as tx:
        run = (await tx.scalars(select(Run))).one()
        await runs.end(tx, run.id, RunState.SUCCEEDED)
        await deployments.set_state(tx, deployment_id, DeploymentState.READY)
        await steps.add_resource(tx, deployment_id, "cluster", "kubeflow-test-1")
        await steps.add_resource(tx, deployment_id, NAME, "kubeflow-test-1.example.com")
    return place


async def orders(store: Database) -> list[RunKind]:
    """The runs that wait for a worker."""
    async with store.read() as session:
        found = await runs.unfinished(session)
    return [run.kind for run in found if run.state == RunState.REQUESTED]


async def state_of(store: Database) -> DeploymentState:
    async with store.read() as session:
        return (await session.scalars(select(Deployment.state))).one()


async def test_the_page_says_what_goes_and_what_stays(dana: Browser, store: Database) -> None:
    place = await ready(dana, store)
    assert f'href="{place}/delete"' in dana.get(place).text
    goes, _, stays = text_of(dana.get(f"{place}/delete")).partition("Will be kept")
    assert "cluster kubeflow-test-1" in goes
    assert "kubeflow-test-1.example.com Google keeps a deleted name for 30 days" in stays


async def test_the_right_name_orders_the_deletion_and_leads_to_its_page(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    answer = typed(dana, place, "kubeflow-test-1")
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert await orders(store) == [RunKind.TEARDOWN]
    assert await state_of(store) == DeploymentState.DELETING
    page = dana.get(place)
    for name in teardown_for(samples.spec()).names:
        assert f'id="step-{name}"' in page.text
    assert f'id="step-{StepName.CREATE_CLUSTER}"' not in page.text
    assert "should be gone by" in text_of(page)


@pytest.mark.parametrize("name", ["", "kubeflow", "KUBEFLOW-TEST-1"])
async def test_another_name_is_refused_at_its_field(
    dana: Browser, store: Database, name: str
) -> None:
    place = await ready(dana, store)
    answer = typed(dana, place, name)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert f'value="{name}"' in answer.text
    assert await orders(store) == []
    assert await state_of(store) == DeploymentState.READY


async def test_the_deletion_is_ordered_once_however_often_it_is_sent(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    token = hidden_token(dana.get(f"{place}/delete").text)
    for _ in range(2):
        answer = dana.post(f"{place}/delete", data={"csrf": token, "name": "kubeflow-test-1"})
        assert answer.status_code == 303
    assert await orders(store) == [RunKind.TEARDOWN]
    assert dana.get(f"{place}/delete").headers["location"] == place


async def test_a_deletion_without_the_sessions_token_is_refused(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    answer = dana.post(f"{place}/delete", data={"csrf": "guessed", "name": "kubeflow-test-1"})
    assert answer.status_code == 403
    assert await orders(store) == []


async def test_nobody_deletes_or_cancels_anothers_deployment(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    with Browser(str(dana.base_url)) as kim:
        kim.sign_in(KIM)
        token = hidden_token(kim.get("/deployments").text)
        assert kim.get(f"{place}/delete").status_code == 404
        for order in ("delete", "cancel"):
            data = {"csrf": token, "name": "kubeflow-test-1"}
            assert kim.post(f"{place}/{order}", data=data).status_code == 404
    assert await orders(store) == []


async def test_a_deletion_before_the_first_run_has_begun_withdraws_it(
    dana: Browser, store: Database
) -> None:
    place = str(dana.create().headers["location"])
    assert typed(dana, place, "kubeflow-test-1").status_code == 303
    assert await orders(store) == [RunKind.TEARDOWN]


async def test_cancelling_keeps_what_was_made_and_offers_both_ways_on(
    dana: Browser, store: Database
) -> None:
    place = str(dana.create().headers["location"])
    token = hidden_token(dana.get(place).text)
    answer = dana.post(f"{place}/cancel", data={"csrf": token})
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert await state_of(store) == DeploymentState.CANCELLED
    assert await orders(store) == []
    page = dana.get(place)
    assert "Go on making it" in text_of(page)
    assert f'href="{place}/delete"' in page.text
    assert dana.post(f"{place}/retry", data={"csrf": token}).status_code == 303
    assert await orders(store) == [RunKind.RETRY]


async def test_a_run_under_way_is_told_to_stop(dana: Browser, store: Database) -> None:
    place = str(dana.create().headers["location"])
    async with store.write() as tx:
        await runs.claim(tx, "portal-1", 1)
    token = hidden_token(dana.get(place).text)
    for _ in range(2):
        dana.post(f"{place}/cancel", data={"csrf": token})
    assert await state_of(store) == DeploymentState.CANCELLING
    async with store.read() as session:
        assert [run.state for run in await runs.unfinished(session)] == [RunState.STOPPING]
        told = list(await session.scalars(select(Event.text)))
    assert told.count("You cancelled the work: it is being stopped.") == 1


async def test_a_teardown_that_failed_goes_on_as_one(dana: Browser, store: Database) -> None:
    place = await ready(dana, store)
    typed(dana, place, "kubeflow-test-1")
    deployment_id = place.rpartition("/")[2]
    async with store.write() as tx:
        (run_id,) = await runs.claim(tx, "portal-1", 1)
        await runs.end(tx, run_id, RunState.FAILED)
        await deployments.set_state(tx, deployment_id, DeploymentState.FAILED)
    page = dana.get(place)
    assert "What is not removed yet still exists" in text_of(page)
    dana.post(f"{place}/retry", data={"csrf": hidden_token(page.text)})
    assert await orders(store) == [RunKind.TEARDOWN]
    assert await state_of(store) == DeploymentState.DELETING


async def test_the_list_keeps_what_is_going_and_sets_apart_what_is_gone(
    dana: Browser, store: Database
) -> None:
    place = await ready(dana, store)
    typed(dana, place, "kubeflow-test-1")
    assert f'<a href="{place}">' in dana.get("/deployments").text.partition("card gone")[0]
    deployment_id = place.rpartition("/")[2]
    async with store.write() as tx:
        await steps.remove_resource(tx, deployment_id, "cluster", "kubeflow-test-1")
        await steps.remove_resource(
            tx, deployment_id, NAME, "kubeflow-test-1.example.com", "for 30 days"
        )
        await deployments.set_state(tx, deployment_id, DeploymentState.DELETED)
    there, _, gone = dana.get("/deployments").text.partition("card gone")
    assert f'<a href="{place}">' not in there
    assert f'<a href="{place}">' in gone
    receipt = text_of(dana.get(place))
    assert "Kept 1" in receipt
    assert "for 30 days" in receipt
    assert "Gone 1" in receipt


def test_what_the_pages_promise_to_keep_are_kinds_that_steps_write_down() -> None:
    assert set(STAYS) == {NAME, APIS}


def typed(dana: Browser, place: str, name: str) -> httpx.Response:
    """What the deletion's form answers to this name."""
    token = hidden_token(dana.get(f"{place}/delete").text)
    return dana.post(f"{place}/delete", data={"csrf": token, "name": name})
