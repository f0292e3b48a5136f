"""Every step and every removal: applied twice, and killed at each of its calls.

Which there are, and what each stands on, is read from the registry and the plan.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from app.domain.names import GATEWAY_SERVICE, INGRESS_NAMESPACE
from app.domain.plan import StepName, plan_for, teardown_for
from app.google.services import NEEDED
from app.kube.client import Json
from app.simulator.timings import Timings
from app.steps import endpoint_objects as objects
from app.steps.applying import apply_in_order
from app.steps.cluster import kube_client
from app.steps.kubeflow import installation
from app.steps.registry import REMOVALS, WORK
from app.store.tables import Deployment
from tests.steps.carrying_out import SPEED, Bench, enabled
from tests.steps.killing import Death, Place, Way, deaths
from tests.steps.standing import PARTS, standing
from tests.steps.test_whole_removal import people_at_work
from tests.support import samples
from tests.support.simulator import SimulatorThread, running

S = StepName
_HURRY = 10  # the cloud is so many times as fast as the portal believes, and seldom waited for
_QUICK = Timings(create_cluster=120, certificate=60, ingress_address=40, pod_most=30)
_LEFT_OUT = ("katib", "kserve", "notebooks", "pipelines", "tensorboards", "trainer", "volumes")
_KEPT = (S.ENABLE_SERVICES, S.WAIT_READY)  # what is made there stays, or is nothing
_EMPTY_PROJECT = "small-quota-project"
_EVERY_STEP = pytest.mark.parametrize("step", WORK, ids=str)
_EVERY_REMOVAL = pytest.mark.parametrize("step", REMOVALS, ids=str)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    home = tmp_path_factory.mktemp("cloud")
    with running(home, speed=SPEED * _HURRY, timings=_QUICK) as thread:
        yield thread


@_EVERY_STEP
async def test_a_step_killed_at_any_of_its_calls_makes_everything_once(
    bench: Bench, step: StepName
) -> None:
    ground = Ground(bench, step)
    deployment = await ground.ready()
    await bench.apply(deployment, step)
    whole = await standing(bench, deployment)
    await bench.apply(deployment, step)
    assert await standing(bench, deployment) == whole
    async for death in all_deaths(bench, step, ground.ready):
        await bench.apply(death.deployment, step)
        assert await standing(bench, death.deployment) == whole, str(death)
    await ground.left()


@_EVERY_REMOVAL
async def test_a_removal_killed_at_any_of_its_calls_leaves_nothing(
    bench: Bench, step: StepName
) -> None:
    ground = Ground(bench, step, built=True)
    deployment = await ground.ready()
    await bench.remove(deployment, step)
    bare = await standing(bench, deployment)
    await bench.remove(deployment, step)
    assert await standing(bench, deployment) == bare
    async for death in all_deaths(bench, step, ground.ready, removing=True):
        await bench.remove(death.deployment, step)
        assert await standing(bench, death.deployment) == bare, str(death)
    await ground.left()


@pytest.mark.parametrize("step", [s for s in REMOVALS if s not in _KEPT], ids=str)
async def test_what_a_killed_step_left_half_made_is_gone(bench: Bench, step: StepName) -> None:
    ground = Ground(bench, step)
    bare = _without_kept(await standing(bench, await ground.ready()))
    async for death in all_deaths(bench, step, ground.ready):
        await bench.remove(death.deployment, step)
        assert _without_kept(await standing(bench, death.deployment)) == bare, str(death)
    await ground.left()


def _without_kept(lines: list[str]) -> list[str]:
    """What is written down as kept, or goes with the cluster or the endpoint and not before."""
    kept = ("written down: public name", "firewalls: ", "requestauthentications ")
    return [line for line in lines if not line.startswith(kept)]


async def all_deaths(
    bench: Bench, step: StepName, place: Place, *, removing: bool = False
) -> AsyncIterator[Death]:
    """Before each call and after each; a step that makes none dies at its writes."""
    works, died = REMOVALS if removing else WORK, 0
    for way in Way:
        async for death in deaths(bench, step, way, place, works):
            died += 1
            yield death
    assert died, f"{step} was never killed"


@dataclass
class Ground:
    """Deployments on which all stands that a step needs; with `built`, the step's work as well.

    What stands in a cluster is taken away again and the cluster used once more.
    """

    bench: Bench
    step: StepName
    built: bool = False
    _used: Deployment | None = None

    async def ready(self) -> Deployment:
        """The next one; of the one before nothing is left."""
        bench, needs = self.bench, _needed_by(self.step)
        if self._used is None:
            await enabled(bench)  # by another deployment, once and for all
        elif not self.built:
            await self._clear(self._used)
        if self._used is not None and S.CREATE_CLUSTER in needs:
            await self._build_again(self._used)
            return self._used
        if self.step == S.ENABLE_SERVICES:
            _disable(bench)
        self._used = await bench.deployment(
            project=_EMPTY_PROJECT if self.step == S.ENABLE_SERVICES else "your-project-id",
            private_nodes=self.step == S.CREATE_CLUSTER,
            without=_LEFT_OUT,
        )
        await bench.apply(self._used, *needs)
        await self._build(self._used)
        return self._used

    async def left(self) -> None:
        """No cluster goes on running."""
        if self._used is not None and S.CREATE_CLUSTER in (self.step, *_needed_by(self.step)):
            await self.bench.remove(self._used, S.CREATE_CLUSTER)
            left = await standing(self.bench, self._used)
            assert not [line for line in left if line.partition(": ")[0] in PARTS]

    async def _clear(self, deployment: Deployment) -> None:
        if self.step in (S.INSTALL_BASE, S.INSTALL_KUBEFLOW):
            await _uninstall(self.bench, deployment)
        elif self.step in REMOVALS and self.step != S.WAIT_READY:
            await self.bench.remove(deployment, self.step)

    async def _build_again(self, deployment: Deployment) -> None:
        """What was there before and is not any more."""
        if self.step == S.INSTALL_KUBEFLOW:
            await self.bench.apply(deployment, S.INSTALL_BASE)
        if self.step != S.WAIT_READY:
            await self._build(deployment)

    async def _build(self, deployment: Deployment) -> None:
        if self.built and self.step == S.WAIT_READY:
            undone = [removal.undoes for removal in teardown_for(deployment.spec)]
            await self.bench.remove(deployment, *(n for n in undone if n and n != S.WAIT_READY))
        elif self.built:
            await self.bench.apply(deployment, self.step)
            if self.step == S.CREATE_CLUSTER:
                await _inhabit(self.bench, deployment)


def _needed_by(step: StepName) -> list[StepName]:
    """All that a step stands on, in the plan's order; a mere look at the project is left out."""
    plan = plan_for(samples.spec())
    found = set(plan[step].needs)
    for other in reversed(plan.steps):
        if other.name in found:
            found.update(other.needs)
    return [name for name in plan.names if name in found and name != S.CHECK_PROJECT]


