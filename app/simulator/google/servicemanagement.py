"""Service Management, as Cloud Endpoints uses it: services, configs, rollouts, and their names.

A name is published when a rollout of a config with `x-google-endpoints` has succeeded. Deleting
is soft for 30 days.
"""

import re
from datetime import timedelta

from app.simulator.google import names, policies
from app.simulator.google.api import Api, Call
from app.simulator.google.cloud import Cloud, deployment_of, parse, stamp, uuid
from app.simulator.google.errors import ApiError, Json, already_exists, invalid, not_found
from app.simulator.google.projects import find_project

api = Api("servicemanagement", "servicemanagement.googleapis.com", "Service Management API")
_KEPT = timedelta(days=30)
_TYPES = "type.googleapis.com/google.api.servicemanagement.v1."
_UNDELETE = (
    "https://cloud.google.com/endpoints/docs/openapi/troubleshoot-config-deployment"
    "#service_has_been_deleted"
)
_CLOUD_NAME = re.compile(r"[a-z0-9][-a-z0-9]*\.endpoints\.(?P<project>[a-z0-9-]+)\.cloud\.goog")


@api.on("GET", "/v1/services")
def list_services(call: Call) -> Json:
    """The services of `producerProjectId` that are not deleted."""
    name = call.query.get("producerProjectId", "")
    project = find_project(call.cloud, name, call.account)["projectId"]
    services = [_service(doc) for doc in _live(call.cloud) if doc["project"] == project]
    return {"services": services} if services else {}


@api.on("POST", "/v1/services")
def create_service(call: Call) -> Json:
    """Register a service name for a project."""
    host = call.body.get("serviceName", "")
    project = find_project(call.cloud, call.body.get("producerProjectId", ""), call.account)
    call.require(project, "servicemanagement.services.create", f"services/{host}")
    _check_name(host, project["projectId"])
    _check_free(call.cloud, host)
    cloud, where = call.cloud, project["projectId"]
    timings, guess = cloud.timings, deployment_of(host.partition(".")[0])
    seconds = timings.endpoints_service
    done_at = cloud.wait(f"servicemanagement.create_service/{host}", where, seconds, guess)
    document = {
        "host": host,
        "project": project["projectId"],
        "visible_at": cloud.wait(
            f"servicemanagement.visible/{host}", where, timings.endpoints_visible, guess
        ),
        "deleted_at": None,
        "configs": [],
        "rollouts": [],
    }
    cloud.state.put("managed_services", host, document)
    response = {"@type": _TYPES + "ManagedService", **_service(document)}
    return _start(cloud, f"services.{host}-0", done_at, [f"services/{host}"], response)


@api.on("GET", "/v1/services/{host}")
def get_service(call: Call) -> Json:
    """A service; one that is missing, deleted or just made answers 403."""
    document = _find(call, "servicemanagement.services.get")
    if not call.cloud.passed(document["visible_at"]):
        raise _hidden(call.params["host"])
    return _service(document)


@api.on("DELETE", "/v1/services/{host}")
def delete_service(call: Call) -> Json:
    """Delete softly; the name cannot be made again for 30 days, only undeleted."""
    cloud, document = call.cloud, _find(call, "servicemanagement.services.delete")
    host = document["host"]
    cloud.state.put("managed_services", host, {**document, "deleted_at": stamp(cloud.now())})
    cloud.state.delete("names", host)
    cloud.state.delete("services", f"{document['project']}/{host}")
    what = f"servicemanagement.delete_service/{host}"
    guess = deployment_of(host.partition(".")[0])
    done_at = cloud.wait(what, document["project"], cloud.timings.endpoints_service, guess)
    response = {"@type": "type.googleapis.com/google.protobuf.Empty"}
    name = f"services.{host}-{_count(cloud, host)}"
    return _start(cloud, name, done_at, [f"services/{host}"], response)


@api.on("POST", "/v1/services/{host}:undelete")
def undelete_service(call: Call) -> Json:
    """Bring a softly deleted service back, with its configs; its name needs a new rollout."""
    cloud, host = call.cloud, call.params["host"]
    document = _owned(call, "servicemanagement.services.delete")
    if document["deleted_at"] is None:
        raise ApiError("FAILED_PRECONDITION", f"Service {host} is not deleted.")
    document = {**document, "deleted_at": None}
    cloud.state.put("managed_services", host, document)
    what = f"servicemanagement.undelete_service/{host}"
    guess = deployment_of(host.partition(".")[0])
    done_at = cloud.wait(what, document["project"], cloud.timings.endpoints_service, guess)
    response = {"@type": _TYPES + "UndeleteServiceResponse", "service": _service(document)}
    name = f"services.{host}-{_count(cloud, host)}"
    return _start(cloud, name, done_at, [f"services/{host}"], response)


