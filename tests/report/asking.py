"""Asking whether something would work."""

from google.oauth2.credentials import Credentials

from app.google.endpoints import Endpoints
from app.google.facts import Facts
from app.google.transport import Transport
from app.report import Asked, Line, Report, report
from app.settings import Settings
from tests.support.samples import spec
from tests.support.simulator import DANA, SimulatorThread

NEW, USED = "your-project-id", "ml-sandbox-1234"  # a project without, and one with all APIs


def facts(simulator: SimulatorThread, project: str = USED, email: str = DANA) -> Facts:
    """What `email` can find out about a project of the simulated cloud."""
    return Facts(_transport(simulator.url, simulator.credentials(email)), project)


def of_nobody(url: str) -> Facts:
    """Questions to an address where no cloud is."""
    return Facts(_transport(url, Credentials(token="t")), USED)


async def ask(
    simulator: SimulatorThread,
    project: str = USED,
    email: str = DANA,
    *,
    unclear: frozenset[str] = frozenset(),
    ours: str = "",
    **changes: object,
) -> Report:
    """The report on a deployment with `changes`; whatever it says, it says what to do."""
    wanted = spec(project=project, **changes)
    asked = Asked(wanted, email, unclear, ours)
    found = await report(facts(simulator, project, email), asked)
    urgent = (*found.blocking, *found.warnings)
    assert [each.check for each in urgent if not each.hint and not each.waits_for] == []
    return found


def line(found: Report, check: str) -> Line:
    """The one line of a check."""
    (only,) = [line for line in found.lines if line.check == check]
    return only


def _transport(url: str, credentials: Credentials) -> Transport:
    settings = Settings(cloud="simulated", simulator_url=url)
    return Transport(credentials, Endpoints.from_settings(settings), patience=5)
