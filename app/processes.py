"""Running the portal's processes side by side, so that they live and die together."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

STOP_WITHIN = 4.0  # seconds until a process that was asked to stop is made to
FIRST_RESTART, LONGEST_RESTART = 0.2, 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Program:
    """One of our own commands as a process of its own."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log_file: Path | None = None

    @property
    def name(self) -> str:
        return self.command[0]


async def run_together(programs: Sequence[Program]) -> None:
    """Run all until a signal asks to stop; one that dies by itself is started again."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    keepers = [asyncio.create_task(_keep_running(program)) for program in programs]
    await stop.wait()
    for keeper in keepers:
        keeper.cancel()
    await asyncio.gather(*keepers, return_exceptions=True)


def die_with_parent() -> None:
    """End this process the moment its parent is gone, however it went.

    The parent holds the other end of our standard input; nothing is ever written to it.
    """

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="parent").start()


async def _keep_running(program: Program) -> None:
    pause = FIRST_RESTART
    while True:
        started = asyncio.get_running_loop().time()
        status = await _run(program)
        if asyncio.get_running_loop().time() - started > LONGEST_RESTART:
            pause = FIRST_RESTART
        _tell_of_end(program, status)
        await asyncio.sleep(pause)
        pause = min(LONGEST_RESTART, pause * 2)


def _tell_of_end(program: Program, status: int) -> None:
    """The library for logs takes a tenth of a second to import, and what starts waits for that."""
    import structlog

    log = structlog.get_logger().bind(process=program.name, status=status)
    if program.log_file is not None:
        log = log.bind(why_is_in=str(program.log_file))
    log.warning("process ended, starting it again")


async def _run(program: Program) -> int:
    output = _log(program.log_file)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        *program.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=output,
        stderr=output,
        env={**os.environ, **program.environment, "KFPORTAL_CHILD": "1"},
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        await _stop(process)
        raise
    finally:
        if output is not None:
            output.close()


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_WITHIN):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _log(path: Path | None) -> BinaryIO | None:
    if path is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")
