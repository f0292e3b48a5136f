"""Taking away what was never made."""

import pytest

from app.domain.plan import StepName
from app.steps.registry import REMOVALS
from tests.steps.carrying_out import Bench

S = StepName

_OFTEN_TOLD = (S.ENABLE_SERVICES, S.CREATE_CLUSTER, S.WAIT_READY)  # what stays; where it looks


@pytest.mark.parametrize("step", [s for s in REMOVALS if s not in _OFTEN_TOLD], ids=str)
async def test_what_was_never_made_is_removed_without_a_word(bench: Bench, step: StepName) -> None:
    deployment = await bench.deployment()
    await bench.apply(deployment, S.ENABLE_SERVICES)
    told = await bench.story(deployment)
    await bench.remove(deployment, step)
    assert await bench.story(deployment) == told
