"""Every step of every plan is carried out by something, and what it made is taken away again."""

import pytest

from app.domain.plan import StepName, plan_for, teardown_for
from app.domain.spec import Login
from app.steps.registry import REMOVALS, WORK
from tests.support.samples import spec

# What is read only, and what is in the cluster and goes with it.
_LEAVE_NOTHING = {
    StepName.CHECK_PROJECT,
    StepName.LOAD_BUNDLE,
    StepName.INSTALL_BASE,
    StepName.INSTALL_KUBEFLOW,
}


@pytest.mark.parametrize("login", Login, ids=str)
def test_each_step_has_its_work_and_its_removal(login: Login) -> None:
    wanted = spec(login=login, username="dana")
    making, undone = plan_for(wanted).names, {step.undoes for step in teardown_for(wanted)}
    assert set(making) <= set(WORK)
    assert {name for name in undone if name} <= set(REMOVALS)
    assert set(making) - undone == _LEAVE_NOTHING
