"""All checks of the report at once, against the same checks one after another.

The simulator answers every call 150 ms late, as Google does from far away. Nothing is known
beforehand: each report is the first of a process that has its clients and an access token. More
than three seconds for one, and the benchmark fails whatever the ratio.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import httpx
from google.oauth2.credentials import Credentials

from app.google.endpoints import Endpoints
from app.google.facts import Facts
from app.google.transport import Transport
from app.report import Asked, Report, report
from app.report.checks import one_by_one
from app.settings import Settings
from benchmarks import verdict
from tests.support.portals import Cloud
from tests.support.samples import spec

NAME, BAR, LIMIT = "report", 0.2, 3.0
ROUNDS, LATENCY = 5, 150  # milliseconds
PROJECT, EMAIL = "ml-sandbox-1234", "dana@example.com"
ASKED = Asked(spec(project=PROJECT, gpu_type="nvidia-tesla-t4", private_nodes=True), EMAIL)
Make = Callable[[Facts, Asked], Awaitable[Report]]


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        async with Cloud(Path(name), 1, "--fault", f"latency:{LATENCY}") as cloud:
            transport = await _transport(cloud)
            await _seconds(transport, report)  # makes the clients
            at_once, in_turn = [], []
            for _ in range(ROUNDS):
                at_once.append(await _seconds(transport, report))
                in_turn.append(await _seconds(transport, one_by_one))
    for what, times in (("at once", at_once), ("one after another", in_turn)):
        print(f"{what}: median {median(times):.2f} s, worst {max(times):.2f} s")
    ratio = median(at_once) / median(in_turn)
    if max(at_once) > LIMIT:
        print(f"a report took longer than {LIMIT} s")
        ratio = max(ratio, max(at_once) / LIMIT)
    verdict(NAME, ratio, BAR)


async def _transport(cloud: Cloud) -> Transport:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{cloud.url}/_simulator/tokens", json={"email": EMAIL})
    settings = Settings(cloud="simulated", simulator_url=cloud.url)
    credentials = Credentials(token=answer.json()["access_token"])
    return Transport(credentials, Endpoints.from_settings(settings))


async def _seconds(transport: Transport, make: Make) -> float:
    facts = Facts(transport, PROJECT)
    begun = time.perf_counter()
    found = await make(facts, ASKED)
    took = time.perf_counter() - begun
    if found.blocking or found.unanswered:
        raise RuntimeError(str(found.blocking))
    return took


if __name__ == "__main__":
    asyncio.run(main())
