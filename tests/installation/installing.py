"""Installations of the real release without the portal around them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.domain.spec import DeploymentSpec, Login
from app.domain.status import Level
from app.kube.client import KubeClient
from app.kubeflow.bundle import Bundle, Item
from app.kubeflow.credentials import GENERATED, Credentials
from app.kubeflow.own import made_own, owner_of
from app.simulator.controllers.kubelet.fate import Fate
from app.steps.installation import Installation
from tests.kubeflow.real import VERSION, shipped
from tests.support.control_plane import RunningCluster

Json = dict[str, Any]
SPEED = 10.0  # seconds of the cloud's clock in a real one, for limits and pauses


@dataclass
class Story:
    """Keeps what is said; a real second is `speed` of its clock's."""

    speed: float = SPEED
    lines: list[str] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, text: str, *, level: Level = Level.INFO, **values: Any) -> None:
        self.lines.append(text % values)
        self._more.set()

    async def progress(self, fraction: float, text: str, **values: Any) -> None:
        self.lines.append(text % values)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    def tells(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    async def told(self, text: str) -> None:
        """Wait until something of the kind has been said."""
        while not self.tells(text):
            self._more.clear()
            await self._more.wait()


class Fates:
    """What becomes of all Pods of a cluster; a test may change it."""

    def __init__(self) -> None:
        self.of_all = Fate(0)

    def __call__(self, *_: object) -> Fate:
        return self.of_all


def own(login: Login, without: tuple[str, ...] = ()) -> Bundle:
    """The real release as Dana's; skips where it is not at hand. Not for a running loop."""
    return danas(shipped(login), login, without)


def danas(bundle: Bundle, login: Login, without: tuple[str, ...] = ()) -> Bundle:
    """A bundle of the release's made Dana's own, with new credentials."""
    form: Json = {"project": "a-project", "name": "kf-1", "login": login, "zone": "us-central1-a"}
    if login == Login.IAP:
        form["oauth_client_id"] = "1-a.apps.googleusercontent.com"
    if login == Login.PASSWORD:
        form["username"] = "dana"
    spec = DeploymentSpec.model_validate({**form, "version": VERSION, "without": without})
    made = {name: make() for name, make in GENERATED.items()}
    credentials = Credentials(**made, password_hash="$2b$12$" + "a" * 53)
    owner = owner_of(spec, "dana@example.com", credentials)
    return made_own(bundle, owner, without=without)


def few(*bodies: Json) -> Bundle:
    """A bundle of these objects, all of one component."""
    return Bundle("test", "password", tuple(Item.of("Test", False, body) for body in bodies))


@asynccontextmanager
async def connected(cluster: RunningCluster) -> AsyncIterator[KubeClient]:
    """A client with the administrator's rights."""

    async def token(instead_of: str = "") -> str:
        return cluster.token

    async with await KubeClient.connect(cluster.url, cluster.ca_certificate, token) as client:
        yield client


async def install(client: KubeClient, bundle: Bundle, story: Story | None = None) -> Story:
    """Both parts of an installation, from one process; what was said."""
    story = story or Story()
    await Installation(client, bundle, story, clock_speed=story.speed).base()
    await Installation(client, bundle, story, clock_speed=story.speed).components()
    return story
