"""IAM: service accounts and their policies."""

import re

from app.simulator.google import policies
from app.simulator.google.api import Api, Call
from app.simulator.google.cloud import Cloud, deployment_of, numeric_id, stamp
from app.simulator.google.errors import Json, already_exists, invalid, not_found, project_denied

api = Api("iam", "iam.googleapis.com", "Identity and Access Management (IAM) API", gated=True)

_ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
_ACCOUNT = "/v1/projects/{project}/serviceAccounts/{account}"
_DOMAIN = ".iam.gserviceaccount.com"


@api.on("GET", "/v1/projects/{project}/serviceAccounts")
def list_accounts(call: Call) -> Json:
    """The project's service accounts."""
    project = call.project("iam.serviceAccounts.list", "serviceAccounts")
    suffix = f"@{project['projectId']}{_DOMAIN}"
    accounts = [doc for key, doc in call.cloud.state.items("accounts") if key.endswith(suffix)]
    return {"accounts": [_shown(doc) for doc in accounts]} if accounts else {}


@api.on("POST", "/v1/projects/{project}/serviceAccounts")
def create_account(call: Call) -> Json:
    """Make a service account; it is there after a moment."""
    project = call.project("iam.serviceAccounts.create", "serviceAccounts")
    account_id = call.body.get("accountId", "")
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise invalid(
            f'The account ID "{account_id}" does not have a length between 6 and 30 or is not '
            "of the form [a-z]([-a-z0-9]*[a-z0-9])."
        )
    email = f"{account_id}@{project['projectId']}{_DOMAIN}"
    if call.cloud.state.get("accounts", email):
        raise _taken(account_id, project["projectId"], email)
    return _shown(_make(call.cloud, project, email, call.body.get("serviceAccount", {})))


@api.on("GET", _ACCOUNT)
def get_account(call: Call) -> Json:
    """One service account."""
    return _shown(_find(call, "iam.serviceAccounts.get"))


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
    changed = {**account, **{name: wanted.get(name, "") for name in fields}}
    call.cloud.state.put("accounts", account["email"], changed)
    return _shown(changed)


@api.on("DELETE", _ACCOUNT)
def delete_account(call: Call) -> Json:
    """Remove a service account; its policy goes, the bindings that name it stay, marked."""
    account = _find(call, "iam.serviceAccounts.delete")
    call.cloud.state.delete("accounts", account["email"])
    call.cloud.state.delete("policies", _resource(account))
    _mark_deleted(call.cloud, account)
    return {}


@api.on("POST", _ACCOUNT + ":getIamPolicy")
def get_iam_policy(call: Call) -> Json:
    """Who may use the service account."""
    account = _find(call, "iam.serviceAccounts.getIamPolicy")
    version = int(call.query.get("options.requestedPolicyVersion") or 1)
    return policies.answer(policies.read(call.cloud, _resource(account)), version)


@api.on("POST", _ACCOUNT + ":setIamPolicy")
def set_iam_policy(call: Call) -> Json:
    """Replace the service account's policy."""
    account = _find(call, "iam.serviceAccounts.setIamPolicy")
    wanted = call.body.get("policy")
    if not isinstance(wanted, dict):
        raise invalid("Policy is required.")
    return policies.write(call.cloud, _resource(account), wanted)


def _find(call: Call, permission: str) -> Json:
    email = call.params["account"]
    account = call.cloud.state.get("accounts", email) or _by_id(call.cloud, email)
    if call.params["project"] == "-":
        call.params["project"] = _project_of(email, account)
    call.project(permission, f"serviceAccounts/{email}")
    if account is None or not call.cloud.passed(account["visible_at"]):
        raise not_found(f"Unknown service account: {email}.")
    return account


def _by_id(cloud: Cloud, unique_id: str) -> Json | None:
    found = (doc for _, doc in cloud.state.items("accounts") if doc["uniqueId"] == unique_id)
    return next(found, None)


def _project_of(email: str, account: Json | None) -> str:
    if account:
        return str(account["projectId"])
    project = email.partition("@")[2].removesuffix(_DOMAIN)
    if not project:
        raise project_denied("-")
    return project


def _make(cloud: Cloud, project: Json, email: str, wanted: Json) -> Json:
    what = f"iam.create_service_account/{email}"
    name = email.partition("@")[0]
    seconds = cloud.timings.service_account
    account = {
        "projectId": project["projectId"],
        "uniqueId": numeric_id(21),
        "email": email,
        "displayName": wanted.get("displayName", ""),
        "description": wanted.get("description", ""),
        "created": stamp(cloud.now()),
        "visible_at": cloud.wait(what, project["projectId"], seconds, deployment_of(name)),
    }
    cloud.state.put("accounts", email, account)
    return account


def _shown(account: Json) -> Json:
    shown = {
        "name": f"projects/{account['projectId']}/serviceAccounts/{account['email']}",
        "projectId": account["projectId"],
        "uniqueId": account["uniqueId"],
        "email": account["email"],
        "etag": "MDEwMjE5MjA=",
        "oauth2ClientId": account["uniqueId"],
    }
    optional = {key: account[key] for key in ("displayName", "description") if account[key]}
    return {**shown, **optional}


def _taken(account_id: str, project: str, email: str) -> Exception:
    resource = f"projects/{project}/serviceAccounts/{email}"
    return already_exists(
        f"Service account {account_id} already exists within project projects/{project}.",
        {"@type": "type.googleapis.com/google.rpc.ResourceInfo", "resourceName": resource},
    )


def _resource(account: Json) -> str:
    return f"serviceAccounts/{account['email']}"


def _mark_deleted(cloud: Cloud, account: Json) -> None:
    gone = f"serviceAccount:{account['email']}"
    marked = f"deleted:{gone}?uid={account['uniqueId']}"
    for resource, policy in cloud.state.items("policies"):
        if any(gone in binding["members"] for binding in policy["bindings"]):
            for binding in policy["bindings"]:
                binding["members"] = [marked if m == gone else m for m in binding["members"]]
            cloud.state.put("policies", resource, policy)
