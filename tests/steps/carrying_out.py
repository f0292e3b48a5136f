"""Carrying out steps without the engine, and cutting them short."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.oauth2.credentials import Credentials
from pydantic import SecretStr

from app.domain.plan import StepName, plan_for
from app.domain.spec import DeploymentSecrets, Login
from app.google.cloud import Cloud
from app.google.endpoints import Endpoints
from app.google.transport import Transport
from app.settings import Settings
from app.steps.context import StepContext
from app.steps.registry import WORK
from app.store import deployments, events, steps
from app.store.database import Database
from app.store.tables import Deployment
from tests.support import samples
from tests.support.simulator import DANA, SimulatorThread

T = TypeVar("T")
SPEED = 400.0
_numbers = itertools.count(1)


class Killed(BaseException):
    """The portal dies here."""


@dataclass
class FragileTransport(Transport):
    """Dies at its call number `dies_at`: before the call goes out, or before its answer is used."""

    dies_at: int = 0
    afterwards: bool = False
    calls: list[int] = field(default_factory=list)

    async def run(self, call: Callable[[], T]) -> T:
        self.calls.append(len(self.calls) + 1)
        dies = len(self.calls) == self.dies_at
        if dies and not self.afterwards:
            raise Killed
        answer = await super().run(call)
        if dies:
            raise Killed
        return answer


@dataclass
class Bench:
    """Makes deployments and carries out their steps."""

    settings: Settings
    database: Database
    simulator: SimulatorThread

    async def deployment(self, login: Login = Login.IAP, **changes: object) -> Deployment:
        """A deployment of the built-in sample, just asked for, with a name of its own."""
        owner = await samples.user(self.database, DANA)
        client = "1234-abcd.apps.googleusercontent.com" if login == Login.IAP else ""
        wanted = samples.spec(
            **{
                "name": f"kf-{next(_numbers)}",
                "login": login,
                "version": "sample",
                "oauth_client_id": client,
                "username": "dana" if login == Login.PASSWORD else "",
                **changes,
            }
        )
        secrets = DeploymentSecrets(
            oauth_client_secret=SecretStr("their secret" if client else ""),
            password=SecretStr("correct horse battery" if login == Login.PASSWORD else ""),
        )
        plan = plan_for(wanted)
        return await deployments.create(
            self.database, owner, wanted, secrets, plan, idempotency_key=wanted.name
        )

    def transport(self, **fragile: Any) -> FragileTransport:
        """Calls with the owner's own rights."""
        credentials = Credentials(token=self.simulator.token(DANA))
        return FragileTransport(credentials, Endpoints.from_settings(self.settings), **fragile)

    def context(
        self, deployment: Deployment, step: StepName, transport: Transport | None = None
    ) -> StepContext:
        """What a step is given; every call with a new one is like a new process."""
        return StepContext(
            run_id="run",
            deployment_id=deployment.id,
            step=step,
            spec=deployment.spec,
            owner_email=DANA,
            database=self.database,
            settings=self.settings,
            cloud=Cloud(transport or self.transport()),
            installing=asyncio.Semaphore(2),
        )

    async def apply(self, deployment: Deployment, *names: StepName) -> None:
        """Carry out steps, one after another."""
        for name in names:
            await WORK[name](self.context(deployment, name))

    async def story(self, deployment: Deployment) -> list[str]:
        """The log as an English reader sees it."""
        async with self.database.read() as session:
            said = await events.after(session, deployment.id, 0)
        return [event.text % event.values for event in said]

    async def resources(self, deployment: Deployment) -> Sequence[str]:
        """Kind and name of what was written down."""
        async with self.database.read() as session:
            found = await steps.resources(session, deployment.id)
        return [f"{resource.kind} {resource.name}" for resource in found]
