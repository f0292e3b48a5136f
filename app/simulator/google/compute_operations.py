"""Compute Engine's own kind of long-running operation."""

import secrets

from app.simulator.google.api import Call
from app.simulator.google.cloud import Cloud, numeric_id, parse, stamp
from app.simulator.google.compute_links import link
from app.simulator.google.errors import Json, not_found

_COLLECTION = "compute_operations"


def start(
    call: Call,
    project: Json,
    kind: str,
    target: str,
    target_id: str,
    done_at: str,
    request: str = "",
) -> Json:
    """Begin an operation that ends at the stored moment `done_at`."""
    now, hexes = call.cloud.now(), secrets.token_hex(16)
    name = f"operation-{now.timestamp() * 1000:.0f}-{hexes[:13]}-{hexes[13:21]}-{hexes[21:29]}"
    document = {
        "name": name,
        "id": numeric_id(),
        "project": project["projectId"],
        "kind": kind,
        "target": target,
        "target_id": target_id,
        "started": stamp(now),
        "done_at": done_at,
        "user": call.account,
        "request": request,
    }
    call.cloud.state.put(_COLLECTION, f"{project['projectId']}/{name}", document)
    return _shown(call.cloud, document)


def of_request(cloud: Cloud, project: Json, request: str) -> Json | None:
    """The operation that an earlier call with the same request id began."""
    if not request:
        return None
    documents = (doc for _, doc in cloud.state.items(_COLLECTION, f"{project['projectId']}/"))
    same = (doc for doc in documents if doc["request"] == request)
    found = next(same, None)
    return None if found is None else _shown(cloud, found)


def every(cloud: Cloud, project: Json, scope: str) -> list[Json]:
    """The operations of a scope of the project: `global`, `zones/Z` or `regions/R`."""
    documents = (doc for _, doc in cloud.state.items(_COLLECTION, f"{project['projectId']}/"))
    return [_shown(cloud, doc) for doc in documents if _scope(doc) == scope]


def find(cloud: Cloud, project: Json, scope: str, name: str) -> Json:
    """One operation; NOT_FOUND if the scope has none of that name."""
    return _shown(cloud, _document(cloud, project, scope, name))


def seconds_left(cloud: Cloud, project: Json, scope: str, name: str) -> float:
    """Real seconds until the operation is done."""
    done_at = parse(_document(cloud, project, scope, name)["done_at"])
    return max(0.0, (done_at - cloud.now()).total_seconds())


def _document(cloud: Cloud, project: Json, scope: str, name: str) -> Json:
    document = cloud.state.get(_COLLECTION, f"{project['projectId']}/{name}")
    if document is None or _scope(document) != scope:
        path = f"projects/{project['projectId']}/{scope}/operations/{name}"
        raise not_found(f"The resource '{path}' was not found")
    return document


def _scope(document: Json) -> str:
    """Where the target is, there the operation is."""
    return "/".join(str(document["target"]).split("/")[:-2])


def _shown(cloud: Cloud, document: Json) -> Json:
    done = cloud.passed(document["done_at"])
    project, scope = document["project"], _scope(document)
    body: Json = {
        "kind": "compute#operation",
        "id": document["id"],
        "name": document["name"],
        "operationType": document["kind"],
        "targetLink": link(project, document["target"]),
        "targetId": document["target_id"],
        "status": "DONE" if done else "RUNNING",
        "user": document["user"],
        "progress": 100 if done else 0,
        "insertTime": document["started"],
        "startTime": document["started"],
        "selfLink": link(project, f"{scope}/operations/{document['name']}"),
    }
    if scope != "global":
        body[scope.partition("/")[0].removesuffix("s")] = link(project, scope)
    return {**body, "endTime": document["done_at"]} if done else body
