"""`kfportal demo` and `kfportal serve`: several processes that live and die together."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.support.portals import free_port

pytestmark = pytest.mark.timeout(180)


class _Demo:
    """The command in the foreground, as in a terminal."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    async def said(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout
        return (await self.process.stdout.readline()).decode().strip()

    def parts(self) -> dict[str, int]:
        """Its processes by the command that each runs."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        found = {}
        for pid in listed.split():
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            found[words[words.index("app.cli") + 1]] = int(pid)
        return found

    async def page(self) -> str:
        """The first page, as soon as it is served."""
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                with suppress(httpx.TransportError):
                    return (await client.get(self.url)).raise_for_status().text
                await asyncio.sleep(0.05)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[_Demo]:
    port = _two_free_ports()
    command = (sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--speed", "40")
    process = await asyncio.create_subprocess_exec(
        *command, "--data", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    yield _Demo(process, port)
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_one_line_says_where_it_is_and_what_dies_is_started_again(demo: _Demo) -> None:
    assert await demo.said() == f"Kubeflow Deploy Portal: {demo.url}"
    assert "its clock runs 40 times as fast" in await demo.page()
    before = demo.parts()
    assert set(before) == {"simulator", "web", "worker"}
    os.kill(before["web"], signal.SIGKILL)
    await _gone(before["web"])
    await demo.page()
    assert demo.parts()["worker"] == before["worker"]
    parts = demo.parts().values()
    demo.process.send_signal(signal.SIGINT)  # Ctrl-C
    assert await demo.process.wait() == 0
    assert [pid for pid in parts if _lives(pid)] == []


async def test_nothing_outlives_a_command_that_was_killed(demo: _Demo) -> None:
    await demo.said()
    parts = demo.parts().values()
    demo.process.kill()
    for pid in parts:
        await _gone(pid)


def test_a_port_that_is_taken_is_named_with_the_setting_that_chooses_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = (sys.executable, "-m", "app.cli", "demo", "--port", str(port))
        done = subprocess.run(
            [*command, "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert f"Port {port} cannot be used" in done.stderr
    assert "PORT=" in done.stderr


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("portal.example.com", "http://portal.example.com:8080"),
    ],
)
def test_the_portal_asks_itself_where_it_listens_and_not_where_browsers_go(
    host: str, here: str
) -> None:
    settings = Settings(host=host, public_url="https://kubeflow.example.com")
    assert settings.listening_at == here


def _two_free_ports() -> int:
    """The first of two that follow each other: the demo's Google listens at the next one."""
    while True:
        port = free_port()
        with suppress(OSError), socket.create_server(("127.0.0.1", port + 1)):
            return port


async def _gone(pid: int) -> None:
    while _lives(pid):  # noqa: ASYNC110 (another process)
        await asyncio.sleep(0.02)


def _lives(pid: int) -> bool:
    """Whether the process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