async def _inhabit(bench: Bench, deployment: Deployment) -> None:
    """Something is in the cluster that would outlive it: a disk, and a load balancer."""
    await people_at_work(bench, deployment)
    head = {"apiVersion": "v1", "metadata": {"name": INGRESS_NAMESPACE}}
    ports = [{"name": "http2", "port": 80, "targetPort": objects.HTTP_PORT}]
    metadata = {"name": GATEWAY_SERVICE, "namespace": INGRESS_NAMESPACE}
    gateway = {"metadata": metadata, "spec": {"type": "LoadBalancer", "ports": ports}}
    wanted: list[Json] = [
        {**head, "kind": "Namespace"},
        {"apiVersion": "v1", "kind": "Service", **gateway},
        objects.ingress(deployment.spec.names.address),
    ]
    context = bench.context(deployment, S.WAIT_READY)
    async with await kube_client(context) as client:
        await apply_in_order(context, client, wanted)


async def _uninstall(bench: Bench, deployment: Deployment) -> None:
    """The cluster is as empty again."""
    context = bench.context(deployment, S.INSTALL_KUBEFLOW)
    async with await kube_client(context) as client:
        await (await installation(context, client)).remove()


def _disable(bench: Bench) -> None:
    """The project is as new again."""
    url = f"{bench.simulator.url}/serviceusage/v1/projects/{_EMPTY_PROJECT}/services"
    session = bench.simulator.session()
    for name in NEEDED:
        if name != "serviceusage.googleapis.com":
            session.post(f"{url}/{name}:disable", json={}, timeout=10)
