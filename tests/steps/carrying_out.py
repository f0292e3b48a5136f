"""Carrying out steps without the engine."""

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from google.oauth2.credentials import Credentials
from pydantic import SecretStr

from app.domain.plan import StepName, plan_for
from app.domain.spec import DeploymentSecrets, Login
from app.domain.status import DeploymentState
from app.google.cloud import Cloud
from app.google.endpoints import Endpoints
from app.google.transport import Transport
from app.kube.client import KubeClient
from app.kube.errors import KubeRefused
from app.settings import Settings
from app.steps.context import StepContext
from app.steps.registry import REMOVALS, WORK
from app.store import deployments, events, steps
from app.store.database import Database
from app.store.tables import Deployment
from tests.support import samples
from tests.support.simulator import DANA, SimulatorThread

SPEED = 400.0
_KINDS = ("clusters", "addresses", "service_accounts", "endpoints_services")
_numbers = itertools.count(1)


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
            self.database, owner, wanted, secrets, plan, idempotency_key=uuid4().hex
        )

    def transport(self) -> Transport:
        """Calls with the owner's own rights."""
        credentials = Credentials(token=self.simulator.token(DANA))
        return Transport(credentials, Endpoints.from_settings(self.settings))

    def context(
        self, deployment: Deployment, step: StepName, transport: Transport | None = None
    ) -> StepContext:
        """What a step is given; every call with a new one is like a new process."""
        return StepContext(
            run_id=f"run of {deployment.id}",
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

    async def remove(self, deployment: Deployment, *names: StepName) -> None:
        """Take the work of steps away again, one after another."""
        for name in names:
            await REMOVALS[name](self.context(deployment, name))

    async def forget(self, deployment: Deployment) -> None:
        """The deployment is deleted: its name may be used again."""
        async with self.database.write() as tx:
            await deployments.set_state(tx, deployment.id, DeploymentState.DELETED)

    def made(self, deployment: Deployment) -> list[str]:
        """What the cloud itself lists of a deployment, its own name written as NAME."""
        found = self.simulator.inventory()
        things = [
            f"{kind} {thing.get('name') or thing.get('email') or thing.get('service')}"
            for kind in _KINDS
            for thing in found[kind]
            if not thing.get("deleted")
        ]
        things += [f"enabled {key}" for key in found["enabled_services"]]
        things += [
            f"{resource} {binding['role']} {member}"
            for resource, policy in found["policies"].items()
            for binding in policy.get("bindings", [])
            for member in binding["members"]
        ]
        pattern = re.compile(rf"\b{deployment.name}\b")
        return sorted(pattern.sub("NAME", line) for line in things if pattern.search(line))

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


async def enabled(bench: Bench, **spec: Any) -> Deployment:
    """A deployment whose project is prepared for it."""
    deployment = await bench.deployment(**spec)
    await bench.apply(deployment, StepName.ENABLE_SERVICES)
    return deployment


async def is_there(client: KubeClient, path: str) -> bool:
    """Whether a cluster has such an object."""
    try:
        await client.get(path)
    except KubeRefused as error:
        if error.status != 404:
            raise
        return False
    return True
