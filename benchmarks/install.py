"""Installing 26.03 on a real API server, against kubectl.

Ours: the portal's own stages, waits and comparison, readiness and pruning included, objects read
from the bundle's file as they are needed. The other:
`kubectl apply --server-side --force-conflicts` of the same objects as YAML, repeated until it
passes, and then once more with nothing changed. Each on a fresh control plane of its own, whose
pretend controllers answer at once; alternating, the median of the rounds counts. The CPU time
printed is that of the client, and of the API server with its store.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app.domain.spec import Login
from app.kube.client import KubeClient
from app.kubeflow.bundle import Bundle, read
from benchmarks.bundle_load import as_yaml
from tests.installation.installing import Story, danas, install
from tests.installation.test_install import newest_kubectl
from tests.kubeflow.real import packed
from tests.support.control_plane import HOW_TO_GET_THEM, available

BARS = (("install-first", 0.33), ("install-again", 0.05))
ROUNDS = int(os.environ.get("ROUNDS", "2"))
_MOST_PASSES = 20


@dataclass(frozen=True)
class Server:
    """A fresh control plane in processes of its own."""

    url: str
    ca_certificate: str
    token: str
    pids: dict[str, int]

    def cpu(self) -> float:
        """Seconds of processor time that its programs have used."""
        ticks = 0
        for pid in self.pids.values():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


Install = Callable[[Server], Awaitable[None]]


async def main() -> None:
    if not available():
        sys.exit(HOW_TO_GET_THEM)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    file = await asyncio.to_thread(packed, Login.PASSWORD)
    bundle = danas(read(file), Login.PASSWORD)
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "kubeflow.yaml"
        manifest.write_text(as_yaml(bundle))
        for number in range(ROUNDS):
            ours.append(await _measured("ours", folder, number, lambda s: install_ours(s, bundle)))
            theirs.append(
                await _measured("kubectl", folder, number, lambda s: _kubectl(s, manifest))
            )
    ratios = [
        median(mine) / median(other)
        for mine, other in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True)
    ]
    for ratio, (name, bar) in zip(ratios, BARS, strict=True):
        print(f"{name}: {ratio:.3f} (bar {bar})")
    sys.exit(any(ratio > bar for ratio, (_, bar) in zip(ratios, BARS, strict=True)))


async def _measured(who: str, folder: str, number: int, install: Install) -> tuple[float, float]:
    """Seconds of the first installation and of another with nothing changed."""
    seconds: list[float] = []
    async with fresh_server(Path(folder) / f"{who}-{number}") as server:
        for what in ("first", "again"):
            begun, client, served = time.perf_counter(), _client_cpu(), server.cpu()
            await install(server)
            seconds.append(time.perf_counter() - begun)
            print(
                f"{who}, {what}: {seconds[-1]:.2f} s, CPU of the client "
                f"{_client_cpu() - client:.2f} s, of the server {server.cpu() - served:.2f} s",
                flush=True,
            )
    return seconds[0], seconds[1]


async def install_ours(server: Server, bundle: Bundle) -> None:
    """By the portal's own steps, in real time."""

    async def token(instead_of: str = "") -> str:
        return server.token

    async with await KubeClient.connect(server.url, server.ca_certificate, token) as client:
        await install(client, bundle, Story(speed=1.0))


async def _kubectl(server: Server, manifest: Path) -> None:
    """Apply all, again and again until every object has passed."""
    authority = manifest.with_suffix(f".{server.pids['kube-apiserver']}.crt")
    authority.write_text(server.ca_certificate)
    command = [
        newest_kubectl(),
        f"--server={server.url}",
        f"--certificate-authority={authority}",
        f"--token={server.token}",
        "apply",
        "--server-side",
        "--force-conflicts",
        f"--filename={manifest}",
    ]
    for _ in range(_MOST_PASSES):
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HOME": str(manifest.parent)},
        )
        _, complaint = await process.communicate()
        if process.returncode == 0:
            return
    raise RuntimeError(f"kubectl does not pass:\n{complaint.decode()[-2000:]}")


@asynccontextmanager
async def fresh_server(directory: Path) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.control_plane",
        str(directory),
        "real",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        told: dict[str, Any] = json.loads(await process.stdout.readline())
        yield Server(**told)
    finally:
        process.stdin.close()
        await process.wait()


def _client_cpu() -> float:
    """Of this process and of the children that have ended."""
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    return used


if __name__ == "__main__":
    asyncio.run(main())
