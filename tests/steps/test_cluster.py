"""The cluster: made once, made anew when a try broke, with what was asked for, and taken away."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests

from app.domain.plan import StepName
from app.errors import Permanent, Transient
from app.google.cluster_message import ClusterOrder
from app.steps.registry import WORK
from app.steps.waiting import until
from app.store import steps
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench
from tests.support.meddler import Meddler
from tests.support.simulator import SimulatorThread

S = StepName
_BEFORE = (S.ENABLE_SERVICES, S.CREATE_ACCOUNTS)
_ZONE, _REGION = "asia-east1-a", "asia-east1"


class Faults:
    """What goes wrong in the simulated cloud, until the test is over."""

    def __init__(self, simulator: SimulatorThread) -> None:
        self._url = f"{simulator.url}/_simulator/faults"

    def arm(self, name: str, arg: str = "") -> None:
        answer = requests.post(self._url, json={"name": name, "arg": arg}, timeout=10)
        assert answer.ok, answer.text

    def clear(self) -> None:
        requests.delete(self._url, timeout=10)


@pytest.fixture
def faults(simulator: SimulatorThread) -> Iterator[Faults]:
    found = Faults(simulator)
    yield found
    found.clear()


def cluster(bench: Bench, deployment: Deployment) -> dict[str, Any]:
    """The cluster as GKE shows it."""
    where = f"projects/{deployment.project}/locations/{_ZONE}/clusters/{deployment.name}"
    answer = bench.simulator.session().get(
        f"{bench.simulator.url}/container/v1/{where}", timeout=10
    )
    found: dict[str, Any] = answer.json()
    return found


def clusters(bench: Bench, deployment: Deployment) -> list[str]:
    """The states of the clusters of the deployment's name."""
    found = bench.simulator.inventory()["clusters"]
    return [each["status"] for each in found if each["name"] == deployment.name]


def routers(bench: Bench) -> list[str]:
    return [router["name"] for router in bench.simulator.inventory()["routers"]]


async def begun(bench: Bench, **spec: Any) -> Deployment:
    """A deployment that has got as far as its cluster."""
    deployment = await bench.deployment(**spec)
    await bench.apply(deployment, *_BEFORE)
    return deployment


async def stopped_while_it_is_made(bench: Bench, deployment: Deployment) -> None:
    """The step is stopped when GKE has begun to make the cluster."""
    task = asyncio.create_task(WORK[S.CREATE_CLUSTER](bench.context(deployment, S.CREATE_CLUSTER)))
    context = bench.context(deployment, S.CREATE_CLUSTER)
    await until(context, lambda: _appeared(bench, deployment), limit=600, what="cluster")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _appeared(bench: Bench, deployment: Deployment) -> bool | None:
    return True if clusters(bench, deployment) else None


async def test_quota_that_runs_out_later_is_told_in_googles_words(
    bench: Bench, faults: Faults
) -> None:
    """Trap: the operation is DONE, and the error is in it."""
    deployment = await begun(bench)
    faults.arm("quota-exceeded-later", "1")
    with pytest.raises(Permanent, match=r"Quota 'IN_USE_ADDRESSES' exceeded") as refused:
        await bench.apply(deployment, S.CREATE_CLUSTER)
    assert "quota" in refused.value.hint
    assert clusters(bench, deployment) == ["ERROR"]


@pytest.mark.parametrize("fault", ["stock-out", "stock-out-slow"])
async def test_a_zone_out_of_stock_is_told_with_what_to_do(
    bench: Bench, faults: Faults, fault: str
) -> None:
    deployment = await begun(bench)
    faults.arm(fault)
    with pytest.raises(Permanent, match="enough resources") as refused:
        await bench.apply(deployment, S.CREATE_CLUSTER)
    assert "another zone" in refused.value.hint


async def test_a_broken_cluster_is_removed_before_the_next_try(
    bench: Bench, faults: Faults
) -> None:
    """Trap: a failed creation leaves an ERROR cluster, and its name is taken."""
    deployment = await begun(bench)
    faults.arm("operation-fails")
    with pytest.raises(Transient):
        await bench.apply(deployment, S.CREATE_CLUSTER)
    assert clusters(bench, deployment) == ["ERROR"]
    faults.clear()
    await bench.apply(deployment, S.CREATE_CLUSTER)
    assert clusters(bench, deployment) == ["RUNNING"]
    assert any("broken cluster" in line for line in await bench.story(deployment))


async def test_progress_is_told_and_never_goes_back(bench: Bench) -> None:
    deployment = await begun(bench)
    seen: list[float] = []

    async def watch() -> None:
        while True:
            async with bench.database.read() as session:
                rows = await steps.of_deployment(session, deployment.id)
            seen.extend(row.fraction for row in rows if row.name == S.CREATE_CLUSTER)
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    await bench.apply(deployment, S.CREATE_CLUSTER)
    watching.cancel()
    assert seen == sorted(seen)
    assert len(set(seen)) > 1
    story = await bench.story(deployment)
    assert any(line.startswith("Google ") and " of " in line for line in story)


