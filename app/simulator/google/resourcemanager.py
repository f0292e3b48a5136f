"""Resource Manager, v1 (gcloud's) and v3 (the client library's)."""

import re

from app.simulator.google import policies
from app.simulator.google.api import Api, Call
from app.simulator.google.errors import ApiError, Json, invalid
from app.simulator.google.projects import create, find_project, projects_of

api = Api(
    "cloudresourcemanager",
    "cloudresourcemanager.googleapis.com",
    "Cloud Resource Manager API",
    versions=("v1", "v3"),
)
_POLICY_UPDATE_DENIED = "Policy update access denied."


@api.on("GET", "/v1/projects")
def list_v1(call: Call) -> Json:
    """The caller's projects, filtered by `filter`'s `field:value` and `field=value` terms."""
    projects = [_as_v1(project) for project in projects_of(call.cloud, call.account)]
    terms = _terms(call.query.get("filter", ""))
    return {"projects": [p for p in projects if _satisfies(p, terms)]}


@api.on("POST", "/v1/projects", "/v3/projects")
def create_project(call: Call) -> Json:
    """Begin to make a project of the caller's own."""
    name = call.body.get("displayName") or call.body.get("name", "")
    project = create(call.cloud, call.body.get("projectId", ""), str(name), call.account)
    return _operation(call, project)


@api.on("GET", "/v1/operations/{operation}", "/v3/operations/{operation}")
def get_operation(call: Call) -> Json:
    """How the making of a project goes; its number names the operation."""
    number = call.params["operation"].removeprefix("cp.")
    return _operation(call, find_project(call.cloud, number, call.account))


@api.on("GET", "/v1/projects/{project}")
def get_v1(call: Call) -> Json:
    """One project."""
    return _as_v1(find_project(call.cloud, call.params["project"], call.account))


@api.on("GET", "/v3/projects/{project}")
def get_v3(call: Call) -> Json:
    """One project, named by its number."""
    return _as_v3(find_project(call.cloud, call.params["project"], call.account))


@api.on("GET", "/v3/projects:search")
def search_v3(call: Call) -> Json:
    """The caller's projects, filtered by `query`."""
    projects = [_as_v3(project) for project in projects_of(call.cloud, call.account)]
    terms = _terms(call.query.get("query", ""))
    return {"projects": [p for p in projects if _satisfies(p, terms)]}


@api.on("POST", "/v1/projects/{project}:getIamPolicy", "/v3/projects/{project}:getIamPolicy")
def get_iam_policy(call: Call) -> Json:
    """The project's policy; conditions only for those who ask for version 3."""
    project = call.project("resourcemanager.projects.getIamPolicy")
    version = int(call.body.get("options", {}).get("requestedPolicyVersion", 1))
    return policies.answer(policies.read(call.cloud, _resource(project)), version)


@api.on("POST", "/v1/projects/{project}:setIamPolicy", "/v3/projects/{project}:setIamPolicy")
def set_iam_policy(call: Call) -> Json:
    """Replace the project's policy."""
    project = find_project(call.cloud, call.params["project"], call.account)
    permission = "resourcemanager.projects.setIamPolicy"
    if not policies.allows(call.cloud, project["projectId"], call.account, permission):
        raise ApiError("PERMISSION_DENIED", _POLICY_UPDATE_DENIED)
    wanted = call.body.get("policy")
    if not isinstance(wanted, dict):
        raise invalid("Policy is required.")
    _keep_an_owner(wanted)
    return policies.write(call.cloud, _resource(project), wanted)


@api.on(
    "POST",
    "/v1/projects/{project}:testIamPermissions",
    "/v3/projects/{project}:testIamPermissions",
)
def test_iam_permissions(call: Call) -> Json:
    """Those of the permissions that the caller has."""
    project = find_project(call.cloud, call.params["project"], call.account)
    asked = call.body.get("permissions", [])
    if len(asked) > 100:
        raise invalid("At most 100 permissions can be tested in a single request.")
    given = [p for p in asked if policies.allows(call.cloud, project["projectId"], call.account, p)]
    return {"permissions": given} if given else {}


def _operation(call: Call, project: Json) -> Json:
    operation: Json = {"name": f"operations/cp.{project['projectNumber']}"}
    if not call.cloud.passed(project.get("ready_at")):
        return operation
    of_type = "type.googleapis.com/google.cloudresourcemanager.v3.Project"
    return {**operation, "done": True, "response": {"@type": of_type, **_as_v3(project)}}


def _as_v1(project: Json) -> Json:
    organization = project.get("organization")
    parent = {"parent": {"type": "organization", "id": organization}} if organization else {}
    return {
        **parent,
        "projectNumber": project["projectNumber"],
        "projectId": project["projectId"],
        "lifecycleState": "ACTIVE",
        "name": project["name"],
        "createTime": project["createTime"],
    }


def _as_v3(project: Json) -> Json:
    organization = project.get("organization")
    return {
        **({"parent": f"organizations/{organization}"} if organization else {}),
        "name": f"projects/{project['projectNumber']}",
        "projectId": project["projectId"],
        "state": "ACTIVE",
        "displayName": project["name"],
        "createTime": project["createTime"],
        "updateTime": project["createTime"],
        "etag": 'W/"5a6b7c8d9e0f1a2b"',
    }


def _resource(project: Json) -> str:
    return f"projects/{project['projectId']}"


def _terms(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"(\w+)\s*[:=]\s*\"?([\w.*-]+)\"?", text)
    return [(field, value) for field, value in found]


def _satisfies(project: Json, terms: list[tuple[str, str]]) -> bool:
    known = {"id": "projectId", "projectId": "projectId", "name": "name"}
    for field, wanted in terms:
        value = str(project.get(known.get(field, field), project.get("displayName", "")))
        if not re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), value, re.IGNORECASE):
            return False
    return True


def _keep_an_owner(policy: Json) -> None:
    owners = [b for b in policy.get("bindings", []) if b.get("role") == "roles/owner"]
    if not any(binding.get("members") for binding in owners):
        raise ApiError(
            "FAILED_PRECONDITION",
            "The last owner of a project without an organization cannot be removed: "
            "SOLO_REQUIRE_OWNER.",
        )
