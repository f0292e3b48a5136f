"""The stream of events, against a real server: nothing missed, nothing twice, ended cleanly."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest

from app.domain.plan import StepName
from app.domain.status import DeploymentState, EventKind, StepState
from app.settings import Settings
from app.store import deployments, events, schema, steps, users
from app.store.database import Database
from tests.support import samples
from tests.web.conftest import free_port
from tests.web.portal import Server, running


@dataclass(frozen=True, slots=True)
class Frame:
    """One server-sent event."""

    event: str
    id: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Watched:
    """A deployment, its store, and a portal in which its owner is signed in."""

    server: Server
    store: Database
    deployment_id: str
    url: str
    cookies: dict[str, str]

    async def say(self, count: int, *, pause: float = 0.0) -> None:
        """Write `count` more events, one transaction each."""
        for _ in range(count):
            async with self.store.write() as tx:
                text, key = "Line %(number)s", os.urandom(8).hex()
                values = {"number": key}
                step = StepName.LOAD_BUNDLE
                await events.record(
                    tx, self.deployment_id, key, EventKind.NOTE, text, step=step, values=values
                )
            await asyncio.sleep(pause)

    async def finish(self, state: DeploymentState = DeploymentState.READY) -> None:
        """The last event and the final state, in one transaction, as a run ends."""
        async with self.store.write() as tx:
            await deployments.set_state(tx, self.deployment_id, state)
            await events.record(tx, self.deployment_id, "end", EventKind.FINISHED, "It answers.")

    async def frames(
        self, last: int | None = None, query: str = "", language: str = "en"
    ) -> AsyncGenerator[Frame, None]:
        """The frames of one connection, until it ends or the caller cuts it."""
        headers = {"accept-language": language}
        if last is not None:
            headers["last-event-id"] = str(last)
        async with (
            httpx.AsyncClient(cookies=self.cookies, timeout=30) as client,
            client.stream("GET", self.url + query, headers=headers) as answer,
        ):
            assert answer.status_code == 200
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    data = json.loads(fields["data"])
                    yield Frame(fields["event"], fields.get("id", ""), data)
                    fields = {}

    async def read(self, last: int | None = None, query: str = "") -> list[Frame]:
        """All frames until the stream ends by itself."""
        return [frame async for frame in self.frames(last, query)]


@pytest.fixture
def stream_settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        cloud="simulated",
        clock_speed=40,
        database_url=database_url,
        data_dir=tmp_path / "data",
        port=free_port(),
        heartbeat_seconds=1,
    )


@pytest.fixture
async def watched(stream_settings: Settings) -> AsyncIterator[Watched]:
    store = Database.from_settings(stream_settings)
    await schema.prepare(store)
    owner = await samples.user(store)
    deployment = await samples.deployment(store, owner)
    async with store.write() as tx:
        token = await users.begin_session(tx, owner)
    url = f"{stream_settings.public_url}/deployments/{deployment.id}/events"
    with running(stream_settings) as (server, _):
        yield Watched(server, store, deployment.id, url, {"session": token})
    await store.close()


def numbers(frames: list[Frame]) -> list[int]:
    return [int(frame.id) for frame in frames if frame.event == "log"]


async def test_twenty_cuts_lose_nothing_and_repeat_nothing(watched: Watched) -> None:
    chance = random.Random(20)
    writing = asyncio.create_task(watched.say(150, pause=0.003))
    got: list[int] = []
    for _ in range(20):
        wanted = chance.randrange(1, 9)
        async with contextlib.aclosing(watched.frames(got[-1] if got else None)) as frames:
            async for frame in frames:
                got += numbers([frame])
                wanted -= frame.event == "log"
                if wanted == 0:
                    break
    await writing
    await watched.finish()
    rest = await watched.read(got[-1])
    got += numbers(rest)
    assert got == list(range(1, len(got) + 1))
    assert len(got) == 152  # the order, the lines, and the end
    assert rest[-1] == Frame("finished", "", {"state": "ready"})


async def test_the_browsers_header_wins_over_the_pages_address(watched: Watched) -> None:
    await watched.say(9)
    await watched.finish()
    assert numbers(await watched.read(8, "?after=2")) == [9, 10, 11]
    assert numbers(await watched.read(query="?after=9")) == [10, 11]
    assert numbers(await watched.read(query="?after=soon")) == list(range(1, 12))


async def test_a_stream_that_has_nothing_to_say_keeps_its_connection_alive(
    watched: Watched,
) -> None:
    async with (
        httpx.AsyncClient(cookies=watched.cookies, timeout=30) as client,
        client.stream("GET", watched.url) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith(": ping"):  # a comment, which an EventSource passes over
                break
        else:
            pytest.fail("the stream ended without a heartbeat")


async def test_nothing_more_to_say_is_answered_with_204(watched: Watched) -> None:
    await watched.finish()
    frames = await watched.read()
    assert [frame.event for frame in frames] == ["log", "log", "status", "finished"]
    async with httpx.AsyncClient(cookies=watched.cookies) as client:
        answer = await client.get(watched.url, headers={"last-event-id": frames[1].id})
    assert answer.status_code == 204


async def test_nobody_watches_without_a_session(watched: Watched) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(watched.url)).status_code == 401


async def test_many_watchers_share_one_reader(watched: Watched) -> None:
    watchers = [asyncio.create_task(watched.read()) for _ in range(25)]
    await watched.say(20, pause=0.002)
    await watched.finish()
    for frames in await asyncio.gather(*watchers):
        assert numbers(frames) == list(range(1, 23))
    assert watched.server.portal.feeds.begun <= 2  # a latecomer may find the first one over


async def test_a_status_comes_at_once_and_after_every_change(watched: Watched) -> None:
    async with contextlib.aclosing(watched.frames()) as frames:
        statuses = (frame.data async for frame in frames if frame.event == "status")
        first = await anext(statuses)
        assert first["state"] == "queued"
        assert set(first["html"]) == {"head", "plan", "endpoint", "made"}  # type: ignore[call-overload]
        async with watched.store.write() as tx:
            step = StepName.LOAD_BUNDLE
            await deployments.set_state(tx, watched.deployment_id, DeploymentState.DEPLOYING)
            await steps.set_state(tx, watched.deployment_id, step, StepState.DONE)
            await events.record(tx, watched.deployment_id, "d", EventKind.DONE, "Loaded", step=step)
        while (status := await anext(statuses))["state"] == "queued":
            pass
        assert status["announce"] == "Load Kubeflow 26.03: Done"
        assert str(status["title"]).endswith("% · kubeflow-test-1")


async def test_what_was_sent_in_pieces_is_what_a_reload_shows(watched: Watched) -> None:
    async def live() -> dict[str, str]:
        shown: dict[str, str] = {}
        async for frame in watched.frames():
            if frame.event == "status":
                shown |= cast("dict[str, str]", frame.data["html"])
        return shown

    watching = asyncio.create_task(live())
    for state in (StepState.RUNNING, StepState.DONE):
        await asyncio.sleep(0.3)
        async with watched.store.write() as tx:
            await steps.set_state(tx, watched.deployment_id, StepName.CHECK_PROJECT, state)
            await steps.add_resource(tx, watched.deployment_id, "cluster", state)
        await watched.say(1)
    await watched.finish()
    shown = await watching
    reloaded = [frame for frame in await watched.read() if frame.event == "status"]
    assert shown == reloaded[-1].data["html"]
    assert ">running</" in shown["made"]


async def test_the_stream_speaks_the_readers_language(watched: Watched) -> None:
    await watched.finish()
    korean = watched.server.portal.renderer.translators["ko"]
    frames = [frame async for frame in watched.frames(language="ko-KR")]
    assert [frame.data["text"] for frame in frames if frame.event == "log"][-1] == (
        korean.gettext("It answers.")
    )
    assert frames[2].data["title"] == f"{korean.gettext('Ready')} · kubeflow-test-1"


async def test_a_reader_who_is_slow_gets_everything_in_the_end(watched: Watched) -> None:
    async with contextlib.aclosing(watched.frames()) as frames:
        got = [await anext(frames)]
        async with watched.store.write() as tx:
            for number in range(1500):
                text = "A line that takes some room: " + "x" * 1000
                key = str(number)
                await events.record(tx, watched.deployment_id, key, EventKind.NOTE, text)
        await watched.finish()
        await asyncio.sleep(1)
        got += [frame async for frame in frames]
    assert numbers(got) == list(range(1, 1503))


@pytest.fixture
def process(
    watched: Watched, stream_settings: Settings
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A second portal on the same store, in a process of its own."""
    port = free_port()
    environment = os.environ | {
        "KFPORTAL_CLOUD": "simulated",
        "KFPORTAL_DATABASE_URL": stream_settings.database_url,
        "KFPORTAL_DATA_DIR": str(stream_settings.data_dir),
        "KFPORTAL_PORT": str(port),
    }
    code = (
        "from app.main import server; from app.settings import Settings; server(Settings()).run()"
    )
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as running_process:
        yield running_process, f"http://127.0.0.1:{port}"
        running_process.kill()


async def test_a_signal_ends_the_server_within_three_seconds_with_streams_open(
    watched: Watched, process: tuple[subprocess.Popen[bytes], str]
) -> None:
    child, url = process
    async with httpx.AsyncClient(cookies=watched.cookies, timeout=30) as client:
        await _until_it_serves(client, url)
        path = httpx.URL(watched.url).path
        async with contextlib.AsyncExitStack() as stack:
            streams = [
                await stack.enter_async_context(client.stream("GET", url + path)) for _ in range(5)
            ]
            child.send_signal(signal.SIGTERM)
            for stream in streams:
                await stream.aread()  # ends as a stream should, not cut off
            assert await asyncio.to_thread(child.wait, 3) in (0, -signal.SIGTERM)


async def _until_it_serves(client: httpx.AsyncClient, url: str) -> None:
    while True:
        with contextlib.suppress(httpx.ConnectError):
            if (await client.get(f"{url}/healthz")).is_success:
                return
        await asyncio.sleep(0.05)
