"""A simulator in a thread of the tests' own process, and ways to talk to it."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import requests
from google.oauth2.credentials import Credentials

from app.simulator.server import Settings, Simulator
from app.simulator.servers import ControlPlaneKind
from app.simulator.timings import Timings

T = TypeVar("T")
DANA, KIM, SAM = "dana@example.com", "kim@example.com", "sam@example.com"


class SimulatorThread:
    """A running simulator; `url` is its base."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.simulator = self._run(self._start())
        self.url = self.simulator.url

    def stop(self) -> None:
        """End it; its state stays in its directory."""
        self._run(self.simulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def token(self, email: str = DANA) -> str:
        """An access token of an account's."""
        answer = requests.post(f"{self.url}/_simulator/tokens", json={"email": email}, timeout=10)
        return str(answer.json()["access_token"])

    def credentials(self, email: str = DANA) -> Credentials:
        """Credentials of an account's, for the official clients."""
        return Credentials(token=self.token(email))

    def session(self, email: str = DANA) -> requests.Session:
        """A session that is signed in with an account."""
        session = requests.Session()
        session.headers["authorization"] = f"Bearer {self.token(email)}"
        return session

    def robot(self, project: str, name: str, role: str = "roles/owner") -> str:
        """The address of a service account that may do everything in its project."""
        iam, manager = f"{self.url}/iam/v1", f"{self.url}/cloudresourcemanager/v3"
        session = self.session()
        made = session.post(
            f"{iam}/projects/{project}/serviceAccounts", json={"accountId": name}, timeout=10
        )
        email = str(made.json()["email"])
        url, options = f"{manager}/projects/{project}", {"requestedPolicyVersion": 3}
        policy = session.post(f"{url}:getIamPolicy", json={"options": options}, timeout=10).json()
        policy["bindings"].append({"role": role, "members": [f"serviceAccount:{email}"]})
        body = {"policy": {**policy, "version": 3}}
        while "does not exist" in session.post(f"{url}:setIamPolicy", json=body, timeout=10).text:
            time.sleep(0.01)  # until Google knows the account everywhere
        return email

    def machine(self, email: str, project: str) -> None:
        """Let there be a metadata server, of a machine that acts as `email`; or (no email) none."""
        body = {"email": email, "project": project}
        requests.post(f"{self.url}/_simulator/machine", json=body, timeout=10).raise_for_status()

    def key(self, email: str) -> dict[str, str]:
        """A key of a service account's, as Google gives it away in a file."""
        url = f"{self.url}/iam/v1/projects/-/serviceAccounts/{email}/keys"
        made = self.session().post(url, json={}, timeout=10).json()
        content: dict[str, str] = json.loads(base64.b64decode(made["privateKeyData"]))
        return content

    def options(self, prefix: str) -> dict[str, str]:
        """`client_options` that point an official client here."""
        return {"api_endpoint": f"{self.url}/{prefix}"}

    def inventory(self) -> dict[str, Any]:
        """What exists in the cloud."""
        found: dict[str, Any] = requests.get(f"{self.url}/_simulator/inventory", timeout=10).json()
        return found

    def call(self, work: Callable[[], T]) -> T:
        """Do something in the simulator's own thread."""

        async def do() -> T:
            return work()

        return self._run(do())

    async def _start(self) -> Simulator:
        simulator = Simulator(self._settings)
        await simulator.start()
        return simulator

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@contextmanager
def running(
    directory: Path,
    *,
    speed: float = 1000,
    port: int = 0,
    timings: Timings | None = None,
    control_plane: ControlPlaneKind = "simulated",
    transcript: Path | None = None,
    faults: tuple[str, ...] = (),
) -> Iterator[SimulatorThread]:
    """A simulator whose state is in `directory`, stopped at the end."""
    settings = Settings(
        directory,
        port=port,
        speed=speed,
        timings=timings or Timings(),
        control_plane=control_plane,
        transcript=transcript,
        faults=faults,
    )
    thread = SimulatorThread(settings)
    try:
        yield thread
    finally:
        thread.stop()
