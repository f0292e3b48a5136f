"""What differs in a cluster from what was installed: the page, and the command."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.domain.plan import StepName, plan_for
from app.domain.spec import DeploymentSecrets, Login
from app.settings import Settings
from app.simulator.controllers.client import KubernetesClient
from app.simulator.controllers.kinds import DEPLOYMENT, SECRET, SERVICE
from app.simulator.timings import Timings
from app.steps.assembling import context_for
from app.steps.registry import WORK
from app.store import deployments
from app.store.database import Database
from app.store.tables import User
from tests.support import samples
from tests.support.simulator import SimulatorThread
from tests.support.simulator import running as simulator_running
from tests.web.conftest import free_port
from tests.web.portal import Browser, running, text_of

_SPEED = 400.0
_QUICK = Timings(create_cluster=60, certificate=20, ingress_address=20, pod_most=30)
_INSTALLED = (
    StepName.CHECK_PROJECT,
    StepName.ENABLE_SERVICES,
    StepName.CREATE_ACCOUNTS,
    StepName.CREATE_CLUSTER,
    StepName.LOAD_BUNDLE,
    StepName.INSTALL_BASE,
    StepName.INSTALL_KUBEFLOW,
)
_OTHER = "b3RoZXI="
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def quick_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with simulator_running(tmp_path_factory.mktemp("cloud"), speed=_SPEED, timings=_QUICK) as found:
        yield found


@dataclass
class Installed:
    """A portal with one deployment of the sample, whose owner is signed in."""

    settings: Settings
    browser: Browser
    database: Database
    id: str
    cloud: SimulatorThread

    async def page(self, **query: str | list[str]) -> str:
        answer = await asyncio.to_thread(
            self.browser.get, f"/deployments/{self.id}/drift", params=query
        )
        assert answer.status_code == 200
        return text_of(answer)

    def cluster(self) -> KubernetesClient:
        """The cluster's API, as somebody who works there with tools of their own."""
        access = self.cloud.simulator.world.clusters()[-1]
        return KubernetesClient(access.url, access.ca_certificate, access.token)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {
            "KFPORTAL_CLOUD": "simulated",
            "KFPORTAL_SIMULATOR_URL": self.settings.simulator_url,
            "KFPORTAL_DATA_DIR": str(self.settings.data_dir),
        }
        return subprocess.run(
            [sys.executable, "-m", "app.cli", "drift", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, **own},
            timeout=60,
            check=False,
        )


@pytest.fixture
async def installed(tmp_path: Path, quick_cloud: SimulatorThread) -> AsyncIterator[Installed]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
        cloud="simulated",
        simulator_url=quick_cloud.url,
        clock_speed=_SPEED,
        data_dir=tmp_path / "data",
        port=free_port(),
    )
    with running(settings) as (_, url), Browser(url) as browser:
        await asyncio.to_thread(browser.sign_in)
        database = Database.from_settings(settings)
        deployment = await _install(settings, database)
        yield Installed(settings, browser, database, deployment, quick_cloud)
        await database.close()


async def _install(settings: Settings, database: Database) -> str:
    wanted = samples.spec(
        name=f"kf-drift-{next(_numbers)}",
        login=Login.PASSWORD,
        version="sample",
        oauth_client_id="",
        username="dana",
    )
    secrets = DeploymentSecrets(password=SecretStr("correct horse battery"))
    async with database.read() as session:
        owner = (await session.scalars(select(User))).one()
    made = await deployments.create(database, owner, wanted, secrets, plan_for(wanted), "key")
    for step in _INSTALLED:
        context = await context_for(
            settings,
            database,
            made.id,
            step,
            run_id="run",
            installing=asyncio.Semaphore(1),
        )
        await WORK[step](context)
    return made.id


async def test_the_page_tells_what_differs_field_by_field(installed: Installed) -> None:
    assert "Everything in the cluster is as it was installed." in await installed.page()

    async with installed.cluster() as client:
        ui = await client.get(DEPLOYMENT, "kubeflow", "katib-ui")
        ui["spec"]["template"]["spec"]["containers"][0]["image"] = "example.org/other:1"
        await client.merge(DEPLOYMENT, ui, {"spec": ui["spec"]}, "somebody")
        secret = await client.get(SECRET, "auth", "dex-passwords")
        await client.merge(SECRET, secret, {"data": dict.fromkeys(secret["data"], _OTHER)}, "they")
        gateway = await client.get(SERVICE, "istio-system", "istio-ingressgateway")
        await client.delete(SERVICE, gateway)

    page = await installed.page()
    assert "3 objects are not as they were installed." in page
    assert "Service istio-system/istio-ingressgateway is missing" in page
    assert "spec.template.spec.containers[name=main].image" in page
    assert "in the cluster example.org/other:1 as installed registry.k8s.io/pause:3.10" in page
    assert _OTHER not in page

    told = await asyncio.to_thread(installed.command, installed.id)
    assert told.returncode == 1, told.stderr
    assert "+ Service istio-system/istio-ingressgateway" in told.stdout
    as_json = await asyncio.to_thread(installed.command, installed.id, "--json")
    assert len(json.loads(as_json.stdout)["objects"]) == 3


async def test_a_change_is_previewed_and_not_made_and_an_unknown_name_is_said_so(
    installed: Installed,
) -> None:
    page = await installed.page(version="sample", component=["pipelines", "notebooks", "kserve"])
    assert "Deployment kubeflow/katib-ui would be removed" in page
    assert "ml-pipeline" not in page
    async with installed.cluster() as client:
        assert await client.get(DEPLOYMENT, "kubeflow", "katib-ui")

    told = await asyncio.to_thread(installed.command, "no-such-thing")
    assert told.returncode == 2
    assert "There are 0 deployments called no-such-thing" in told.stdout
