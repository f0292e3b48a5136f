"""IAM: service accounts, their keys and their policies."""

import re

from app.simulator.google import account_keys, policies, service_accounts
from app.simulator.google.api import Api, Call
from app.simulator.google.errors import Json, invalid, not_found, project_denied

api = Api("iam", "iam.googleapis.com", "Identity and Access Management (IAM) API", gated=True)

_ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
_ACCOUNTS = "/v1/projects/{project}/serviceAccounts"
_ACCOUNT = f"{_ACCOUNTS}/{{account}}"
_KEYS = f"{_ACCOUNT}/keys"


@api.on("GET", _ACCOUNTS)
def list_accounts(call: Call) -> Json:
    """The project's service accounts."""
    project = call.project("iam.serviceAccounts.list", "serviceAccounts")
    accounts = service_accounts.of(call.cloud, project["projectId"])
    return {"accounts": [service_accounts.shown(doc) for doc in accounts]} if accounts else {}


@api.on("POST", _ACCOUNTS)
def create_account(call: Call) -> Json:
    """Make a service account; it is there after a moment, and everywhere later still."""
    project = call.project("iam.serviceAccounts.create", "serviceAccounts")
    account_id = call.body.get("accountId", "")
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise invalid(
            f'The account ID "{account_id}" does not have a length between 6 and 30 or is not '
            "of the form [a-z]([-a-z0-9]*[a-z0-9])."
        )
    wanted = call.body.get("serviceAccount", {})
    return service_accounts.shown(service_accounts.make(call.cloud, project, account_id, wanted))


@api.on("GET", _ACCOUNT)
def get_account(call: Call) -> Json:
    """One service account; a new one is not seen every time."""
    account = _find(call, "iam.serviceAccounts.get")
    service_accounts.check_seen(call.cloud, account)
    return service_accounts.shown(account)


@api.on("PATCH", _ACCOUNT)
def patch_account(call: Call) -> Json:
    """Change the display name or the description, as `updateMask` says."""
    account = _find(call, "iam.serviceAccounts.update")
    wanted = call.body.get("serviceAccount", {})
    mask = str(call.body.get("updateMask", "")).replace("display_name", "displayName")
    fields = [name for name in mask.split(",") if name] or list(wanted)
    unknown = [name for name in fields if name not in ("displayName", "description")]
    if unknown:
        raise invalid(f"Invalid field mask: {unknown[0]}.")
    values = {name: wanted.get(name, "") for name in fields}
    return service_accounts.shown(service_accounts.change(call.cloud, account, **values))


@api.on("DELETE", _ACCOUNT)
def delete_account(call: Call) -> Json:
    """Remove a service account; within 30 days it can be brought back."""
    service_accounts.delete(call.cloud, _find(call, "iam.serviceAccounts.delete"))
    return {}


@api.on("POST", f"{_ACCOUNT}:undelete")
def undelete_account(call: Call) -> Json:
    """Bring back a deleted account by its unique id."""
    call.params["project"] = _project_of_deleted(call)
    project = call.project("iam.serviceAccounts.undelete", "serviceAccounts")["projectId"]
    account = service_accounts.undelete(call.cloud, project, call.params["account"])
    return {"restoredAccount": service_accounts.shown(account)}


@api.on("POST", f"{_ACCOUNT}:disable")
def disable_account(call: Call) -> Json:
    """Let nobody act as the account."""
    account = _find(call, "iam.serviceAccounts.disable")
    service_accounts.change(call.cloud, account, disabled=True)
    return {}


@api.on("POST", f"{_ACCOUNT}:enable")
def enable_account(call: Call) -> Json:
    """Let the account be used again."""
    account = _find(call, "iam.serviceAccounts.enable")
    service_accounts.change(call.cloud, account, disabled=False)
    return {}


@api.on("POST", f"{_ACCOUNT}:getIamPolicy")
def get_iam_policy(call: Call) -> Json:
    """Who may use the service account."""
    account = _find(call, "iam.serviceAccounts.getIamPolicy")
    version = int(call.query.get("options.requestedPolicyVersion") or 1)
    policy = policies.read(call.cloud, service_accounts.resource_of(account))
    return policies.answer(policy, version)


@api.on("POST", f"{_ACCOUNT}:setIamPolicy")
def set_iam_policy(call: Call) -> Json:
    """Replace the service account's policy."""
    account = _find(call, "iam.serviceAccounts.setIamPolicy")
    wanted = call.body.get("policy")
    if not isinstance(wanted, dict):
        raise invalid("Policy is required.")
    return policies.write(call.cloud, service_accounts.resource_of(account), wanted)


@api.on("GET", _KEYS)
def list_keys(call: Call) -> Json:
    """The account's keys, without their private halves."""
    found = account_keys.of(call.cloud, _find(call, "iam.serviceAccountKeys.list"))
    return {"keys": found} if found else {}


@api.on("POST", _KEYS)
def create_key(call: Call) -> Json:
    """A new key; only now is the private half told."""
    account = _find(call, "iam.serviceAccountKeys.create")
    return account_keys.make(call.cloud, account, call.body)


@api.on("GET", f"{_KEYS}/{{key}}")
def get_key(call: Call) -> Json:
    """One key."""
    account = _find(call, "iam.serviceAccountKeys.get")
    return account_keys.find(call.cloud, account, call.params["key"])


@api.on("DELETE", f"{_KEYS}/{{key}}")
def delete_key(call: Call) -> Json:
    """Let a key open nothing any more."""
    account = _find(call, "iam.serviceAccountKeys.delete")
    account_keys.remove(call.cloud, account, call.params["key"])
    return {}


def _find(call: Call, permission: str) -> Json:
    name = call.params["account"]
    account = service_accounts.lookup(call.cloud, name)
    if call.params["project"] == "-":
        call.params["project"] = _project_of(name, account)
    call.project(permission, f"serviceAccounts/{name}")
    if account is None or not call.cloud.passed(account["visible_at"]):
        raise not_found(f"Unknown service account: {name}.")
    return account


def _project_of(email: str, account: Json | None) -> str:
    if account:
        return str(account["projectId"])
    project = email.partition("@")[2].removesuffix(service_accounts.DOMAIN)
    if not project:
        raise project_denied("-")
    return project


def _project_of_deleted(call: Call) -> str:
    named = call.params["project"]
    kept = call.cloud.state.get("deleted_accounts", call.params["account"])
    return str(kept["projectId"]) if kept and named == "-" else named
