"""What was made is taken away again, killed or not: the cloud is as it was, and the page agrees."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.plan import teardown_for
from tests.journey.outside import (
    ask_for_a_deployment,
    ask_for_the_deletion,
    events,
    page_of,
    state_of,
    until_final,
    until_step,
)
from tests.support import samples
from tests.support.portals import Cloud, Portal

SPEED = 100
NAME = "kubeflow-test-1"
REMOVALS = set(teardown_for(samples.spec()).names)
KEPT = ("Google APIs", "public name")

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with Cloud(tmp_path, SPEED) as running:
        yield running


@pytest.fixture
async def portal(tmp_path: Path, cloud: Cloud) -> AsyncIterator[Portal]:
    async with Portal(tmp_path, cloud, mirror="") as running:
        yield running


async def test_killed_whenever_a_removal_begins_or_ends(cloud: Cloud, portal: Portal) -> None:
    before = comparable(await cloud.inventory())
    await ask_for_a_deployment(portal, NAME)
    await until_final(portal, NAME)
    assert state_of(portal, NAME) == "ready"
    await ask_for_the_deletion(portal, NAME)
    killed: set[tuple[str, str]] = set()
    while state_of(portal, NAME) != "deleted":
        assert state_of(portal, NAME) == "deleting"
        news = turns(portal)
        if news > killed:
            await portal.kill()
            killed = news
            await portal.start()
        await asyncio.sleep(0.005)
    assert {step for kind, step in killed if kind == "started"} == REMOVALS
    await assert_it_is_gone(cloud, portal, before)


@pytest.mark.parametrize(
    "reached", ["enable-services", "create-accounts", "create-cluster", "open-endpoint"]
)
async def test_deleted_while_it_is_being_made(cloud: Cloud, portal: Portal, reached: str) -> None:
    """The run is stopped in the middle of a step; the worker is killed, too, and goes on."""
    before = comparable(await cloud.inventory())
    await ask_for_a_deployment(portal, NAME)
    await until_step(portal, NAME, reached)
    await asyncio.sleep(random.Random(reached).uniform(0, 0.3))
    await ask_for_the_deletion(portal, NAME)
    await portal.kill()
    await portal.start()
    await until_final(portal, NAME)
    await assert_it_is_gone(cloud, portal, before)


async def assert_it_is_gone(cloud: Cloud, portal: Portal, before: dict[str, Any]) -> None:
    story = events(portal, NAME)
    causes = [event["values"] for event in story if event["kind"] == "failed"]
    assert state_of(portal, NAME) == "deleted", causes
    assert comparable(await cloud.inventory()) == before
    assert [event["seq"] for event in story] == list(range(1, len(story) + 1))
    told = Counter((e["kind"], e["step"]) for e in story if e["kind"] in ("started", "done"))
    assert set(told.values()) == {1}
    page = await page_of(portal, NAME)
    kept = page.partition('id="kept-title"')[2].partition("</section>")[0]
    for kind in KEPT:
        made = any(f'"{kind}"' in event["values"] for event in story)
        assert (kind in kept) == made
    assert "Still there" not in page


def turns(portal: Portal) -> set[tuple[str, str]]:
    """Which removals have begun and ended by now."""
    return {
        (event["kind"], event["step"])
        for event in events(portal, NAME)
        if event["kind"] in ("started", "done") and event["step"] in REMOVALS
    }


def comparable(inventory: dict[str, Any]) -> dict[str, Any]:
    """Everything in the cloud but what the plan keeps: enabled services, names in their 30 days.

    A policy is who may do what; its etag tells only that it was written.
    """
    services = [each for each in inventory["endpoints_services"] if not each["deleted"]]
    policies = {
        resource: sorted((b["role"], *b["members"]) for b in policy["bindings"])
        for resource, policy in inventory["policies"].items()
        if policy["bindings"]
    }
    kept = {"enabled_services": [], "endpoints_services": services, "policies": policies}
    return inventory | kept
