"""How much memory an installation takes above a portal at rest.

A process with everything imported that the portal's worker has installs 26.03 on a fresh real API
server and then installs it again, comparing; its peak above what it had before is measured. The
promise is 200 MB. The alternative holds all objects at once, as made this deployment's own, instead
of unpacking each when it is needed.
"""

import asyncio
import gc
import importlib
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from app.domain.spec import Login
from app.kubeflow.bundle import read
from app.steps.warm import warm_up
from benchmarks import verdict
from benchmarks.install import Server, fresh_server, install_ours
from tests.installation.installing import danas
from tests.kubeflow.real import packed
from tests.support.control_plane import HOW_TO_GET_THEM, available

NAME, BAR = "install-memory", 1.0
PROMISED = 200.0  # MB
WAYS = ("streamed", "held")
_STATUS = Path("/proc/self/status")


async def main() -> None:
    if not available():
        sys.exit(HOW_TO_GET_THEM)
    file = await asyncio.to_thread(packed, Login.PASSWORD)
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            async with fresh_server(Path(folder) / way) as server:
                idle, peaks[way] = await _in_a_process(way, file, server)
            print(f"{way}: {peaks[way]:.0f} MB above {idle:.0f} MB at rest", flush=True)
    verdict(NAME, peaks["streamed"] / PROMISED, BAR)


async def _in_a_process(way: str, file: Path, server: Server) -> tuple[float, float]:
    """MB at rest, and at most above that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.install_memory", way, str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(json.dumps(asdict(server)).encode())
    if process.returncode:
        raise RuntimeError(f"{way}: the installation has failed")
    idle, peak = json.loads(said)
    return idle, peak - idle


async def _measure(way: str, file: Path, server: Server) -> None:
    idle = _at_rest()
    bundle = danas(read(file), Login.PASSWORD)
    if way == "held":
        bundle = bundle.loaded()
    for _ in ("first", "again"):
        await install_ours(server, bundle)
    sys.stdout.write(json.dumps([idle, _megabytes("VmHWM")]))


def _at_rest() -> float:
    """What a worker takes when it has nothing to do, MB; peaks are counted from now on."""
    importlib.import_module("app.workflows.worker")
    warm_up()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _megabytes("VmRSS")


def _megabytes(field: str) -> float:
    """A figure of the kernel's about this process."""
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines[field].split()[0]) / 1000


if __name__ == "__main__":
    if sys.argv[1:]:
        _way, _file = sys.argv[1:]
        asyncio.run(_measure(_way, Path(_file), Server(**json.load(sys.stdin))))
    else:
        asyncio.run(main())
