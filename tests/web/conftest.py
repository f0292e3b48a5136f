"""Portals that run against a simulated Google Cloud."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from app.store import schema
from app.store.database import Database
from tests.support.simulator import SimulatorThread
from tests.support.simulator import running as simulator_running
from tests.web.portal import Browser, Server, running


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    """One simulated cloud for this process's tests: they sign in, and look at projects."""
    with simulator_running(tmp_path_factory.mktemp("simulator")) as found:
        yield found


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror that has release 26.03, as far as the form looks."""
    index = tmp_path / "mirror" / "26.03" / "components" / "INDEX.tsv"
    index.parent.mkdir(parents=True)
    index.touch()
    return tmp_path / "mirror"


@pytest.fixture
def settings(tmp_path: Path, simulator: SimulatorThread, mirror: Path) -> Settings:
    """A portal's settings: its own folder, a free port, the simulated cloud."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
        cloud="simulated",
        simulator_url=simulator.url,
        clock_speed=40,
        data_dir=tmp_path / "data",
        port=free_port(),
        mirror=mirror,
    )


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    """The portal, running."""
    with running(settings) as (found, _):
        yield found


@pytest.fixture
def browser(server: Server, settings: Settings) -> Iterator[Browser]:
    """A browser that has not signed in."""
    with Browser(settings.public_url) as found:
        yield found


@pytest.fixture
def dana(browser: Browser) -> Browser:
    """A browser in which Dana has signed in."""
    browser.sign_in()
    return browser


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Database]:
    """The portal's database, seen from outside it."""
    found = Database.from_settings(settings)
    await schema.prepare(found)
    yield found
    await found.close()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
