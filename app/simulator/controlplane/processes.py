"""A child process that never outlives its owner unnoticed."""

import asyncio
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

_LINES_TOLD = 15


class Child:
    """One program, started and ended any number of times; what it prints goes to a file.

    Where util-linux is there it dies with its owner; elsewhere the next start ends what an
    earlier owner left behind.
    """

    def __init__(self, command: list[str], directory: Path) -> None:
        self.name = Path(command[0]).name
        self._command = command
        self._log = directory / f"{self.name}.log"
        self._pid_file = directory / f"{self.name}.pid"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process, while it has one."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start it; whether it works is for its clients to find out."""
        await self._end_former()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *_tied_to_owner(),
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self._process.pid}\n{' '.join(self._command)}")

    async def kill(self) -> None:
        """End it at once and wait until it is gone."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._process = None
        self._pid_file.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise what it said last if it has ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            said = self._log.read_text(errors="replace").splitlines()[-_LINES_TOLD:]
            told = "\n".join(said)
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{told}")

    async def _end_former(self) -> None:
        if not self._pid_file.exists():
            return
        pid, _, command = self._pid_file.read_text().partition("\n")
        while command and _command_of(pid) == command:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            await asyncio.sleep(0.05)


def _tied_to_owner() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _command_of(pid: str) -> str:
    """The command line of a process, empty if there is none of that id."""
    if not Path("/proc/self").exists():
        asked = ["ps", "-ww", "-o", "args=", "-p", pid]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    with suppress(OSError):
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
        return b" ".join(words).decode(errors="replace").strip()
    return ""
