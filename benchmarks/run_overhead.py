"""A run's wall time against the longest chain of the cloud's own waits in that run.

The simulator writes down every wait that it imposes, at a fortieth of a real run's. The chain is
that of the plan: accounts made, cluster made, load balancer, certificate; each link counts with
what the simulator asked for, and nothing is added for Pods, of which the endpoint needs only
some. What is above the chain is the portal's: its calls, its polling, its records and the
installation. A first deployment warms up both sides and turns the project's APIs on; the median
of the next three counts.
"""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import verdict
from tests.support.portals import MIRROR, Cloud, Portal
from tests.web.portal import Browser

NAME, BAR = "run-overhead", 1.05
SPEED, RUNS = 40, 3
CHAIN = (
    "iam.create_service_account/",
    "container.create_cluster/",
    "kubernetes.ingress/istio-system/envoy-ingress",
    "kubernetes.certificate/istio-system/gke-certificate",
)


async def main() -> None:
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Cloud(Path(folder), SPEED) as cloud,
            Portal(Path(folder), cloud, mirror=MIRROR) as portal,
        ):
            for number in range(RUNS + 1):
                name = f"overhead-{number}"
                wall = await _deploy(portal, name)
                chain = _chain(await cloud.waits(), name)
                print(f"{name}: {wall:.2f} s, chain {chain:.2f} s, ratio {wall / chain:.3f}")
                if number:
                    ratios.append(wall / chain)
    verdict(NAME, median(ratios), BAR)


async def _deploy(portal: Portal, name: str) -> float:
    """Seconds from the order to the end, by the portal's own records."""
    await asyncio.to_thread(_ask, portal, name)
    while True:
        await asyncio.sleep(0.5)
        with closing(sqlite3.connect(portal.database_file, timeout=30)) as connection:
            state, begun, ended = connection.execute(
                "SELECT state, created_at, finished_at FROM deployments WHERE name = ?", (name,)
            ).fetchone()
        if state in ("failed", "parked"):
            raise RuntimeError(f"{name} is {state}: see {portal.process.log}")
        if state == "ready":
            return (_moment(ended) - _moment(begun)).total_seconds()


def _ask(portal: Portal, name: str) -> None:
    with Browser(portal.url) as browser:
        browser.sign_in()
        answer = browser.create(name=name, version="26.03" if MIRROR else "sample")
        if answer.status_code != 303:
            raise RuntimeError(answer.text)


def _chain(waits: list[dict[str, Any]], name: str) -> float:
    """Real seconds of the chain's links in the run of `name`; one that was not needed is none."""
    own = [wait for wait in waits if wait["deployment"] == name and wait["ended"]]
    links = ([_seconds(wait) for wait in own if wait["what"].startswith(link)] for link in CHAIN)
    return sum(max(found, default=0.0) for found in links)


def _seconds(wait: dict[str, Any]) -> float:
    """What the simulator asked for, not how late its own timers were."""
    return float(wait["simulated_seconds"]) / SPEED


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


if __name__ == "__main__":
    asyncio.run(main())
