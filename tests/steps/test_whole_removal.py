"""All that a deployment made is taken away again, in the order of the teardown's plan."""

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.plan import StepName, plan_for, teardown_for
from app.domain.spec import Login
from app.kube.client import Json
from app.steps.applying import apply_in_order
from app.steps.cluster import kube_client
from app.steps.waiting import until
from app.store.tables import Deployment, Resource
from tests.steps.carrying_out import Bench

S = StepName


def removals(deployment: Deployment) -> list[StepName]:
    """The steps whose work is taken away, in that order."""
    undone = [step.undoes for step in teardown_for(deployment.spec)]
    return [name for name in undone if name and name != S.WAIT_READY]


def left(bench: Bench) -> dict[str, Any]:
    """Everything in the cloud, but for what is said to be kept, and for ids and etags."""
    found = bench.simulator.inventory()
    found["endpoints_services"] = [e for e in found["endpoints_services"] if not e["deleted"]]
    found["enabled_services"] = [
        key for key in found["enabled_services"] if ".endpoints." not in key
    ]
    found["policies"] = {
        resource: sorted((b["role"], *b["members"]) for b in policy["bindings"])
        for resource, policy in found["policies"].items()
        if policy["bindings"]
    }
    return found


def _claim() -> Json:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    head = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return {**head, "metadata": {"name": "theirs", "namespace": "default"}, "spec": wanted}


def _deployment() -> Json:
    """Something that holds on to the claim."""
    volume = {"name": "theirs", "persistentVolumeClaim": {"claimName": "theirs"}}
    container = {"name": "c", "image": "busybox"}
    template = {
        "metadata": {"labels": {"app": "theirs"}},
        "spec": {"containers": [container], "volumes": [volume]},
    }
    spec = {"selector": {"matchLabels": {"app": "theirs"}}, "template": template}
    head = {"apiVersion": "apps/v1", "kind": "Deployment"}
    return {**head, "metadata": {"name": "theirs", "namespace": "default"}, "spec": spec}


async def people_at_work(bench: Bench, deployment: Deployment) -> None:
    """Somebody keeps data in the cluster, on a disk that a Pod is using."""
    context = bench.context(deployment, S.WAIT_READY)
    async with await kube_client(context) as client:
        await apply_in_order(context, client, [_claim(), _deployment()])

        async def bound() -> bool | None:
            found = await client.get("/api/v1/namespaces/default/persistentvolumeclaims/theirs")
            return True if found.get("status", {}).get("phase") == "Bound" else None

        await until(context, bound, limit=600, what="bound claim")


@pytest.mark.parametrize("login", Login, ids=str)
async def test_a_deployment_leaves_nothing_behind(bench: Bench, login: Login) -> None:
    deployment = await bench.deployment(login)
    await bench.apply(deployment, S.ENABLE_SERVICES)
    before = left(bench)
    await bench.apply(deployment, *plan_for(deployment.spec).names)
    assert left(bench)["clusters"] != before["clusters"]
    await people_at_work(bench, deployment)
    assert left(bench)["disks"] != before["disks"]
    await bench.remove(deployment, *removals(deployment))
    assert left(bench) == before
    told = await bench.story(deployment)
    await bench.remove(deployment, *removals(deployment))
    assert await bench.story(deployment) == told
    async with bench.database.read() as session:
        written = await session.scalars(
            select(Resource).where(Resource.deployment_id == deployment.id)
        )
    assert [each.kind for each in written if not each.link] == []
    kept = {line.rpartition(" ")[0] for line in await bench.resources(deployment)}
    assert kept <= {"Google APIs", "public name"}
