"""A stopped deployment goes on: by its button, or because its owner has signed in again."""

from sqlalchemy import select

from app.domain.plan import StepName
from app.domain.status import DeploymentState, RunKind, RunState, StepState
from app.store import deployments, runs, steps, users
from app.store.database import Database
from app.store.tables import Deployment, Event, Run, User
from tests.support.simulator import KIM
from tests.web.portal import Browser, text_of


async def stopped(dana: Browser, store: Database, state: DeploymentState) -> str:
    """The address of a deployment whose first run has ended so."""
    place = dana.create().headers["location"]
    deployment_id = place.rpartition("/")[2]
    async with store.write() as tx:
        run = (await tx.scalars(select(Run))).one()
        await runs.end(tx, run.id, RunState.FAILED)
        await steps.set_state(tx, deployment_id, StepName.CHECK_PROJECT, StepState.FAILED)
        await deployments.set_state(tx, deployment_id, state)
    return str(place)


async def orders(store: Database) -> list[RunKind]:
    """The runs that wait for a worker."""
    async with store.read() as session:
        found = await runs.unfinished(session)
    return [run.kind for run in found if run.state == RunState.REQUESTED]


async def state_and_last_words(store: Database) -> tuple[DeploymentState, str]:
    async with store.read() as session:
        deployment = (await session.scalars(select(Deployment))).one()
        last = await session.scalar(select(Event.text).where(Event.seq == deployment.last_seq))
    return deployment.state, str(last)


def token(page: str) -> str:
    """The hidden token of the page's retry form."""
    return page.partition('id="retry"')[2].partition('value="')[2].partition('"')[0]


async def test_a_failed_deployment_is_tried_again_by_its_button(
    dana: Browser, store: Database
) -> None:
    place = await stopped(dana, store, DeploymentState.FAILED)
    page = dana.get(place)
    assert "Try again" in text_of(page)
    answer = dana.post(f"{place}/retry", data={"csrf": token(page.text)})
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert await orders(store) == [RunKind.RETRY]
    assert await state_and_last_words(store) == (
        DeploymentState.QUEUED,
        "Another try was asked for.",
    )
    page = dana.get(place)
    assert page.status_code == 200
    assert "Another try was asked for." in text_of(page)


async def test_asking_twice_is_one_more_try(dana: Browser, store: Database) -> None:
    place = await stopped(dana, store, DeploymentState.FAILED)
    csrf = token(dana.get(place).text)
    for _ in range(2):
        assert dana.post(f"{place}/retry", data={"csrf": csrf}).status_code == 303
    assert await orders(store) == [RunKind.RETRY]


async def test_what_is_ready_is_not_tried_again(dana: Browser, store: Database) -> None:
    place = await stopped(dana, store, DeploymentState.READY)
    dana.post(f"{place}/retry", data={"csrf": token(dana.get(place).text)})
    assert await orders(store) == []


async def test_a_try_without_the_pages_token_is_refused(dana: Browser, store: Database) -> None:
    place = await stopped(dana, store, DeploymentState.FAILED)
    assert dana.post(f"{place}/retry", data={"csrf": "guessed"}).status_code == 403
    assert await orders(store) == []


async def test_nobody_tries_anothers_deployment(dana: Browser, store: Database) -> None:
    place = await stopped(dana, store, DeploymentState.FAILED)
    with Browser(str(dana.base_url)) as kim:
        kim.sign_in(KIM)
        csrf = kim.get("/deployments/new").text.partition('name="csrf" value="')[2].partition('"')
        assert kim.post(f"{place}/retry", data={"csrf": csrf[0]}).status_code == 404
    assert await orders(store) == []


async def test_signing_in_again_resumes_what_waited_for_it(dana: Browser, store: Database) -> None:
    place = await stopped(dana, store, DeploymentState.PARKED)
    assert "consent=1" in dana.get(place).text
    async with store.write() as tx:
        await users.drop_grant(tx, (await tx.scalars(select(User))).one().id)
    dana.sign_in(to=place)
    assert await orders(store) == [RunKind.RETRY]
    assert await state_and_last_words(store) == (
        DeploymentState.QUEUED,
        "You signed in again: the work goes on.",
    )


async def test_signing_in_leaves_what_has_failed_alone(dana: Browser, store: Database) -> None:
    await stopped(dana, store, DeploymentState.FAILED)
    async with store.write() as tx:
        await users.drop_grant(tx, (await tx.scalars(select(User))).one().id)
    dana.sign_in()
    assert await orders(store) == []


async def test_a_new_run_waits_until_the_one_before_has_ended(
    dana: Browser, store: Database
) -> None:
    dana.create()
    async with store.write() as tx:
        first = (await tx.scalars(select(Run))).one()
        await runs.begin(tx, first.id)
        await deployments.set_state(tx, first.deployment_id, DeploymentState.PARKED)
        assert await deployments.try_again(tx, first.deployment_id, "Another try was asked for.")
    async with store.write() as tx:
        assert await runs.claim(tx, "portal-1", 10) == []
        await runs.end(tx, first.id, RunState.FAILED)
        assert len(await runs.claim(tx, "portal-1", 10)) == 1
