"""What the steps make in Google Cloud is taken away again, whole or half made."""

import pytest

from app.domain.plan import StepName
from app.steps.registry import REMOVALS
from tests.steps.carrying_out import Bench
from tests.steps.killing import deaths

S = StepName
_BEFORE: dict[StepName, tuple[StepName, ...]] = {
    S.RESERVE_ADDRESS: (S.ENABLE_SERVICES,),
    S.CREATE_ACCOUNTS: (S.ENABLE_SERVICES,),
    S.PUBLISH_NAME: (S.ENABLE_SERVICES, S.RESERVE_ADDRESS),
    S.BIND_WORKLOAD_IDENTITY: (S.ENABLE_SERVICES, S.CREATE_ACCOUNTS, S.CREATE_CLUSTER),
}
_EVERY_STEP = pytest.mark.parametrize("step", _BEFORE, ids=str)
_BOTH_WAYS = pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])


@_EVERY_STEP
async def test_what_a_step_made_is_gone_and_removing_it_again_does_no_harm(
    bench: Bench, step: StepName
) -> None:
    deployment = await bench.deployment()
    await bench.apply(deployment, *_BEFORE[step])
    before = bench.made(deployment)
    await bench.apply(deployment, step)
    assert bench.made(deployment) != before
    await bench.remove(deployment, step)
    assert bench.made(deployment) == before
    told = await bench.story(deployment)
    await bench.remove(deployment, step)
    assert bench.made(deployment) == before
    assert await bench.story(deployment) == told


@_EVERY_STEP
async def test_what_was_never_made_is_removed_without_a_word(bench: Bench, step: StepName) -> None:
    deployment = await bench.deployment()
    await bench.apply(deployment, S.ENABLE_SERVICES)
    told = await bench.story(deployment)
    await bench.remove(deployment, step)
    assert await bench.story(deployment) == told


@_BOTH_WAYS
@_EVERY_STEP
async def test_what_a_killed_step_left_half_made_is_gone(
    bench: Bench, step: StepName, afterwards: bool
) -> None:
    bare = await bench.deployment()
    await bench.apply(bare, *_BEFORE[step])
    async for death in deaths(bench, step, after=_BEFORE[step], afterwards=afterwards):
        await bench.remove(death.deployment, step)
        assert bench.made(death.deployment) == bench.made(bare), str(death)


@_BOTH_WAYS
@_EVERY_STEP
async def test_a_removal_killed_at_any_of_its_calls_is_carried_to_its_end(
    bench: Bench, step: StepName, afterwards: bool
) -> None:
    bare = await bench.deployment()
    await bench.apply(bare, *_BEFORE[step])
    before = (*_BEFORE[step], step)
    async for death in deaths(bench, step, after=before, works=REMOVALS, afterwards=afterwards):
        await bench.remove(death.deployment, step)
        assert bench.made(death.deployment) == bench.made(bare), str(death)
