"""Service Usage: which APIs a project has enabled."""

import re

from app.simulator.google import enabled
from app.simulator.google.api import Api, Call
from app.simulator.google.cloud import Cloud, deployment_of, stamp, uuid
from app.simulator.google.errors import ApiError, Json, error_info, invalid, not_found
from app.simulator.google.rates import MUTATIONS

api = Api("serviceusage", "serviceusage.googleapis.com", "Service Usage API")

_MOST_IN_A_BATCH = 20
_TITLES = {
    "artifactregistry": "Artifact Registry API",
    "bigquery": "BigQuery API",
    "cloudapis": "Google Cloud APIs",
    "cloudbilling": "Cloud Billing API",
    "cloudresourcemanager": "Cloud Resource Manager API",
    "cloudtrace": "Cloud Trace API",
    "compute": "Compute Engine API",
    "container": "Kubernetes Engine API",
    "datastore": "Cloud Datastore API",
    "dns": "Cloud DNS API",
    "endpoints": "Google Cloud Endpoints",
    "iam": "Identity and Access Management (IAM) API",
    "iamcredentials": "IAM Service Account Credentials API",
    "iap": "Cloud Identity-Aware Proxy API",
    "logging": "Cloud Logging API",
    "monitoring": "Cloud Monitoring API",
    "oslogin": "Cloud OS Login API",
    "pubsub": "Cloud Pub/Sub API",
    "servicecontrol": "Service Control API",
    "servicemanagement": "Service Management API",
    "serviceusage": "Service Usage API",
    "sql-component": "Cloud SQL",
    "storage": "Cloud Storage",
    "storage-api": "Google Cloud Storage JSON API",
    "storage-component": "Cloud Storage",
}
_CATALOGUE = {f"{name}.googleapis.com": title for name, title in _TITLES.items()}
_NEEDS_BILLING = {
    "artifactregistry.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "iap.googleapis.com",
}


@api.on("GET", "/v1/projects/{project}/services")
def list_services(call: Call) -> Json:
    """The services, all or with `filter=state:ENABLED` (or DISABLED); pages by `pageToken`."""
    project = call.project("serviceusage.services.list", "services")
    wanted = re.search(r"state\s*[:=]\s*(ENABLED|DISABLED)", call.query.get("filter", ""))
    services = [_service(call.cloud, project, name) for name in _known(call.cloud, project)]
    chosen = [s for s in services if wanted is None or s["state"] == wanted.group(1)]
    size = int(call.query.get("pageSize") or 50)
    start = int(call.query.get("pageToken") or 0)
    page: Json = {"services": chosen[start : start + size]}
    if start + size < len(chosen):
        page["nextPageToken"] = str(start + size)
    return page


@api.on("GET", "/v1/projects/{project}/services:batchGet")
def batch_get(call: Call) -> Json:
    """Several services by their full `names`."""
    project = call.project("serviceusage.services.get", "services")
    names = [name.rpartition("/")[2] for name in call.query.getlist("names")]
    _require_known(call.cloud, names)
    return {"services": [_service(call.cloud, project, name) for name in names]}


@api.on("GET", "/v1/projects/{project}/services/{service}")
def get_service(call: Call) -> Json:
    """One service and its state."""
    project = call.project("serviceusage.services.get", "services")
    _require_known(call.cloud, [call.params["service"]])
    return _service(call.cloud, project, call.params["service"])


@api.on("POST", "/v1/projects/{project}/services/{service}:enable")
def enable(call: Call) -> Json:
    """Enable one service."""
    project = call.project("serviceusage.services.enable", "services")
    call.spend(project, MUTATIONS)
    return _enable(call, project, [call.params["service"]], "EnableServiceResponse")


@api.on("POST", "/v1/projects/{project}/services:batchEnable")
def batch_enable(call: Call) -> Json:
    """Enable up to 20 services, all or none."""
    project = call.project("serviceusage.services.enable", "services")
    call.spend(project, MUTATIONS)
    names = call.body.get("serviceIds", [])
    if not names:
        raise invalid("Request must contain at least one service.")
    if len(names) > _MOST_IN_A_BATCH:
        raise invalid(f"At most {_MOST_IN_A_BATCH} services can be enabled in a single batch.")
    return _enable(call, project, names, "BatchEnableServicesResponse")


@api.on("POST", "/v1/projects/{project}/services/{service}:disable")
def disable(call: Call) -> Json:
    """Disable one service."""
    project = call.project("serviceusage.services.disable", "services")
    call.spend(project, MUTATIONS)
    cloud, name, kind = call.cloud, call.params["service"], "DisableServiceResponse"
    _require_known(cloud, [name])
    _require_settled(cloud, project, [name])
    if not enabled.is_on(cloud, project["projectId"], name):
        response = {"service": _service(cloud, project, name)}
        return _done("operations/noop.DONE_OPERATION", kind, response)
    what, seconds = f"serviceusage.disable/{name}", cloud.timings.enable_services
    done_at = cloud.wait(what, project["projectId"], seconds)
    enabled.turn_off(cloud, project["projectId"], name, done_at)
    operation = f"acf.p17-{project['projectNumber']}-{uuid()}"
    return _start(cloud, operation, project, [name], kind, done_at)


