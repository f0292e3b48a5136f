"""Calls that go on although nobody waits for them any more."""

import asyncio
import threading

import pytest
from google.auth.credentials import AnonymousCredentials

from app.google.cloud import Cloud
from app.google.endpoints import Endpoints
from app.google.transport import Transport
from app.settings import Settings


async def test_a_cancelled_call_that_is_on_its_way_is_waited_for() -> None:
    settings = Settings(_env_file=None, cloud="simulated")  # type: ignore[call-arg]
    transport = Transport(AnonymousCredentials(), Endpoints.from_settings(settings))
    cloud = Cloud(transport)
    sent, answered = threading.Event(), threading.Event()

    def call() -> None:
        sent.set()
        answered.wait(30)

    calling = asyncio.create_task(transport.run(call))
    await asyncio.to_thread(sent.wait, 30)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    settling = asyncio.create_task(cloud.settled())
    done, _ = await asyncio.wait({settling}, timeout=0.05)
    assert not done
    answered.set()
    await settling
    await cloud.settled()