@api.on("POST", "/v1/services/{host}/configs:submit")
def submit_config(call: Call) -> Json:
    """Take an OpenAPI 2.0 file as the service's next config."""
    cloud, document = call.cloud, _find(call, "servicemanagement.services.update")
    host = document["host"]
    openapi = names.openapi(call.body, host)
    today = f"{cloud.now():%Y-%m-%d}"
    revision = sum(config["id"].startswith(today) for config in document["configs"])
    config = {
        "id": f"{today}r{revision}",
        "name": host,
        "title": openapi.get("info", {}).get("title", ""),
        "endpoints": openapi.get("x-google-endpoints", []),
    }
    if not call.body.get("validateOnly"):
        configs = [*document["configs"], config]
        cloud.state.put("managed_services", host, {**document, "configs": configs})
    what = f"servicemanagement.submit_config/{host}"
    guess = deployment_of(host.partition(".")[0])
    done_at = cloud.wait(what, document["project"], cloud.timings.endpoints_config, guess)
    shown = _config(config, document["project"])
    response = {"@type": _TYPES + "SubmitConfigSourceResponse", "serviceConfig": shown}
    resources = [f"services/{host}/configs/{config['id']}"]
    return _start(cloud, f"serviceConfigs.{host}:{uuid()}", done_at, resources, response)


@api.on("GET", "/v1/services/{host}/configs")
def list_configs(call: Call) -> Json:
    """Every config of the service, newest first."""
    document = _find(call, "servicemanagement.services.get")
    configs = [_config(config, document["project"]) for config in reversed(document["configs"])]
    return {"serviceConfigs": configs} if configs else {}


@api.on("GET", "/v1/services/{host}/configs/{config}")
def get_config(call: Call) -> Json:
    """One config."""
    document = _find(call, "servicemanagement.services.get")
    return _config(_find_config(document, call.params["config"]), document["project"])


@api.on("POST", "/v1/services/{host}/rollouts")
def create_rollout(call: Call) -> Json:
    """Put a config into use; afterwards its names spread in DNS."""
    cloud, document = call.cloud, _find(call, "servicemanagement.services.update")
    percentages = call.body.get("trafficPercentStrategy", {}).get("percentages", {})
    if not percentages or round(sum(percentages.values())) != 100:
        raise invalid("The sum of traffic percentages must be 100.")
    config = _find_config(document, max(percentages, key=lambda key: percentages[key]))
    host, guess = document["host"], deployment_of(document["host"].partition(".")[0])
    what = f"servicemanagement.create_rollout/{host}"
    seconds = cloud.timings.endpoints_rollout
    done_at = cloud.wait(what, document["project"], seconds, guess)
    rollout = {
        "rolloutId": f"{cloud.now():%Y-%m-%d}r{len(document['rollouts'])}",
        "createTime": stamp(cloud.now()),
        "createdBy": call.account,
        "trafficPercentStrategy": {"percentages": percentages},
        "serviceName": host,
        "done_at": done_at,
    }
    rollouts = [*document["rollouts"], rollout]
    cloud.state.put("managed_services", host, {**document, "rollouts": rollouts})
    names.publish(cloud, document, config, done_at)
    response = {"@type": _TYPES + "Rollout", **_rollout(cloud, rollout)}
    resources = [f"services/{host}/rollouts/{rollout['rolloutId']}"]
    return _start(cloud, f"rollouts.{host}:{uuid()}", done_at, resources, response)


@api.on("GET", "/v1/services/{host}/rollouts")
def list_rollouts(call: Call) -> Json:
    """Every rollout, newest first; `filter=status=SUCCESS` is understood."""
    document = _find(call, "servicemanagement.services.get")
    wanted = re.search(r"status\s*=\s*'?(\w+)", call.query.get("filter", ""))
    rollouts = [_rollout(call.cloud, rollout) for rollout in reversed(document["rollouts"])]
    chosen = [r for r in rollouts if wanted is None or r["status"] == wanted.group(1)]
    return {"rollouts": chosen} if chosen else {}


