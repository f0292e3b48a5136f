"""The traps of service accounts and IAM policies."""

from typing import Any

import pytest

from app.domain.plan import StepName
from app.errors import Permanent, Transient
from app.google.errors import Refused
from app.store import steps
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench, enabled
from tests.support.meddler import Meddler

S = StepName


async def test_an_account_must_be_seen_three_times_in_a_row(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: a new account is there at one look and not at the next; 403 means the same."""
    deployment = await enabled(meddled)
    await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    email = deployment.spec.names.account_email(deployment.spec.names.node_account)
    looks = f"GET .*/serviceAccounts/{email}"
    before = len(meddler.found(looks))
    passed = meddled.simulator.session().get(
        f"{meddler.upstream}/iam/v1/projects/-/serviceAccounts/{email}", timeout=10
    )
    for status in (200, 200, 404, 200, 200, 403):
        meddler.answer(looks, status, passed.json() if status == 200 else {"error": {}})
    await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    assert len(meddler.found(looks)) - before == 6 + 3


async def test_a_member_that_does_not_exist_yet_is_tried_again(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: setIamPolicy answers 400 for an account that Google does not know everywhere."""
    deployment = await enabled(meddled)
    meddler.refuse(
        "POST .*/projects/[^/]*:setIamPolicy", 400, "Service account x does not exist.", 3
    )
    await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    assert len(meddler.found("POST .*/projects/[^/]*:setIamPolicy")) == 4


async def test_a_policy_that_somebody_changes_meanwhile_keeps_both_changes(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: without the whole cycle again, one of two writers is lost."""
    deployment = await enabled(meddled)
    other = {"role": "roles/viewer", "members": ["user:other@example.com"]}
    meddler.first(
        "POST .*/projects/[^/]*:setIamPolicy", lambda: _add_binding(meddled, deployment, other)
    )
    await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    policy = _policy(meddled, deployment)
    assert _members(policy, "roles/viewer") == {"user:other@example.com"}
    assert len([line for line in meddled.made(deployment) if "roles/" in line]) == 3
    assert len(meddler.found("POST .*/projects/[^/]*:setIamPolicy")) == 2


async def test_bindings_with_a_condition_come_out_as_they_went_in(bench: Bench) -> None:
    """Trap: whoever reads version 1 writes conditions away."""
    deployment = await enabled(bench)
    condition = {
        "title": "until May",
        "expression": "request.time < timestamp('2027-05-01T00:00:00Z')",
    }
    role = "roles/container.defaultNodeServiceAccount"
    conditional = {"role": role, "members": ["user:other@example.com"], "condition": condition}
    _add_binding(bench, deployment, conditional)
    await bench.apply(deployment, S.CREATE_ACCOUNTS)
    assert conditional in _policy(bench, deployment)["bindings"]
    await bench.remove(deployment, S.CREATE_ACCOUNTS)
    assert conditional in _policy(bench, deployment)["bindings"]
    assert bench.made(deployment) == []


async def test_the_shadow_of_our_own_deleted_account_goes_and_others_stay(bench: Bench) -> None:
    """Trap: a stale `deleted:` member of the same name makes Google refuse the new one."""
    deployment = await enabled(bench)
    others = "deleted:serviceAccount:someone@other-team-project.iam.gserviceaccount.com?uid=123"
    _add_binding(bench, deployment, {"role": "roles/viewer", "members": [others]})
    await bench.apply(deployment, S.CREATE_ACCOUNTS)
    whole = bench.made(deployment)
    _delete_by_hand(bench, deployment)
    assert any("deleted:" in line for line in bench.made(deployment))
    await bench.apply(deployment, S.CREATE_ACCOUNTS)
    assert bench.made(deployment) == whole
    _delete_by_hand(bench, deployment)
    await bench.remove(deployment, S.CREATE_ACCOUNTS)
    assert bench.made(deployment) == []
    assert others in _members(_policy(bench, deployment), "roles/viewer")


async def test_the_identity_pool_is_waited_for(meddled: Bench, meddler: Meddler) -> None:
    """Trap: the pool exists only once a cluster with it does."""
    deployment = await enabled(meddled)
    await meddled.apply(deployment, S.CREATE_ACCOUNTS, S.CREATE_CLUSTER)
    refusals = "POST .*/serviceAccounts/[^/]*:setIamPolicy"
    meddler.refuse(refusals, 400, "Identity Pool does not exist (p.svc.id.goog).", 2)
    await meddled.apply(deployment, S.BIND_WORKLOAD_IDENTITY)
    assert len(meddler.found(refusals)) == 2 + 2


async def test_an_account_that_cannot_be_seen_at_once_is_removed_all_the_same(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: an account just made can look like a missing one to whoever wants to remove it."""
    deployment = await enabled(meddled)
    await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    email = deployment.spec.names.account_email(deployment.spec.names.user_account)
    meddler.refuse(f"GET .*/serviceAccounts/{email}", 404, "Unknown service account.")
    meddler.refuse(f"GET .*/serviceAccounts/{email}", 403, "Denied (or it may not exist).")
    await meddled.remove(deployment, S.CREATE_ACCOUNTS)
    assert meddled.made(deployment) == []


async def test_every_role_is_written_down_with_the_page_where_it_can_be_seen(bench: Bench) -> None:
    deployment = await enabled(bench)
    await bench.apply(deployment, S.CREATE_ACCOUNTS)
    async with bench.database.read() as session:
        rows = [r for r in await steps.resources(session, deployment.id) if "roles" in r.kind]
    given = {role for row in rows for role in row.detail.split(", ")}
    assert given == {
        "roles/artifactregistry.reader",
        "roles/container.defaultNodeServiceAccount",
        "roles/monitoring.viewer",
    }
    assert all("/iam-admin/iam?project=" in row.link for row in rows)


async def test_an_account_that_others_made_is_neither_used_nor_removed(bench: Bench) -> None:
    deployment = await enabled(bench)
    url = f"{bench.simulator.url}/iam/v1/projects/{deployment.project}/serviceAccounts"
    body = {"accountId": deployment.spec.names.admin_account, "serviceAccount": {}}
    assert bench.simulator.session().post(url, json=body, timeout=10).ok
    with pytest.raises(Permanent, match="did not make it"):
        await bench.apply(deployment, S.CREATE_ACCOUNTS)
    await bench.remove(deployment, S.CREATE_ACCOUNTS)
    email = "NAME-admin@your-project-id.iam.gserviceaccount.com"
    assert bench.made(deployment) == [f"service_accounts {email}"]


async def test_a_burst_of_outages_is_outlasted_and_told_of(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: the clients try again by themselves only what they read, never what they order."""
    deployment = await enabled(meddled)
    meddler.refuse("POST .*/serviceAccounts", 503, "The service is currently unavailable.")
    with pytest.raises(Transient, match="currently unavailable"):
        await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    await meddled.apply(deployment, S.CREATE_ACCOUNTS)


async def test_a_role_that_is_missing_is_named(meddled: Bench, meddler: Meddler) -> None:
    deployment = await enabled(meddled)
    message = "Permission 'iam.serviceAccounts.create' denied on resource (or it may not exist)."
    meddler.refuse("POST .*/serviceAccounts", 403, message)
    with pytest.raises(Refused, match=r"iam\.serviceAccounts\.create") as refused:
        await meddled.apply(deployment, S.CREATE_ACCOUNTS)
    assert "roles/iam.serviceAccountAdmin" in refused.value.hint


def _policy(bench: Bench, deployment: Deployment) -> dict[str, Any]:
    policy: dict[str, Any] = bench.simulator.inventory()["policies"][
        f"projects/{deployment.project}"
    ]
    return policy


def _members(policy: dict[str, Any], role: str) -> set[str]:
    return {m for b in policy["bindings"] if b["role"] == role for m in b["members"]}


def _add_binding(bench: Bench, deployment: Deployment, binding: dict[str, Any]) -> None:
    """As another administrator does, in the same moment."""
    policy = _policy(bench, deployment)
    body = {"policy": {**policy, "version": 3, "bindings": [*policy["bindings"], binding]}}
    url = f"{bench.simulator.url}/cloudresourcemanager/v3/projects/{deployment.project}"
    answer = bench.simulator.session().post(f"{url}:setIamPolicy", json=body, timeout=10)
    assert answer.ok, answer.text


def _delete_by_hand(bench: Bench, deployment: Deployment) -> None:
    names, session = deployment.spec.names, bench.simulator.session()
    for account in (names.admin_account, names.user_account, names.node_account):
        email = names.account_email(account)
        url = f"{bench.simulator.url}/iam/v1/projects/-/serviceAccounts/{email}"
        assert session.delete(url, timeout=10).ok