async def test_the_cluster_has_the_gpus_and_spot_nodes_that_were_asked_for(bench: Bench) -> None:
    deployment = await begun(bench, gpu_type="nvidia-tesla-t4", gpus=2, spot=True)
    await bench.apply(deployment, S.CREATE_CLUSTER)
    found = cluster(bench, deployment)
    main, gpus = found["nodePools"]
    assert main["config"]["spot"]
    assert gpus["config"]["spot"]
    assert gpus.get("initialNodeCount", 0) == 0
    assert gpus["autoscaling"]["enabled"]
    (accelerator,) = gpus["config"]["accelerators"]
    assert accelerator["acceleratorType"] == "nvidia-tesla-t4"
    assert accelerator["gpuDriverInstallationConfig"]["gpuDriverVersion"] == "DEFAULT"
    assert found["resourceLabels"]["kubeflow-deploy-portal-name"] == deployment.name


async def test_private_nodes_go_out_through_a_nat_that_goes_with_the_last_of_them(
    bench: Bench,
) -> None:
    """Trap: without a NAT private nodes cannot pull images; a region has one for a network."""
    first = await begun(bench, private_nodes=True)
    await bench.apply(first, S.CREATE_CLUSTER, S.CREATE_CLUSTER)
    assert cluster(bench, first)["networkConfig"]["defaultEnablePrivateNodes"]
    assert routers(bench) == [f"{first.name}-router"]
    second = await begun(bench, private_nodes=True)
    await bench.apply(second, S.CREATE_CLUSTER)
    assert routers(bench) == [f"{first.name}-router"]
    await bench.remove(first, S.CREATE_CLUSTER)
    assert routers(bench) == [f"{first.name}-router"]
    assert any("is kept: other clusters" in line for line in await bench.story(first))
    await bench.remove(second, S.CREATE_CLUSTER)
    assert routers(bench) == []


async def test_a_nat_of_others_is_used_and_left_alone(bench: Bench) -> None:
    deployment = await begun(bench, private_nodes=True)
    compute = bench.context(deployment, S.CREATE_CLUSTER).cloud.routers
    await compute.create(deployment.project, _REGION, "theirs", description="", request_id="0" * 32)
    await bench.apply(deployment, S.CREATE_CLUSTER)
    await bench.remove(deployment, S.CREATE_CLUSTER)
    assert routers(bench) == ["theirs"]
    await compute.delete(deployment.project, _REGION, "theirs")
    assert not any("router" in line for line in await bench.resources(deployment))


async def test_a_cluster_that_is_being_made_is_deleted_when_that_has_ended(
    meddled: Bench, meddler: Meddler, faults: Faults
) -> None:
    """Trap: meanwhile Google answers 400 `Cluster is running incompatible operation`."""
    deployment = await begun(meddled)
    faults.arm("operation-never-ends")
    meddler.refuse("POST .*/operations/.*:cancel", 400, "The operation cannot be cancelled.")
    meddler.first("DELETE .*/clusters/.*", faults.clear)
    await stopped_while_it_is_made(meddled, deployment)
    await meddled.remove(deployment, S.CREATE_CLUSTER)
    assert clusters(meddled, deployment) == []
    told = await meddled.story(deployment)
    assert any("incompatible operation" in line and "Waiting" in line for line in told)
    assert any(line.endswith("The operation cannot be cancelled.") for line in told)


async def test_an_order_that_would_last_for_half_an_hour_is_given_up(
    bench: Bench, faults: Faults
) -> None:
    """Trap: a zone out of stock keeps the making of a cluster, and its deletion, for 35 minutes."""
    deployment = await begun(bench)
    faults.arm("operation-never-ends")
    await stopped_while_it_is_made(bench, deployment)
    await bench.remove(deployment, S.CREATE_CLUSTER)
    assert clusters(bench, deployment) == []
    assert "Asked Google to give up making the cluster." in await bench.story(deployment)


async def test_a_broken_cluster_is_deleted(bench: Bench, faults: Faults) -> None:
    deployment = await begun(bench)
    faults.arm("operation-fails")
    with suppress(Transient):
        await bench.apply(deployment, S.CREATE_CLUSTER)
    faults.clear()
    await bench.remove(deployment, S.CREATE_CLUSTER)
    assert clusters(bench, deployment) == []
    assert f"cluster {deployment.name} is gone." in await bench.story(deployment)


async def test_a_cluster_that_others_made_is_not_deleted(bench: Bench) -> None:
    deployment = await begun(bench)
    names = deployment.spec.names
    order = ClusterOrder(
        project=deployment.project,
        zone=deployment.spec.zone,
        name=names.cluster,
        version="",
        machine_type="n1-standard-4",
        nodes=1,
        disk_gb=50,
        node_pool="default-pool",
        node_account=names.account_email(names.node_account),
    )
    await bench.context(deployment, S.CREATE_CLUSTER).cloud.clusters.create(order)
    await bench.remove(deployment, S.CREATE_CLUSTER)
    assert clusters(bench, deployment) in (["PROVISIONING"], ["RUNNING"])
