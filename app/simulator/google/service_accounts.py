"""Service accounts: made, seen here and not yet there, disabled, deleted and brought back.

A new account is eventually consistent. Reads come from one of three replicas in turn; the first
knows the account when it is made, the last one `Timings.account_everywhere` later. Those that do
not know it yet say that it is missing, or that it may not be seen: both have been recorded. Writes
reach the one that knows.
"""

from datetime import timedelta

from app.simulator.google import policies
from app.simulator.google.cloud import Cloud, deployment_of, numeric_id, parse, stamp
from app.simulator.google.errors import ApiError, Json, already_exists, not_found, permission_denied

DOMAIN = ".iam.gserviceaccount.com"
_REPLICAS = 3
_KEPT = timedelta(days=30)
_ETAG = "MDEwMjE5MjA="  # of every account that anybody has shown, changed or not


def of(cloud: Cloud, project: str) -> list[Json]:
    """The project's accounts, by their addresses."""
    suffix = f"@{project}{DOMAIN}"
    return [doc for key, doc in cloud.state.items("accounts") if key.endswith(suffix)]


def make(cloud: Cloud, project: Json, account_id: str, wanted: Json) -> Json:
    """Make an account; ALREADY_EXISTS where the project has one of this id."""
    email = f"{account_id}@{project['projectId']}{DOMAIN}"
    if cloud.state.get("accounts", email):
        raise _taken(account_id, project["projectId"], email)
    at_first, later = cloud.timings.service_account, cloud.timings.account_everywhere
    what, guess = f"iam.create_service_account/{email}", deployment_of(account_id)
    account = {
        "projectId": project["projectId"],
        "uniqueId": numeric_id(21),
        "email": email,
        "displayName": wanted.get("displayName", ""),
        "description": wanted.get("description", ""),
        "created": stamp(cloud.now()),
        "visible_at": stamp(cloud.clock.after(at_first)),
        "everywhere_at": cloud.wait(what, project["projectId"], at_first + later, guess),
    }
    cloud.state.put("accounts", email, account)
    return account


def lookup(cloud: Cloud, name: str) -> Json | None:
    """The account of this address or unique id, as the one that knows has it."""
    by_email = cloud.state.get("accounts", name)
    if by_email is not None:
        return by_email
    found = (doc for _, doc in cloud.state.items("accounts") if doc["uniqueId"] == name)
    return next(found, None)


def check_seen(cloud: Cloud, account: Json) -> None:
    """Refuse where the replica whose turn it is does not know the account yet."""
    if cloud.passed(account["everywhere_at"]):
        return
    replica = cloud.turn(f"account {account['uniqueId']}") % _REPLICAS
    first, last = parse(account["visible_at"]), parse(account["everywhere_at"])
    knows_from = first + (last - first) * replica / (_REPLICAS - 1)
    if knows_from <= cloud.now():
        return
    email, project = account["email"], account["projectId"]
    if replica == 1:
        raise not_found(f"Unknown service account: {email}.")
    where = f"projects/{project}/serviceAccounts/{email}"
    raise permission_denied("iam.googleapis.com", "iam.serviceAccounts.get", where)


def change(cloud: Cloud, account: Json, **fields: object) -> Json:
    """Give an account other values."""
    changed = {**account, **fields}
    cloud.state.put("accounts", account["email"], changed)
    return changed


def delete(cloud: Cloud, account: Json) -> None:
    """Take an account away, for 30 days softly; bindings that name it stay, marked."""
    email, resource = account["email"], resource_of(account)
    kept = {
        **account,
        "deleted_at": stamp(cloud.now()),
        "policy": cloud.state.get("policies", resource),
    }
    cloud.state.put("deleted_accounts", account["uniqueId"], kept)
    cloud.state.delete("accounts", email)
    cloud.state.delete("policies", resource)
    member = f"serviceAccount:{email}"
    policies.rename(cloud, member, f"deleted:{member}?uid={account['uniqueId']}")


def undelete(cloud: Cloud, project: str, unique_id: str) -> Json:
    """Bring an account back with its bindings; its address must be free."""
    kept = cloud.state.get("deleted_accounts", unique_id)
    if kept is None or kept["projectId"] != project or _is_purged(cloud, kept):
        raise not_found(f"Unknown service account: {unique_id}.")
    email = kept["email"]
    if cloud.state.get("accounts", email):
        raise _taken(email.partition("@")[0], project, email)
    policy = kept.pop("policy")
    account = {key: value for key, value in kept.items() if key != "deleted_at"}
    cloud.state.put("accounts", email, account)
    cloud.state.delete("deleted_accounts", unique_id)
    if policy:
        cloud.state.put("policies", resource_of(account), policy)
    member = f"serviceAccount:{email}"
    policies.rename(cloud, f"deleted:{member}?uid={unique_id}", member)
    return account


def resource_of(account: Json) -> str:
    """What the account's own policy is kept under."""
    return f"serviceAccounts/{account['email']}"


def shown(account: Json) -> Json:
    """The account as the API gives it."""
    body = {
        "name": f"projects/{account['projectId']}/serviceAccounts/{account['email']}",
        "projectId": account["projectId"],
        "uniqueId": account["uniqueId"],
        "email": account["email"],
        "etag": _ETAG,
        "oauth2ClientId": account["uniqueId"],
    }
    optional = ("displayName", "description", "disabled")
    return {**body, **{key: account[key] for key in optional if account.get(key)}}


def _is_purged(cloud: Cloud, kept: Json) -> bool:
    return parse(kept["deleted_at"]) + _KEPT <= cloud.now()


def _taken(account_id: str, project: str, email: str) -> ApiError:
    resource = f"projects/{project}/serviceAccounts/{email}"
    return already_exists(
        f"Service account {account_id} already exists within project projects/{project}.",
        {"@type": "type.googleapis.com/google.rpc.ResourceInfo", "resourceName": resource},
    )
