"""IAM policies: reading and writing them with etags, and what they allow."""

import base64
import re
import secrets
from fnmatch import fnmatchcase

from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import ApiError, Json, invalid
from app.simulator.google.roles import role_gives

_ROBOTS = ".gserviceaccount.com"
_OF_PROJECT = ".iam.gserviceaccount.com"
_KINDS = ("user", "group", "domain", "serviceAccount", "principal", "principalSet")
_DELETED = re.compile(r"deleted:(user|group|serviceAccount|principal):[^?]+\?uid=\d+")
_UNTIL = re.compile(r"request\.time\s*<\s*timestamp\([\"'](?P<moment>[-\d:.TZ+]+)[\"']\)")
_HIDDEN_CONDITION = "_withcond_"


def allows(cloud: Cloud, project: str, account: str, permission: str) -> bool:
    """Whether the project's policy gives `account` the permission."""
    missing, member = cloud.faults.named.get("permission-missing"), member_of(account)
    if missing is not None and fnmatchcase(permission, missing):
        return False
    return any(
        member in binding["members"]
        and role_gives(binding["role"], permission)
        and _holds(cloud, binding)
        for binding in read(cloud, f"projects/{project}")["bindings"]
    )


def member_of(account: str) -> str:
    """What policies call an account."""
    return f"serviceAccount:{account}" if account.endswith(_ROBOTS) else f"user:{account}"


def read(cloud: Cloud, resource: str) -> Json:
    """The policy of a resource (`projects/P`, `serviceAccounts/EMAIL`...), with its etag."""
    policy = cloud.state.get("policies", resource)
    return policy or {"version": 1, "etag": "ACAB", "bindings": []}


def answer(policy: Json, requested_version: int) -> Json:
    """The policy as shown to a reader: conditions are hidden from one that asks for version 1."""
    if requested_version >= 3 or not any("condition" in b for b in policy["bindings"]):
        return policy
    plain = [_with_hidden_condition(binding) for binding in policy["bindings"]]
    return {**policy, "version": 1, "bindings": plain}


def write(cloud: Cloud, resource: str, wanted: Json) -> Json:
    """Replace the policy of a resource.

    ABORTED if `wanted` carries another etag than the present one; INVALID_ARGUMENT for malformed
    members, or conditions without version 3; FAILED_PRECONDITION for people of elsewhere.
    """
    present = read(cloud, resource)
    _check_etag(present, wanted)
    bindings = [_checked(cloud, binding) for binding in wanted.get("bindings", [])]
    _check_customers(cloud, resource, bindings)
    bindings = [binding for binding in bindings if binding["members"]]
    conditional = any("condition" in binding for binding in bindings)
    if conditional and int(wanted.get("version", 0)) < 3:
        raise invalid("Conditional bindings require policy version 3.")
    policy = {"version": 3 if conditional else 1, "etag": _etag(), "bindings": bindings}
    cloud.state.put("policies", resource, policy)
    return policy


def rename(cloud: Cloud, member: str, other: str) -> None:
    """Call a member otherwise in every policy."""
    for resource, policy in cloud.state.items("policies"):
        if any(member in binding["members"] for binding in policy["bindings"]):
            for binding in policy["bindings"]:
                binding["members"] = [other if m == member else m for m in binding["members"]]
            cloud.state.put("policies", resource, policy)


def _holds(cloud: Cloud, binding: Json) -> bool:
    """Whether a binding counts now: of conditions, only ends in time are understood."""
    if "condition" not in binding:
        return True
    until = _UNTIL.fullmatch(binding["condition"].get("expression", "").strip())
    return until is not None and not cloud.passed(until["moment"])


def _check_etag(present: Json, wanted: Json) -> None:
    etag = wanted.get("etag")
    if etag and _plain(etag) != _plain(present["etag"]):
        raise ApiError(
            "ABORTED",
            "There were concurrent policy changes. Please retry the whole read-modify-write "
            "with exponential backoff.",
        )


def _check_customers(cloud: Cloud, resource: str, bindings: list[Json]) -> None:
    """In an organisation (since May 2024) only its own people can be given roles."""
    project = cloud.state.get("projects", _project_of(resource)) or {}
    domain = project.get("domain")
    members = {member for binding in bindings for member in binding["members"]}
    if domain and any(_is_strange(member, domain) for member in members):
        raise ApiError(
            "FAILED_PRECONDITION",
            "One or more users named in the policy do not belong to a permitted customer.",
        )


def _project_of(resource: str) -> str:
    kind, name = resource.split("/")[:2]
    if kind != "serviceAccounts":
        return name
    return name.partition("@")[2].removesuffix(_OF_PROJECT)


def _is_strange(member: str, domain: str) -> bool:
    kind, _, name = member.partition(":")
    if member in ("allUsers", "allAuthenticatedUsers"):
        return True
    return kind in ("user", "group", "domain") and name.rpartition("@")[2] != domain


def _plain(etag: str) -> str:
    return etag.replace("-", "+").replace("_", "/").rstrip("=")


def _checked(cloud: Cloud, binding: Json) -> Json:
    role = binding.get("role", "")
    known = role.startswith(("roles/", "projects/", "organizations/"))
    if not known or _HIDDEN_CONDITION in role:
        raise invalid(f"Role {role} is not supported for this resource.")
    members = [_checked_member(cloud, member) for member in binding.get("members", [])]
    checked: Json = {"role": role, "members": sorted(set(members))}
    if binding.get("condition"):
        checked["condition"] = binding["condition"]
    return checked


def _checked_member(cloud: Cloud, member: str) -> str:
    kind, _, name = member.partition(":")
    if member in ("allUsers", "allAuthenticatedUsers") or _DELETED.fullmatch(member):
        return member
    if not name or kind not in _KINDS:
        raise invalid('Policy members must be of the form "<type>:<value>".')
    if kind == "serviceAccount":
        _check_service_account(cloud, name)
    return member


def _check_service_account(cloud: Cloud, name: str) -> None:
    if name.endswith(_OF_PROJECT):
        project = name.partition("@")[2].removesuffix(_OF_PROJECT)
        ours = cloud.state.get("projects", project) is not None
        account = cloud.state.get("accounts", name)
        if ours and (account is None or not cloud.passed(account["everywhere_at"])):
            raise invalid(f"Service account {name} does not exist.")
    pool, _, rest = name.partition("[")
    if rest and cloud.state.get("pools", pool) is None:
        raise invalid(f"Identity Pool does not exist ({pool}).")


def _with_hidden_condition(binding: Json) -> Json:
    if "condition" not in binding:
        return binding
    role = f"{binding['role']}{_HIDDEN_CONDITION}{_digest(binding['role'])}"
    return {"role": role, "members": binding["members"]}


def _digest(role: str) -> str:
    return base64.b16encode(role.encode())[-20:].decode().lower()


def _etag() -> str:
    return base64.b64encode(b"\x07" + secrets.token_bytes(7)).decode()
