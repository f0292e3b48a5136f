"""IAM policies: reading and writing them with etags, and what they allow."""

import base64
import secrets
from fnmatch import fnmatchcase

from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import ApiError, Json, invalid
from app.simulator.google.roles import role_gives


def allows(cloud: Cloud, project: str, account: str, permission: str) -> bool:
    """Whether the project's policy gives `account` the permission."""
    member, missing = f"user:{account}", cloud.faults.named.get("permission-missing")
    if missing is not None and fnmatchcase(permission, missing):
        return False
    return any(
        member in binding["members"] and role_gives(binding["role"], permission)
        for binding in read(cloud, f"projects/{project}")["bindings"]
    )


def read(cloud: Cloud, resource: str) -> Json:
    """The policy of a resource (`projects/P`, `serviceAccounts/EMAIL`...), with its etag."""
    policy = cloud.state.get("policies", resource)
    return policy or {"version": 1, "etag": "ACAB", "bindings": []}


def answer(policy: Json, requested_version: int) -> Json:
    """The policy as shown to a reader: conditions are hidden from one that asks for version 1."""
    if requested_version >= 3 or not any("condition" in b for b in policy["bindings"]):
        return policy
    plain = [
        {**b, "role": f"{b['role']}_withcond_{_digest(b['role'])}"} if "condition" in b else b
        for b in policy["bindings"]
    ]
    return {**policy, "version": 1, "bindings": [_without_condition(b) for b in plain]}


def write(cloud: Cloud, resource: str, wanted: Json) -> Json:
    """Replace the policy of a resource.

    ABORTED if `wanted` carries another etag than the present one; INVALID_ARGUMENT for malformed
    members, or conditions without version 3.
    """
    present = read(cloud, resource)
    _check_etag(present, wanted)
    bindings = [_checked(cloud, binding) for binding in wanted.get("bindings", [])]
    bindings = [binding for binding in bindings if binding["members"]]
    conditional = any("condition" in binding for binding in bindings)
    if conditional and int(wanted.get("version", 0)) < 3:
        raise invalid("Conditional bindings require policy version 3.")
    policy = {"version": 3 if conditional else 1, "etag": _etag(), "bindings": bindings}
    cloud.state.put("policies", resource, policy)
    return policy


def _check_etag(present: Json, wanted: Json) -> None:
    etag = wanted.get("etag")
    if etag and _plain(etag) != _plain(present["etag"]):
        raise ApiError(
            "ABORTED",
            "There were concurrent policy changes. Please retry the whole read-modify-write "
            "with exponential backoff.",
        )


def _plain(etag: str) -> str:
    return etag.replace("-", "+").replace("_", "/").rstrip("=")


def _checked(cloud: Cloud, binding: Json) -> Json:
    role = binding.get("role", "")
    if not role.startswith(("roles/", "projects/", "organizations/")):
        raise invalid(f"Role {role} is not supported for this resource.")
    members = [_checked_member(cloud, member) for member in binding.get("members", [])]
    checked: Json = {"role": role, "members": sorted(set(members))}
    if binding.get("condition"):
        checked["condition"] = binding["condition"]
    return checked


def _checked_member(cloud: Cloud, member: str) -> str:
    kind, _, name = member.partition(":")
    if member in ("allUsers", "allAuthenticatedUsers") or kind == "deleted":
        return member
    if not name or kind not in (
        "user",
        "group",
        "domain",
        "serviceAccount",
        "principal",
        "principalSet",
    ):
        raise invalid('Policy members must be of the form "<type>:<value>".')
    if kind == "serviceAccount":
        _check_service_account(cloud, name)
    return member


def _check_service_account(cloud: Cloud, name: str) -> None:
    if name.endswith(".iam.gserviceaccount.com"):
        project = name.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        ours = cloud.state.get("projects", project) is not None
        account = cloud.state.get("accounts", name)
        if ours and (account is None or not cloud.passed(account["visible_at"])):
            raise invalid(f"Service account {name} does not exist.")
    pool, _, rest = name.partition("[")
    if rest and cloud.state.get("pools", pool) is None:
        raise invalid(f"Identity Pool does not exist ({pool}).")


def _without_condition(binding: Json) -> Json:
    return {key: value for key, value in binding.items() if key != "condition"}


def _digest(role: str) -> str:
    return base64.b16encode(role.encode())[-20:].decode().lower()


def _etag() -> str:
    return base64.b64encode(b"\x07" + secrets.token_bytes(7)).decode()
