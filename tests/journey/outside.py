"""A portal seen from outside: its pages as a browser gets them, its database as committed."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

from app.domain.status import DeploymentState
from tests.support.portals import Portal
from tests.web.portal import Browser


async def ask_for_a_deployment(portal: Portal, name: str) -> None:
    """Sign in, fill in the form, press the button."""

    def ask() -> None:
        with Browser(portal.url) as browser:
            browser.sign_in()
            assert browser.create(name=name, version="sample").status_code == 303

    await asyncio.to_thread(ask)


async def ask_for_the_deletion(portal: Portal, name: str) -> None:
    """Open the page that asks for the name, type it, press the button."""
    await order(portal, name, "delete", "/delete")


async def order(portal: Portal, name: str, what: str, page: str = "") -> None:
    """Press the button of the deployment's page, or of the `page` below it, that orders `what`."""
    place = f"/deployments/{_id_of(portal, name)}"

    def press() -> None:
        with Browser(portal.url) as browser:
            browser.sign_in()
            token = hidden_token(browser.get(f"{place}{page}").text)
            answer = browser.post(f"{place}/{what}", data={"csrf": token, "name": name})
            assert (answer.status_code, answer.headers["location"]) == (303, place)

    await asyncio.to_thread(press)


async def page_of(portal: Portal, name: str) -> str:
    """The deployment's page as its owner gets it."""
    place = f"/deployments/{_id_of(portal, name)}"

    def look() -> str:
        with Browser(portal.url) as browser:
            browser.sign_in()
            return str(browser.get(place).text)

    return await asyncio.to_thread(look)


def hidden_token(page: str) -> str:
    """The token that every form of a page carries."""
    return page.partition('name="csrf"')[2].partition('value="')[2].partition('"')[0]


async def until_step(portal: Portal, name: str, step: str) -> None:
    """Wait until the step has begun."""
    while ("started", step) not in {(e["kind"], e["step"]) for e in events(portal, name)}:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def until_final(portal: Portal, name: str) -> None:
    while not is_final(portal, name):  # noqa: ASYNC110  (what changes is in another process)
        await asyncio.sleep(0.1)


def is_final(portal: Portal, name: str) -> bool:
    return DeploymentState(state_of(portal, name)).is_final


def state_of(portal: Portal, name: str) -> str:
    question = "SELECT state FROM deployments WHERE name = ?"
    return str(select(portal, question, name)[0]["state"])


def events(portal: Portal, name: str) -> list[dict[str, Any]]:
    return select(
        portal,
        "SELECT events.* FROM events JOIN deployments ON deployments.id = events.deployment_id "
        "WHERE deployments.name = ? ORDER BY seq",
        name,
    )


def select(portal: Portal, question: str, name: str) -> list[dict[str, Any]]:
    """Look into the portal's database from outside, as it is committed at this moment."""
    address = f"file:{portal.database_file}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(question, (name,))]


def _id_of(portal: Portal, name: str) -> str:
    return str(select(portal, "SELECT id FROM deployments WHERE name = ?", name)[0]["id"])
