"""What a whole portal's worker does when its owner has it try again, or stop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.outside import (
    ask_for_a_deployment,
    events,
    order,
    state_of,
    until_final,
    until_step,
)
from tests.support.portals import Cloud, Portal

SPEED = 100
NAME = "kubeflow-test-1"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(200)]


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with Cloud(tmp_path, SPEED) as running:
        yield running


@pytest.fixture
async def portal(tmp_path: Path, cloud: Cloud) -> AsyncIterator[Portal]:
    async with Portal(tmp_path, cloud, mirror="") as running:
        yield running


async def test_another_try_does_only_what_is_not_done_yet(cloud: Cloud, portal: Portal) -> None:
    await fault(cloud, "POST", {"kind": "denied", "call": "container.create_cluster"})
    await ask_for_a_deployment(portal, NAME)
    await until_final(portal, NAME)
    assert state_of(portal, NAME) == "failed"
    done, failed = steps_told(portal, "done"), steps_told(portal, "failed")
    assert "create-cluster" in failed
    assert {"enable-services", "create-accounts", "publish-name"} <= set(done)
    await fault(cloud, "DELETE")
    await order(portal, NAME, "retry")
    await until_final(portal, NAME)
    assert state_of(portal, NAME) == "ready"
    begun = steps_told(portal, "started")
    assert all(begun.count(step) == 1 for step in done)
    assert begun.count("create-cluster") == 2


async def test_a_cancelled_run_stops_keeps_what_was_made_and_goes_on(
    cloud: Cloud, portal: Portal
) -> None:
    await ask_for_a_deployment(portal, NAME)
    await until_step(portal, NAME, "create-cluster")
    await order(portal, NAME, "cancel")
    await until_final(portal, NAME)
    assert state_of(portal, NAME) == "cancelled"
    told = len(events(portal, NAME))
    accounts = len((await cloud.inventory())["service_accounts"])
    assert accounts == 3
    await asyncio.sleep(1)
    assert len(events(portal, NAME)) == told
    await order(portal, NAME, "retry")
    await until_final(portal, NAME)
    assert state_of(portal, NAME) == "ready"
    inventory = await cloud.inventory()
    assert len(inventory["service_accounts"]) == accounts
    assert [each["name"] for each in inventory["clusters"]] == [NAME]


def steps_told(portal: Portal, kind: str) -> list[str]:
    """The steps of which events of this kind tell."""
    return [event["step"] for event in events(portal, NAME) if event["kind"] == kind]


async def fault(cloud: Cloud, method: str, body: dict[str, Any] | None = None) -> None:
    """Arm a fault of the simulated cloud's, or clear them all."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.request(method, f"{cloud.url}/_simulator/faults", json=body)
    answer.raise_for_status()
