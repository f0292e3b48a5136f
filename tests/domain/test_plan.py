"""The plan follows from the spec."""

import pytest

from app.domain.plan import Plan, StepName, plan_for, teardown_for
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


@pytest.mark.parametrize("login", list(Login))
def test_a_removal_waits_for_all_that_stood_on_what_it_takes_away(login: Login) -> None:
    making, taking = plan(login), teardown(login)
    removal_of = {step.undoes: step.name for step in taking}
    for step in making:
        for need in step.needs:
            if {step.name, need} <= set(removal_of) and step.name != StepName.WAIT_READY:
                assert removal_of[step.name] in all_needs(taking, removal_of[need])


@pytest.mark.parametrize("login", list(Login))
def test_removals_need_only_earlier_ones_and_the_last_looks_at_all(login: Login) -> None:
    before: set[StepName] = set()
    for removal in teardown(login):
        assert set(removal.needs) <= before
        before.add(removal.name)
    *others, last = teardown(login)
    assert last.name == StepName.CONFIRM_REMOVAL
    assert set(last.needs) == {removal.name for removal in others}


def test_the_endpoint_goes_before_the_cluster_although_another_step_lies_between() -> None:
    assert StepName.CLOSE_ENDPOINT in teardown(Login.IAP)[StepName.DELETE_CLUSTER].needs


def test_names_and_accounts_go_side_by_side_with_the_cluster_where_they_can() -> None:
    taking = teardown(Login.IAP)
    assert StepName.DELETE_CLUSTER not in all_needs(taking, StepName.RELEASE_ADDRESS)
    assert StepName.DELETE_CLUSTER in all_needs(taking, StepName.DELETE_ACCOUNTS)


def teardown(login: Login) -> Plan:
    return teardown_for(samples.spec(login=login, username="dana"))


def all_needs(taking: Plan, name: StepName) -> set[StepName]:
    """What must be done before `name` can begin, near and far."""
    needs = set(taking[name].needs)
    return needs.union(*(all_needs(taking, need) for need in needs))
