"""A portal of one person's own: this machine's credentials stand in for an OAuth client."""

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.settings import Settings
from app.simulator.google import tokens
from app.simulator.google.cloud import DEMO_CLIENT
from app.web.sign_in import SCOPES
from tests.support.portals import Process, until_answered
from tests.support.simulator import DANA, SimulatorThread
from tests.web.portal import FORM, Browser, text_of

PROJECT, LOG = "ml-sandbox-1234", "portal.log"


@dataclass(frozen=True)
class Machine:
    """What a machine has of Google's: its environment, whom that stands for, and Google's word."""

    environment: dict[str, str]
    email: str
    kind: str


def a_users_file(simulator: SimulatorThread, folder: Path) -> Machine:
    """What `gcloud auth application-default login` leaves behind."""
    cloud = simulator.simulator.cloud
    refresh = simulator.call(
        lambda: tokens.mint_refresh(cloud, DANA, list(SCOPES), DEMO_CLIENT.client_id)
    )
    content = {
        "type": "authorized_user",
        "client_id": DEMO_CLIENT.client_id,
        "client_secret": DEMO_CLIENT.secret,
        "refresh_token": refresh,
    }
    return Machine(written(folder, content), DANA, "a user’s credentials")


def a_key_file(simulator: SimulatorThread, folder: Path) -> Machine:
    """A service account's key, as the console gives it away."""
    email = simulator.robot(PROJECT, "deployer-of-key")
    return Machine(written(folder, simulator.key(email)), email, "a service account’s key")


def a_metadata_server(simulator: SimulatorThread, folder: Path) -> Machine:
    """A machine at Google, which acts as the service account that it was given."""
    email = simulator.robot(PROJECT, "deployer-of-vm")
    simulator.machine(email, PROJECT)
    found_at = simulator.url.removeprefix("http://")
    return Machine(nothing_else(folder, found_at), email, "the machine’s own account")


def written(folder: Path, content: dict[str, str]) -> dict[str, str]:
    path = folder / "application_default_credentials.json"
    path.write_text(json.dumps(content))
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}


def nothing_else(folder: Path, metadata: str) -> dict[str, str]:
    return {
        "GOOGLE_APPLICATION_CREDENTIALS": "",
        "CLOUDSDK_CONFIG": str(folder / "no-gcloud"),
        "GCE_METADATA_HOST": metadata,
        "GCE_METADATA_IP": metadata,
    }


@pytest.fixture
def machine(
    request: pytest.FixtureRequest, simulator: SimulatorThread, tmp_path: Path
) -> Iterator[Machine]:
    """The machine that the test names, or one with a user's file."""
    make = getattr(request, "param", a_users_file)
    yield make(simulator, tmp_path)
    simulator.machine("", "")


@pytest.fixture
async def portal(
    tmp_path: Path, simulator: SimulatorThread, settings: Settings, machine: Machine
) -> AsyncIterator[str]:
    """A whole portal, web and worker, with nothing but the machine's credentials; its address."""
    values = {
        "CLOUD": "simulated",
        "SIMULATOR_URL": simulator.url,
        "CLOCK_SPEED": "1000",
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir),
        "IDENTITY": "adc",
    }
    environment = {f"KFPORTAL_{name}": value for name, value in values.items()}
    process = Process(["app.cli", "serve"], environment | machine.environment, tmp_path / LOG)
    await process.start()
    try:
        await until_answered(f"{settings.public_url}/healthz", process)
        yield settings.public_url
    finally:
        await process.stop()


@pytest.mark.parametrize("machine", [a_users_file, a_key_file, a_metadata_server], indirect=True)
def test_a_portal_acts_as_whom_the_machine_stands_for_and_says_so(
    portal: str, machine: Machine, simulator: SimulatorThread, tmp_path: Path
) -> None:
    said = (tmp_path / LOG).read_text()
    assert f"Acts as {machine.email}: Application Default Credentials, {machine.kind}." in said
    name = f"of-{machine.email.partition('@')[0]}"
    with Browser(portal) as stranger:  # who comes by another name that leads to this machine
        answer = stranger.get("/sign-in", headers={"host": "evil.example"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    with Browser(portal) as browser:
        entered = browser.get("/sign-in?return_to=/deployments/new")
        assert entered.headers["location"] == "/deployments/new"
        page = browser.get("/deployments/new")
        assert f"Acts as {machine.email}, with this machine’s" in text_of(page)
        assert f'<option value="{PROJECT}">' in page.text
        report = browser.get(
            "/report.json", params=FORM | {"version": "sample", "project": PROJECT}
        ).json()
        assert report["state"] != "blocking", report
        changes = {"project": PROJECT, "name": name, "version": "sample"}
        assert browser.create(**changes).status_code == 303
    while f"{name}-vm@" not in str(simulator.inventory()["service_accounts"]):
        time.sleep(0.1)


def test_in_cloud_shell_it_acts_as_who_sits_there(
    simulator: SimulatorThread, tmp_path: Path
) -> None:
    simulator.machine(DANA, PROJECT)
    try:
        found_at = simulator.url.removeprefix("http://")
        environment = {"KFPORTAL_SIMULATOR_URL": simulator.url, "KFPORTAL_CLOUD": "simulated"}
        look = (
            "from app.google.identity import application_default as look;"
            "from app.settings import Settings; print(look(Settings()).email)"
        )
        done = run(tmp_path, "-c", look, **environment, **nothing_else(tmp_path, found_at))
        assert done.stdout == f"{DANA}\n", done.stderr
    finally:
        simulator.machine("", "")


def test_beyond_this_machine_they_are_refused(tmp_path: Path, machine: Machine) -> None:
    done = serve(tmp_path, KFPORTAL_HOST="0.0.0.0", **machine.environment)
    assert done.returncode == 2
    assert "on loopback only, and KFPORTAL_HOST is 0.0.0.0" in done.stderr


def test_without_any_credentials_it_says_what_there_could_be(tmp_path: Path) -> None:
    done = serve(tmp_path, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json"))
    assert done.returncode == 2
    assert "no OAuth client" in done.stderr
    assert "none.json" in done.stderr


def serve(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`kfportal serve` with an environment that makes it refuse."""
    return run(folder, "-m", "app.cli", "serve", **environment)


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python in a folder and an environment of its own."""
    return subprocess.run(
        [sys.executable, *command],
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("KFPORTAL_")},
            "KFPORTAL_DATA_DIR": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
