"""What all APIs of the simulated cloud share: documents, clock, waits, tokens, faults."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from app.simulator.clock import Clock
from app.simulator.faults import Faults
from app.simulator.google.errors import Json
from app.simulator.google.rates import Rates
from app.simulator.state import State
from app.simulator.timings import Timings

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_OUR_SUFFIXES = ("-admin", "-user", "-vm", "-ip", "-address")


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An OAuth client that is registered with the simulator."""

    client_id: str
    secret: str
    name: str = "Kubeflow Deploy Portal"


DEMO_CLIENT = OAuthClient("kfportal-demo.apps.googleusercontent.com", "demo-secret")


@dataclass
class Cloud:
    """The simulated cloud; `base_url` is how browsers and clients reach it (no slash at the end).

    `host` is the address that clusters' endpoints name; `dns_endpoint_port` is where their DNS
    endpoints are (0: nowhere yet).
    """

    state: State
    clock: Clock
    timings: Timings
    base_url: str
    host: str = "127.0.0.1"
    oauth_clients: tuple[OAuthClient, ...] = (DEMO_CLIENT,)
    dns_endpoint_port: int = 0
    clusters_changed: asyncio.Event = field(default_factory=asyncio.Event)
    faults: Faults = field(init=False)
    rates: Rates = field(init=False)
    _turns: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self.faults = Faults(self.state)
        self.rates = Rates(self.clock)

    def now(self) -> datetime:
        """The present, aware and in UTC."""
        return self.clock.now()

    def passed(self, moment: str | None) -> bool:
        """Whether a stored moment lies in the past; one that is not set does not."""
        return moment is not None and datetime.fromisoformat(moment) <= self.now()

    def turn(self, name: str) -> int:
        """How often this was asked about `name`, from 0, since the simulator started."""
        self._turns[name] += 1
        return self._turns[name] - 1

    def wait(self, what: str, project: str, seconds: float, deployment: str | None = None) -> str:
        """Impose a wait from now on: note it, and return the stored moment at which it ends."""
        start = self.now()
        end = self.clock.after(seconds, start)
        self.note_wait(what, project, deployment, seconds, start, end)
        return stamp(end)

    def note_wait(
        self,
        what: str,
        project: str,
        deployment: str | None,
        seconds: float,
        start: datetime,
        end: datetime | None,
    ) -> str:
        """Write a wait down; returns its id. `seconds` are simulated, the moments real."""
        wait_id = f"{start.timestamp():.6f}-{secrets.token_hex(4)}"
        document = {
            "what": what,
            "project": project,
            "deployment": deployment,
            "started": stamp(start),
            "ended": stamp(end) if end else None,
            "simulated_seconds": seconds,
        }
        self.state.put("waits", wait_id, document)
        return wait_id

    def end_wait(self, wait_id: str) -> Json | None:
        """Note that an open wait is over now; the wait, or None if none of this id was open."""
        document = self.state.get("waits", wait_id)
        if document is None or document["ended"] is not None:
            return None
        self.state.put("waits", wait_id, {**document, "ended": stamp(self.now())})
        return document

    def waits(self) -> list[Json]:
        """Every wait so far, oldest first; those that go on have no end yet."""
        return [
            {**wait, "ended": wait["ended"] if self.passed(wait["ended"]) else None}
            for _, wait in self.state.items("waits")
        ]


def stamp(moment: datetime) -> str:
    """RFC 3339 with microseconds and `Z`, as Google's APIs write timestamps."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse(moment: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(moment)


def fraction(start: str, end: str, now: datetime) -> float:
    """How much of the time between two stored moments has passed, 0 to 1."""
    length = parse(end) - parse(start)
    if length <= timedelta():
        return 1.0
    return min(1.0, max(0.0, (now - parse(start)) / length))


def numeric_id(digits: int = 19) -> str:
    """A random decimal id that does not begin with 0."""
    first = secrets.choice("123456789")
    return first + "".join(secrets.choice("0123456789") for _ in range(digits - 1))


def uuid() -> str:
    """A random UUID's usual text."""
    return str(uuid4())


def deployment_of(name: str) -> str:
    """The name of the deployment that a resource called `name` most likely belongs to."""
    for suffix in _OUR_SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name
