"""A portal of one person's own: this machine's credentials stand in for an OAuth client."""

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from app.simulator.google import tokens
from app.simulator.google.cloud import DEMO_CLIENT
from app.web.sign_in import SCOPES
from tests.support.portals import Process, until_answered
from tests.support.simulator import DANA, SimulatorThread
from tests.web.portal import FORM, Browser, text_of


@pytest.fixture
def key_file(tmp_path: Path, simulator: SimulatorThread) -> Path:
    """What `gcloud auth application-default login` leaves behind, for Dana."""
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
    path = tmp_path / "application_default_credentials.json"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
async def portal(
    tmp_path: Path, simulator: SimulatorThread, settings: Settings, key_file: Path
) -> AsyncIterator[str]:
    """A whole portal, web and worker, with nothing but these credentials; its address."""
    values = {
        "CLOUD": "simulated",
        "SIMULATOR_URL": simulator.url,
        "CLOCK_SPEED": "1000",
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir),
        "IDENTITY": "adc",
    }
    environment = {f"KFPORTAL_{name}": value for name, value in values.items()}
    environment["GOOGLE_APPLICATION_CREDENTIALS"] = str(key_file)
    process = Process(["app.cli", "serve"], environment, tmp_path / "portal.log")
    await process.start()
    try:
        await until_answered(f"{settings.public_url}/healthz", process)
        yield settings.public_url
    finally:
        await process.stop()


async def test_a_portal_acts_as_whom_the_machine_stands_for_and_says_so(
    portal: str, tmp_path: Path
) -> None:
    said = (tmp_path / "portal.log").read_text()
    assert f"Acts as {DANA}: Application Default Credentials, a user’s credentials." in said
    with Browser(portal) as browser:
        entered = browser.get("/sign-in?return_to=/deployments/new")
        assert entered.headers["location"] == "/deployments/new"
        page = browser.get("/deployments/new")
        assert f"Acts as {DANA}, with this machine’s" in text_of(page)
        assert '<option value="your-project-id">' in page.text
        report = browser.get("/report.json", params=FORM | {"version": "sample"}).json()
        assert report["state"] != "blocking"


def test_its_worker_makes_things_with_the_same_credentials(
    portal: str, simulator: SimulatorThread
) -> None:
    with Browser(portal) as browser:
        browser.get("/sign-in")
        changes = {"project": "ml-sandbox-1234", "name": "of-my-own", "version": "sample"}
        assert browser.create(**changes).status_code == 303
    while "of-my-own-ip" not in str(simulator.inventory()):
        time.sleep(0.1)


async def test_other_names_that_lead_to_this_machine_get_in_nowhere(portal: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.get(f"{portal}/sign-in", headers={"host": "evil.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_beyond_this_machine_they_are_refused(tmp_path: Path, key_file: Path) -> None:
    done = serve(tmp_path, KFPORTAL_HOST="0.0.0.0", GOOGLE_APPLICATION_CREDENTIALS=str(key_file))
    assert done.returncode == 2
    assert "on loopback only, and KFPORTAL_HOST is 0.0.0.0" in done.stderr


def test_without_any_credentials_it_says_what_there_could_be(tmp_path: Path) -> None:
    done = serve(tmp_path, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json"))
    assert done.returncode == 2
    assert "no OAuth client" in done.stderr
    assert "none.json" in done.stderr


def serve(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`kfportal serve` with an environment that makes it refuse."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "serve"],
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