@api.on("GET", "/v1/services/{host}/rollouts/{rollout}")
def get_rollout(call: Call) -> Json:
    """One rollout."""
    document = _find(call, "servicemanagement.services.get")
    for rollout in document["rollouts"]:
        if rollout["rolloutId"] == call.params["rollout"]:
            return _rollout(call.cloud, rollout)
    raise not_found(f"Rollout {call.params['rollout']} not found.")


@api.on("GET", "/v1/operations/{prefix}:{rest}", "/v1/operations/{prefix}")
def get_operation(call: Call) -> Json:
    """An operation; its `response` is there before it is `done`."""
    name = ":".join(call.params.values())
    document = call.cloud.state.get("servicemanagement_operations", name)
    if document is None:
        raise not_found(f"Operation operations/{name} not found.")
    return _operation(call.cloud, name, document)


def _check_name(host: str, project: str) -> None:
    named = _CLOUD_NAME.fullmatch(host)
    if not named:
        raise ApiError(
            "PERMISSION_DENIED",
            f"Ownership for domain name '{host}' on project '{project}' cannot be verified. If "
            "you own the domain name, please ensure it is verified and then retry.",
        )
    if named.group("project") != project:
        raise ApiError(
            "PERMISSION_DENIED",
            f"Ownership for domain name '{host}' on project '{project}' cannot be verified.",
        )
    if len(host) > 62:
        raise invalid(f"Service name '{host}' is too long.")


def _check_free(cloud: Cloud, host: str) -> None:
    present = cloud.state.get("managed_services", host)
    if present is None:
        return
    if present["deleted_at"] is None:
        raise already_exists(f"Service {host} already exists.")
    if parse(present["deleted_at"]) + _KEPT > cloud.now():
        raise ApiError(
            "FAILED_PRECONDITION",
            f"Service {host} has been deleted and will be purged after 30 days. To reuse this "
            f"service, please undelete the service following {_UNDELETE}.",
        )


def _find(call: Call, permission: str) -> Json:
    document = _owned(call, permission)
    if document["deleted_at"] is not None:
        raise _hidden(call.params["host"])
    return document


def _owned(call: Call, permission: str) -> Json:
    document = call.cloud.state.get("managed_services", call.params["host"])
    if document is None or not policies.allows(
        call.cloud, document["project"], call.account, permission
    ):
        raise _hidden(call.params["host"])
    return document


def _hidden(host: str) -> ApiError:
    text = f"Service '{host}' not found or permission denied."
    return ApiError("PERMISSION_DENIED", text)


def _live(cloud: Cloud) -> list[Json]:
    documents = (doc for _, doc in cloud.state.items("managed_services"))
    return [doc for doc in documents if doc["deleted_at"] is None]


def _service(document: Json) -> Json:
    return {"serviceName": document["host"], "producerProjectId": document["project"]}


def _config(config: Json, project: str) -> Json:
    return {"producerProjectId": project, **config}


def _rollout(cloud: Cloud, rollout: Json) -> Json:
    shown = {key: value for key, value in rollout.items() if key != "done_at"}
    status = "SUCCESS" if cloud.passed(rollout["done_at"]) else "IN_PROGRESS"
    return {**shown, "status": status}


def _find_config(document: Json, config_id: str) -> Json:
    for config in document["configs"]:
        if config["id"] == config_id:
            found: Json = config
            return found
    raise not_found(f"Service config '{config_id}' not found.")


def _count(cloud: Cloud, host: str) -> int:
    prefix = f"services.{host}-"
    return len(cloud.state.items("servicemanagement_operations", prefix))


def _start(cloud: Cloud, name: str, done_at: str, resources: list[str], response: Json) -> Json:
    document = {
        "started": stamp(cloud.now()),
        "done_at": done_at,
        "resources": resources,
        "response": response,
    }
    cloud.state.put("servicemanagement_operations", name, document)
    return _operation(cloud, name, document)


def _operation(cloud: Cloud, name: str, document: Json) -> Json:
    done = cloud.passed(document["done_at"])
    metadata = {
        "@type": _TYPES + "OperationMetadata",
        "resourceNames": document["resources"],
        "startTime": document["started"],
        "progressPercentage": 100 if done else 0,
    }
    operation: Json = {"name": f"operations/{name}", "metadata": metadata}
    if done:
        operation["done"] = True
    return {**operation, "response": document["response"]}
