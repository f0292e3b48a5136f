"""Changing IAM policies without undoing what others do."""

from typing import Any

import pytest

from app.google.errors import Refused
from app.google.policies import (
    Policy,
    all_of,
    change,
    forgetting,
    forgetting_deleted,
    granting,
    revoking,
)

_CONDITION = {"title": "until May", "expression": "request.time < timestamp('2027-05-01')"}


class _Kept:
    """A policy that somebody else changes at the same time, `races` times."""

    def __init__(self, policy: Policy, races: int = 0) -> None:
        self.policy = policy
        self.races = races
        self.writes = 0

    async def read(self) -> Policy:
        return self.policy

    async def write(self, policy: Policy) -> None:
        if self.races:
            self.races -= 1
            self.policy = {"etag": f"e{self.races}", "bindings": [_binding("a", "user:other")]}
            raise Refused("There were concurrent policy changes.", status=409)
        assert policy["etag"] == self.policy["etag"]
        self.policy, self.writes = policy, self.writes + 1


def _binding(role: str, *members: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "members": list(members), **more}


def test_a_member_joins_the_binding_that_is_there() -> None:
    edited = granting(("a", "user:new"))({"bindings": [_binding("a", "user:old")]})
    assert edited["bindings"] == [_binding("a", "user:old", "user:new")]


def test_a_binding_with_a_condition_is_never_touched() -> None:
    conditional = _binding("a", "user:old", condition=_CONDITION)
    edited = granting(("a", "user:new"))({"bindings": [conditional]})
    assert edited["bindings"] == [conditional, _binding("a", "user:new")]


def test_only_our_own_deleted_members_are_forgotten() -> None:
    ours, theirs = "deleted:serviceAccount:a@p?uid=1", "deleted:serviceAccount:b@p?uid=2"
    policy = {"bindings": [_binding("a", ours, theirs, "serviceAccount:a@p"), _binding("b", ours)]}
    edited = forgetting_deleted(["serviceAccount:a@p"])(policy)
    assert edited["bindings"] == [_binding("a", theirs, "serviceAccount:a@p")]


def test_a_role_is_taken_from_a_member_and_the_others_keep_theirs() -> None:
    policy = {"bindings": [_binding("a", "user:me", "user:other"), _binding("b", "user:me")]}
    edited = revoking(("a", "user:me"))(policy)
    assert edited["bindings"] == [_binding("a", "user:other"), _binding("b", "user:me")]


def test_a_binding_that_nobody_is_in_any_more_goes() -> None:
    assert revoking(("a", "user:me"))({"bindings": [_binding("a", "user:me")]})["bindings"] == []


def test_who_is_forgotten_loses_every_role_but_those_with_a_condition() -> None:
    """Trap: conditions are others' work, and a policy written without them loses them."""
    conditional = _binding("c", "serviceAccount:a", condition=_CONDITION)
    shadow = "deleted:serviceAccount:a?uid=1"
    policy = {
        "bindings": [
            _binding("a", "serviceAccount:a", "user:x"),
            _binding("b", shadow),
            conditional,
        ]
    }
    assert forgetting(["serviceAccount:a"])(policy)["bindings"] == [
        _binding("a", "user:x"),
        conditional,
    ]
    assert revoking(("c", "serviceAccount:a"))(policy)["bindings"][-1] == conditional


def test_edits_are_made_one_after_another() -> None:
    edit = all_of(forgetting_deleted(["x"]), granting(("a", "x")))
    assert edit({"bindings": [_binding("a", "deleted:x?uid=1")]}) == {
        "bindings": [_binding("a", "x")]
    }


async def test_what_is_as_wanted_is_not_written() -> None:
    kept = _Kept({"etag": "e", "bindings": [_binding("a", "user:me")]})
    assert not await change(kept.read, kept.write, granting(("a", "user:me")))
    assert kept.writes == 0


async def test_a_lost_race_is_run_again_with_what_the_other_wrote() -> None:
    kept = _Kept({"etag": "e", "bindings": []}, races=2)
    assert await change(kept.read, kept.write, granting(("a", "user:me")))
    assert kept.policy["bindings"] == [_binding("a", "user:other", "user:me")]


async def test_a_refusal_of_another_kind_is_raised() -> None:
    async def write(_policy: Policy) -> None:
        raise Refused("Policy update access denied.", status=403)

    kept = _Kept({"etag": "e"})
    with pytest.raises(Refused, match="denied"):
        await change(kept.read, write, granting(("a", "user:me")))
