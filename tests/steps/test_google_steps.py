"""The steps that make things in Google Cloud."""

from uuid import uuid4

import pytest

from app.domain.plan import StepName
from app.errors import Permanent
from app.google.cloud import Cloud
from app.google.cluster_message import ClusterOrder
from tests.steps.carrying_out import Bench

S = StepName


async def test_services_are_enabled_once_and_then_found_enabled(bench: Bench) -> None:
    deployment = await bench.deployment(project="small-quota-project")
    await bench.apply(deployment, S.ENABLE_SERVICES, S.ENABLE_SERVICES)
    story = await bench.story(deployment)
    assert [line for line in story if line.startswith("Enabled: compute, container")]
    assert "All of Google's APIs that are needed are enabled already." in story
    assert await bench.resources(deployment) == ["Google APIs small-quota-project"]


async def test_too_large_a_cluster_is_refused_in_googles_words_with_a_hint(bench: Bench) -> None:
    deployment = await bench.deployment(project="small-quota-project")
    await bench.apply(deployment, S.ENABLE_SERVICES, S.CREATE_ACCOUNTS)
    with pytest.raises(Permanent, match=r"Insufficient regional quota.*CPUS") as refused:
        await bench.apply(deployment, S.CREATE_CLUSTER)
    assert "smaller size" in refused.value.hint


async def test_a_project_without_billing_is_refused_with_what_to_do(bench: Bench) -> None:
    deployment = await bench.deployment(project="no-billing-project")
    with pytest.raises(Permanent, match="Billing is off") as refused:
        await bench.apply(deployment, S.CHECK_PROJECT)
    assert "billing" in refused.value.link


async def test_an_address_that_others_made_is_left_alone(bench: Bench) -> None:
    deployment = await bench.deployment()
    await bench.apply(deployment, S.ENABLE_SERVICES)
    context = bench.context(deployment, S.RESERVE_ADDRESS)
    await context.cloud.compute.reserve_address(
        deployment.project, context.names.address, description="", request_id=str(uuid4())
    )
    with pytest.raises(Permanent, match="did not make it"):
        await bench.apply(deployment, S.RESERVE_ADDRESS)


async def test_a_cluster_that_others_made_is_left_alone(bench: Bench) -> None:
    deployment = await bench.deployment()
    await bench.apply(deployment, S.ENABLE_SERVICES, S.CREATE_ACCOUNTS)
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
    await Cloud(bench.transport()).clusters.create(order)
    with pytest.raises(Permanent, match="did not make it"):
        await bench.apply(deployment, S.CREATE_CLUSTER)
