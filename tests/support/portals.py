"""A whole portal and its simulated Google Cloud, as processes on this machine."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

MIRROR = os.environ.get("KFPORTAL_MIRROR", "")
STARTS_WITHIN = 60  # seconds, on a machine that runs other tests as well


@dataclass
class Process:
    """One of our commands, and everything it has started, to be killed as a machine would."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.command,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    async def kill(self) -> None:
        """`kill -9`; what it has started dies with it."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(how)
        await self._process.wait()
        self._process = None


class Cloud:
    """The simulated Google Cloud, with its clock compressed."""

    def __init__(self, folder: Path, speed: float, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.speed = speed
        command = ["app.simulator", "--port", str(self.port), "--state", str(folder / "google")]
        self.process = Process(
            [*command, "--speed", str(speed), *options], {}, folder / "simulator.log"
        )

    async def __aenter__(self) -> "Cloud":
        await self.process.start()
        await until_answered(f"{self.url}/_simulator/health", self.process)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.process.stop()

    async def inventory(self) -> dict[str, Any]:
        """Everything that exists in the simulated cloud."""
        found: dict[str, Any] = await self._json("inventory")
        return found

    async def waits(self) -> list[dict[str, Any]]:
        """Every wait that the cloud imposed, with its beginning and end."""
        found = await self._json("waits")
        return list(found["waits"]) if isinstance(found, dict) else list(found)

    async def _json(self, what: str) -> Any:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.url}/_simulator/{what}", timeout=30)
        return answer.raise_for_status().json()


class Portal:
    """The portal against that cloud: pages and worker, on a database of its own."""

    def __init__(self, folder: Path, cloud: Cloud, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "portal"
        environment = {
            "cloud": "simulated",
            "simulator_url": cloud.url,
            "clock_speed": str(cloud.speed),
            "port": str(self.port),
            "data_dir": str(self.data),
            **settings,
        }
        self.process = Process(
            ["app.cli", "serve"],
            {f"KFPORTAL_{name.upper()}": value for name, value in environment.items()},
            folder / "portal.log",
        )

    async def __aenter__(self) -> "Portal":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.process.stop()

    async def start(self) -> None:
        await self.process.start()
        await until_answered(f"{self.url}/healthz", self.process)

    async def kill(self) -> None:
        await self.process.kill()

    @property
    def database_file(self) -> Path:
        return self.data / "portal.db"


async def until_answered(url: str, process: Process) -> None:
    """Wait until `url` answers; a process that cannot start says why in its log."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while True:
                    with suppress(httpx.TransportError):
                        if (await client.get(url)).is_success:
                            return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = process.log.read_text()[-3000:]
            raise RuntimeError(f"{process.command} did not answer at {url}:\n{said}") from None


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
