"""The simulator as a process: how it starts, ends, and comes back after a kill."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

CLUSTERS = "container/v1/projects/ml-sandbox-1234/locations/us-central1-a/clusters"
POOLS = [{"name": "default-pool", "initialNodeCount": 1}]


class Process:
    """`python -m app.simulator`, its address and an owner's session."""

    def __init__(self, directory: Path, *options: str) -> None:
        command = [sys.executable, "-m", "app.simulator", "--port", "0", "--state", str(directory)]
        self.process = subprocess.Popen(
            [*command, "--speed", "1000", *options], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://[\d.:]+", line)
        assert found, line
        self.url = found.group()
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {self._token()}"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask Google something, as the owner."""
        answer = self.session.request(method, f"{self.url}/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def until_running(self) -> dict[str, Any]:
        """The cluster once it runs."""
        while (cluster := self.ask("GET", f"{CLUSTERS}/kf-1"))["status"] != "RUNNING":
            time.sleep(0.05)
        return cluster

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit status."""
        os.kill(self.process.pid, number)
        return self.process.wait(20)

    def _token(self) -> str:
        body = {"email": "dana@example.com"}
        answer = requests.post(f"{self.url}/_simulator/tokens", json=body, timeout=10)
        return str(answer.json()["access_token"])


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Processes that the test starts; all are ended with it."""
    processes: list[Process] = []
    yield processes
    for each in processes:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def start(started: list[Process], directory: Path, *options: str) -> Process:
    process = Process(directory, *options)
    started.append(process)
    return process


def test_sigterm_ends_it_with_a_cluster_running(started: list[Process], tmp_path: Path) -> None:
    process = start(started, tmp_path)
    process.ask("POST", CLUSTERS, {"cluster": {"name": "kf-1", "nodePools": POOLS}})
    process.until_running()
    assert process.end(signal.SIGTERM) == 0


def test_a_killed_simulator_comes_back_with_everything(
    started: list[Process], tmp_path: Path
) -> None:
    first = start(started, tmp_path)
    first.ask("POST", CLUSTERS, {"cluster": {"name": "kf-1", "nodePools": POOLS}})
    before = first.until_running()
    first.end(signal.SIGKILL)
    second = start(started, tmp_path)
    assert second.url == first.url
    assert second.ask("GET", f"{CLUSTERS}/kf-1") == before


def test_a_creation_goes_on_over_a_kill(started: list[Process], tmp_path: Path) -> None:
    slowly = ("--timing", "create_cluster=3000")
    first = start(started, tmp_path, *slowly)
    begun = first.ask("POST", CLUSTERS, {"cluster": {"name": "kf-1", "nodePools": POOLS}})
    first.end(signal.SIGKILL)
    second = start(started, tmp_path, *slowly)
    second.until_running()
    path = (
        f"container/v1/projects/ml-sandbox-1234/locations/us-central1-a/operations/{begun['name']}"
    )
    assert second.ask("GET", path)["status"] == "DONE"


def test_an_unknown_timing_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.simulator", "--timing", "lunch=1"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "no timing is called" in done.stderr