@api.on("GET", "/v1/operations/{operation}")
def get_operation(call: Call) -> Json:
    """An enabling and, when it is over, its result."""
    document = call.cloud.state.get("serviceusage_operations", call.params["operation"])
    if document is None:
        raise not_found(f"Operation operations/{call.params['operation']} not found.")
    return _operation(call.cloud, call.params["operation"], document)


def _known(cloud: Cloud, project: Json) -> list[str]:
    prefix = f"{project['projectId']}/"
    present = {key.removeprefix(prefix) for key, _ in cloud.state.items("services", prefix)}
    return sorted(present | _CATALOGUE.keys())


def _require_known(cloud: Cloud, names: list[str]) -> None:
    unknown = [name for name in names if name not in _CATALOGUE and not _bindable(cloud, name)]
    if unknown:
        raise _unknown(unknown)


def _require_old_enough(cloud: Cloud, project: Json, names: list[str]) -> None:
    """A project that is seconds old knows no batch, though it knows each of its parts."""
    known_at = project.get("services_known_at")
    if known_at and len(names) > 1 and not cloud.passed(known_at):
        raise _unknown(names)


def _unknown(names: list[str]) -> ApiError:
    return ApiError(
        "PERMISSION_DENIED",
        f"Not found or permission denied for service(s): {', '.join(names)}.",
        [
            error_info(
                "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
                "serviceusage.googleapis.com",
                services=",".join(names),
            )
        ],
    )


def _bindable(cloud: Cloud, name: str) -> bool:
    managed = cloud.state.get("managed_services", name)
    return (
        managed is not None
        and managed["deleted_at"] is None
        and cloud.passed(managed["visible_at"])
    )


def _service(cloud: Cloud, project: Json, name: str) -> Json:
    is_on = enabled.is_on(cloud, project["projectId"], name)
    parent = f"projects/{project['projectNumber']}"
    return {
        "name": f"{parent}/services/{name}",
        "parent": parent,
        "config": {"name": name, "title": _CATALOGUE.get(name, name)},
        "state": "ENABLED" if is_on else "DISABLED",
    }


def _enable(call: Call, project: Json, names: list[str], kind: str) -> Json:
    cloud = call.cloud
    _require_known(cloud, names)
    _require_old_enough(cloud, project, names)
    off = [n for n in names if _service(cloud, project, n)["state"] == "DISABLED"]
    if not off:
        services = [_service(cloud, project, name) for name in names]
        return _done("operations/noop.DONE_OPERATION", kind, _result(kind, services))
    _require_billing(project, off)
    _require_settled(cloud, project, off)
    what, seconds = f"serviceusage.enable/{','.join(sorted(off))}", cloud.timings.enable_services
    managed = next((n for n in off if n not in _CATALOGUE), None)
    guess = deployment_of(managed.partition(".")[0]) if managed else None
    done_at = cloud.wait(what, project["projectId"], seconds, guess)
    for name in off:
        enabled.turn_on(cloud, project["projectId"], name, done_at)
    operation = f"acat.p2-{project['projectNumber']}-{uuid()}"
    return _start(cloud, operation, project, names, kind, done_at)


def _start(
    cloud: Cloud, operation: str, project: Json, names: list[str], kind: str, done_at: str
) -> Json:
    document = {
        "project": project["projectId"],
        "services": names,
        "kind": kind,
        "done_at": done_at,
        "started": stamp(cloud.now()),
    }
    cloud.state.put("serviceusage_operations", operation, document)
    return _operation(cloud, operation, document)


def _require_settled(cloud: Cloud, project: Json, names: list[str]) -> None:
    if any(enabled.is_changing(cloud, project["projectId"], name) for name in names):
        text = "Another activation or deactivation is in progress"
        raise ApiError("FAILED_PRECONDITION", text)


def _require_billing(project: Json, names: list[str]) -> None:
    unpaid = sorted(_NEEDS_BILLING.intersection(names))
    if project["billing"] or not unpaid:
        return
    number, listed = project["projectNumber"], ",".join(unpaid)
    violation = {
        "type": "googleapis.com/billing-enabled",
        "subject": number,
        "description": f"Billing account for project '{number}' is not found.",
    }
    raise ApiError(
        "FAILED_PRECONDITION",
        f"Billing account for project '{number}' is not found. Billing must be enabled for "
        f"activation of service(s) '{listed}' to proceed.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                "violations": [violation],
            },
            error_info(
                "UREQ_PROJECT_BILLING_NOT_FOUND",
                "serviceusage.googleapis.com/billing-enabled",
                project=number,
                services=listed,
            ),
        ],
    )


def _operation(cloud: Cloud, name: str, document: Json) -> Json:
    project = cloud.state.get("projects", document["project"])
    assert project is not None
    services = [_service(cloud, project, service) for service in document["services"]]
    names = [service["name"] for service in services]
    metadata = {
        "@type": "type.googleapis.com/google.api.serviceusage.v1.OperationMetadata",
        "resourceNames": names,
    }
    if not cloud.passed(document["done_at"]):
        return {"name": f"operations/{name}", "metadata": metadata}
    kind = document["kind"]
    return {**_done(f"operations/{name}", kind, _result(kind, services)), "metadata": metadata}


def _result(kind: str, services: list[Json]) -> Json:
    return {"services": services} if kind.startswith("Batch") else {"service": services[0]}


def _done(name: str, kind: str, response: Json) -> Json:
    of_type = f"type.googleapis.com/google.api.serviceusage.v1.{kind}"
    return {"name": name, "done": True, "response": {"@type": of_type, **response}}
