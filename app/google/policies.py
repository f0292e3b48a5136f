"""Changing an IAM policy: read, change, write, and the whole again when somebody was faster."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from app.google.errors import Refused, Unavailable
from app.google.troubles import Trouble

Policy = dict[str, Any]  # IAM's JSON: version, etag, bindings[{role, members, condition}]
Grant = tuple[str, str]  # role, member
Edit = Callable[[Policy], Policy]

ATTEMPTS = 8


async def change(
    read: Callable[[], Awaitable[Policy]],
    write: Callable[[Policy], Awaitable[object]],
    edit: Edit,
) -> bool:
    """Apply `edit` to a policy; False when it was as wanted already and nothing was written.

    The etag makes a write fail that would undo somebody else's: then all is done once more.
    """
    for attempt in range(ATTEMPTS):
        before = await read()
        after = edit(before)
        if after == before:
            return False
        try:
            await write(after)
            return True
        except (Refused, Unavailable) as error:
            if attempt == ATTEMPTS - 1 or not _lost_a_race(error):
                raise
            await asyncio.sleep(0.05 * 2**attempt * random.uniform(0.5, 1.0))
    return False


def granting(*grants: Grant) -> Edit:
    """An edit that adds members to roles. Bindings with a condition are left as they are."""

    def edit(policy: Policy) -> Policy:
        bindings = [dict(binding) for binding in policy.get("bindings", [])]
        for role, member in grants:
            _add(bindings, role, member)
        return _with(policy, bindings)

    return edit


def forgetting_deleted(members: Iterable[str]) -> Edit:
    """An edit that removes `deleted:MEMBER?uid=N` of an earlier account of the same name.

    Left in place it makes Google refuse the new account's bindings. Others' are written back
    untouched.
    """
    gone = frozenset(members)

    def edit(policy: Policy) -> Policy:
        bindings = policy.get("bindings", [])
        kept = [b if b.get("condition") else _without_deleted(b, gone) for b in bindings]
        return _with(policy, kept)

    return edit


def revoking(*grants: Grant) -> Edit:
    """An edit that takes roles from members. Bindings with a condition are left as they are."""

    def edit(policy: Policy) -> Policy:
        bindings = policy.get("bindings", [])
        return _with(
            policy, [_without(binding, _taken_from(binding, grants)) for binding in bindings]
        )

    return edit


def forgetting(members: Iterable[str]) -> Edit:
    """An edit that takes every role without a condition from members, deleted ones too."""
    gone = frozenset(members)

    def edit(policy: Policy) -> Policy:
        bindings = policy.get("bindings", [])
        kept = [b if b.get("condition") else _without(b, gone) for b in bindings]
        return forgetting_deleted(gone)(_with(policy, kept))

    return edit


def all_of(*edits: Edit) -> Edit:
    """Several edits, one after another."""

    def edit(policy: Policy) -> Policy:
        for each in edits:
            policy = each(policy)
        return policy

    return edit


def _with(policy: Policy, bindings: list[dict[str, Any]]) -> Policy:
    """The policy with these bindings; one that nobody is in any more goes."""
    held = [binding for binding in bindings if binding["members"]]
    return {**policy, "bindings": held} if held or "bindings" in policy else policy


def _add(bindings: list[dict[str, Any]], role: str, member: str) -> None:
    for binding in bindings:
        if binding["role"] == role and not binding.get("condition"):
            if member not in binding["members"]:
                binding["members"] = [*binding["members"], member]
            return
    bindings.append({"role": role, "members": [member]})


def _taken_from(binding: dict[str, Any], grants: Iterable[Grant]) -> frozenset[str]:
    if binding.get("condition"):
        return frozenset()
    return frozenset(member for role, member in grants if role == binding["role"])


def _without(binding: dict[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    return {**binding, "members": [m for m in binding["members"] if m not in gone]}


def _without_deleted(binding: dict[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    members = [m for m in binding["members"] if not (_is_deleted(m) and _live(m) in gone)]
    return {**binding, "members": members}


def _is_deleted(member: str) -> bool:
    return member.startswith("deleted:")


def _live(member: str) -> str:
    """`deleted:serviceAccount:X?uid=N` was `serviceAccount:X`."""
    return member.removeprefix("deleted:").partition("?uid=")[0]


def _lost_a_race(error: Refused | Unavailable) -> bool:
    """Google says so with ABORTED, which is 409 like a name that is taken; here none is."""
    return error.trouble == Trouble.OVERTAKEN or error.status == 409
