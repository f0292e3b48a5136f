"""The portal is killed, again and again; the journey ends well and nothing is made twice."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.plan import plan_for
from tests.journey.outside import ask_for_a_deployment, events, is_final, select, until_final
from tests.support import samples
from tests.support.portals import Cloud, Portal

ALL_STEPS = set(plan_for(samples.spec()).names)
SPEED = 50  # a run of half a minute: long enough to be killed in every step


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with Cloud(tmp_path, SPEED) as running:
        yield running


@pytest.fixture
async def portal(tmp_path: Path, cloud: Cloud) -> AsyncIterator[Portal]:
    async with Portal(tmp_path, cloud, mirror="") as running:
        yield running


@pytest.mark.journey
@pytest.mark.timeout(400)
async def test_killed_before_in_and_after_every_step_in_turn(cloud: Cloud, portal: Portal) -> None:
    """Whenever a step begins (in it) or ends (after it, and before what needs it): a kill."""
    await ask_for_a_deployment(portal, "kubeflow-test-1")
    killed: set[tuple[str, str]] = set()
    while not is_final(portal, "kubeflow-test-1"):
        news = {
            (event["kind"], event["step"])
            for event in events(portal, "kubeflow-test-1")
            if event["kind"] in ("started", "done")
        }
        if news > killed:
            await portal.kill()
            killed = news
            await portal.start()
        await asyncio.sleep(0.005)
    assert {step for kind, step in killed if kind == "started"} == ALL_STEPS
    await assert_all_is_well(cloud, portal, ["kubeflow-test-1"])


@pytest.mark.journey
@pytest.mark.timeout(400)
async def test_killed_thirty_times_at_random_moments(cloud: Cloud, portal: Portal) -> None:
    """As many deployments, one after another, as it takes to be killed thirty times at work."""
    moments = random.Random(26)
    names: list[str] = []
    kills = 0
    while kills < 30:
        names.append(f"kubeflow-test-{len(names) + 1}")
        await ask_for_a_deployment(portal, names[-1])
        while kills < 30 and not is_final(portal, names[-1]):
            await asyncio.sleep(moments.uniform(0, 1.5))
            await portal.kill()
            kills += 1
            await portal.start()
    await until_final(portal, names[-1])
    await assert_all_is_well(cloud, portal, names)


async def assert_all_is_well(cloud: Cloud, portal: Portal, names: list[str]) -> None:
    """Each deployment is ready, told without gap or repetition, and made once."""
    for name in names:
        story = events(portal, name)
        causes = [event["values"] for event in story if event["kind"] == "failed"]
        assert select(portal, "SELECT state FROM deployments WHERE name = ?", name) == [
            {"state": "ready"}
        ], causes
        assert [event["seq"] for event in story] == list(range(1, len(story) + 1))
        turns = Counter(
            (event["kind"], event["step"])
            for event in story
            if event["kind"] in ("started", "done", "finished")
        )
        assert set(turns.values()) == {1}
        assert {step for kind, step in turns if kind == "done"} == ALL_STEPS
        said = Counter((event["step"], event["text"], event["values"]) for event in story)
        assert set(said.values()) == {1}
    inventory = await cloud.inventory()
    assert sorted(each["name"] for each in inventory["clusters"]) == names
    assert sorted(each["name"] for each in inventory["addresses"]) == [
        f"{name}-ip" for name in names
    ]
    assert len(inventory["endpoints_services"]) == len(names)
    assert len(inventory["service_accounts"]) == 3 * len(names)
