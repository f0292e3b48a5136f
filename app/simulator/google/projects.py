"""Projects: which there are at first, and finding one."""

import re
from dataclasses import dataclass

from app.simulator.google import policies
from app.simulator.google.cloud import Cloud, numeric_id, stamp
from app.simulator.google.errors import Json, already_exists, invalid, project_denied

_DEFAULT_SERVICES = (
    "bigquery.googleapis.com",
    "cloudapis.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudtrace.googleapis.com",
    "datastore.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "servicemanagement.googleapis.com",
    "serviceusage.googleapis.com",
    "sql-component.googleapis.com",
    "storage.googleapis.com",
)
_USED_SERVICES = (
    *_DEFAULT_SERVICES,
    "cloudbilling.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "iam.googleapis.com",
)
ACCOUNT = "billingAccounts/01AB23-45CD67-89EF01"
_PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_LONG_AGO = "2025-02-03T04:05:06.789000Z"


@dataclass(frozen=True, slots=True)
class _Seed:
    project_id: str
    number: str
    name: str
    owners: tuple[str, ...]
    editors: tuple[str, ...] = ()
    billing: bool = True
    services: tuple[str, ...] = _DEFAULT_SERVICES
    cpus: int = 5000
    organization: str = ""


_ORGANIZATION, _DOMAIN = "112233445566", "example.com"
_DANA, _KIM, _SAM = "dana@example.com", "kim@example.com", "sam@example.com"
_SEEDS = (
    _Seed(
        "your-project-id",
        "123456789012",
        "Your project",
        (_DANA, _KIM),
        (_SAM,),
        organization=_ORGANIZATION,
    ),
    _Seed(
        "ml-sandbox-1234",
        "234567890123",
        "ML sandbox",
        (_DANA, _KIM),
        services=_USED_SERVICES,
        organization=_ORGANIZATION,
    ),
    _Seed("no-billing-project", "345678901234", "No billing yet", (_DANA,), billing=False),
    _Seed("small-quota-project", "456789012345", "Small quota", (_DANA,), cpus=8),
    _Seed("other-team-project", "567890123456", "Other team", (_KIM,)),
)


def seed(cloud: Cloud) -> None:
    """Make the demo's projects, unless the state has projects already."""
    if cloud.state.items("projects"):
        return
    with cloud.state.change():
        for entry in _SEEDS:
            _make(cloud, entry)


def create(cloud: Cloud, project_id: str, name: str, owner: str) -> Json:
    """A new project of `owner`'s, without billing; services are known to it a minute later.

    INVALID_ARGUMENT for what is no project's id, ALREADY_EXISTS where somebody has it.
    """
    if not _PROJECT_ID.fullmatch(project_id):
        raise invalid("Request contains an invalid argument.")
    if cloud.state.get("projects", project_id) is not None:
        raise already_exists("Requested entity already exists")
    seed = _Seed(project_id, numeric_id(12), name or project_id, (owner,), billing=False)
    _make(cloud, seed)
    timings, project = cloud.timings, cloud.state.get("projects", project_id)
    assert project is not None
    project |= {
        "createTime": stamp(cloud.now()),
        "ready_at": stamp(cloud.clock.after(timings.new_project)),
        "services_known_at": stamp(cloud.clock.after(timings.project_known)),
    }
    cloud.state.put("projects", project_id, project)
    return project


def find_project(cloud: Cloud, name: str, account: str) -> Json:
    """The project by id or number; PERMISSION_DENIED if absent or not `account`'s to see."""
    project = cloud.state.get("projects", name) or _by_number(cloud, name)
    if project is None or not policies.allows(
        cloud, project["projectId"], account, "resourcemanager.projects.get"
    ):
        raise project_denied(name)
    return project


def projects_of(cloud: Cloud, account: str) -> list[Json]:
    """Every project that the account may see."""
    return [
        project
        for key, project in cloud.state.items("projects")
        if policies.allows(cloud, key, account, "resourcemanager.projects.get")
    ]


def _by_number(cloud: Cloud, number: str) -> Json | None:
    if not number.isdigit():
        return None
    found = (p for _, p in cloud.state.items("projects") if p["projectNumber"] == number)
    return next(found, None)


def _make(cloud: Cloud, entry: _Seed) -> None:
    project = {
        "projectId": entry.project_id,
        "projectNumber": entry.number,
        "name": entry.name,
        "createTime": _LONG_AGO,
        "billing": ACCOUNT if entry.billing else "",
        "quotas": {"CPUS": entry.cpus},
        "organization": entry.organization,
        "domain": _DOMAIN if entry.organization else "",
    }
    cloud.state.put("projects", entry.project_id, project)
    for service in entry.services:
        document = {"enabled_at": _LONG_AGO}
        cloud.state.put("services", f"{entry.project_id}/{service}", document)
    bindings = [
        {"role": "roles/owner", "members": [f"user:{email}" for email in entry.owners]},
        {"role": "roles/editor", "members": [f"user:{email}" for email in entry.editors]},
    ]
    policies.write(cloud, f"projects/{entry.project_id}", {"bindings": bindings})
