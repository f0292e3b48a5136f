"""The plan follows from the spec."""

import pytest

from app.domain.plan import Plan, StepName, plan_for
from app.domain.spec import Login
from tests.support import samples

ENDPOINT_STEPS = {
    StepName.RESERVE_ADDRESS,
    StepName.PUBLISH_NAME,
    StepName.OPEN_ENDPOINT,
    StepName.SECURE_ENDPOINT,
}


def plan(login: Login) -> Plan:
    return plan_for(samples.spec(login=login, username="dana"))


@pytest.mark.parametrize("login", list(Login))
def test_needs_point_backwards_only(login: Login) -> None:
    before: set[StepName] = set()
    for step in plan(login):
        assert set(step.needs) <= before
        before.add(step.name)


@pytest.mark.parametrize("login", list(Login))
def test_the_last_step_waits_for_every_other(login: Login) -> None:
    *others, last = plan(login)
    assert last.name == StepName.WAIT_READY
    assert set(last.needs) == {step.name for step in others}


def test_without_an_endpoint_there_is_no_endpoint_step() -> None:
    assert set(plan(Login.IAP).names) - set(plan(Login.LATER).names) == ENDPOINT_STEPS


def test_addresses_accounts_and_the_bundle_do_not_wait_for_the_cluster() -> None:
    steps = plan(Login.IAP)
    for name in (StepName.RESERVE_ADDRESS, StepName.CREATE_ACCOUNTS, StepName.LOAD_BUNDLE):
        assert StepName.CREATE_CLUSTER not in steps[name].needs


def test_the_longest_chain_counts_what_goes_on_side_by_side_once() -> None:
    seconds = dict.fromkeys(StepName, 1.0) | {StepName.CREATE_CLUSTER: 10.0}
    # check, enable, accounts, cluster, base, open, secure, ready
    assert plan(Login.IAP).longest_chain(seconds) == pytest.approx(17.0)
