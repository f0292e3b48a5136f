"""Global static addresses."""

import hashlib
import re

from app.simulator.google import compute_store, quotas
from app.simulator.google.cloud import Cloud, deployment_of, numeric_id, stamp
from app.simulator.google.compute_links import link
from app.simulator.google.errors import ApiError, Json, already_exists, invalid, not_found

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def of(cloud: Cloud, project: Json) -> list[Json]:
    """The documents of a project's addresses that exist at present."""
    documents = [doc for _, doc in cloud.state.items("addresses", f"{project['projectId']}/")]
    return [doc for doc in documents if not cloud.passed(doc["gone_at"])]


def find(cloud: Cloud, project: Json, name: str) -> Json:
    """The document of one address; NOT_FOUND if there is none."""
    document = lookup(cloud, project["projectId"], name)
    if document is None:
        path = f"projects/{project['projectId']}/global/addresses/{name}"
        raise not_found(f"The resource '{path}' was not found")
    return document


def lookup(cloud: Cloud, project: str, name: str) -> Json | None:
    """The document of one address that exists at present."""
    document = cloud.state.get("addresses", f"{project}/{name}")
    return None if document is None or cloud.passed(document["gone_at"]) else document


def reserve(cloud: Cloud, project: Json, wanted: Json) -> Json:
    """Reserve an address; its IPv4 is there at once, RESERVED after a while."""
    name, project_id = wanted.get("name", ""), project["projectId"]
    _check(cloud, project, wanted)
    seconds = cloud.timings.address
    what = f"compute.insert_address/{name}"
    document = {
        "id": numeric_id(),
        "project": project_id,
        "name": name,
        "address": _new_ipv4(cloud, f"{project_id}/{name}"),
        "description": wanted.get("description", ""),
        "labels": wanted.get("labels", {}),
        "created": stamp(cloud.now()),
        "ready_at": cloud.wait(what, project_id, seconds, deployment_of(name)),
        "gone_at": None,
    }
    cloud.state.put("addresses", f"{project_id}/{name}", document)
    return document


def release(cloud: Cloud, project: Json, name: str) -> Json:
    """Begin to release an address; one in use is refused."""
    document, project_id = find(cloud, project, name), project["projectId"]
    user = user_of(cloud, document)
    if user:
        path = f"projects/{project_id}/global/addresses/{name}"
        raise ApiError(
            "INVALID_ARGUMENT",
            f"The address resource '{path}' is already being used by '{user}'",
            compute_reason="resourceInUseByAnotherResource",
        )
    what, seconds = f"compute.delete_address/{name}", cloud.timings.address
    gone_at = cloud.wait(what, project_id, seconds, deployment_of(name))
    document = {**document, "gone_at": gone_at}
    cloud.state.put("addresses", f"{project_id}/{name}", document)
    return document


def label(cloud: Cloud, project: Json, name: str, wanted: Json) -> Json:
    """Replace an address's labels; needs the present fingerprint."""
    document = find(cloud, project, name)
    if wanted.get("labelFingerprint") != _fingerprint(document["labels"]):
        raise ApiError(
            "ABORTED", "Labels fingerprint either invalid or resource labels have changed"
        )
    document = {**document, "labels": wanted.get("labels", {}), "labelled_at": stamp(cloud.now())}
    cloud.state.put("addresses", f"{project['projectId']}/{name}", document)
    return document


def path(document: Json) -> str:
    """The address's path below its project."""
    return f"global/addresses/{document['name']}"


def user_of(cloud: Cloud, document: Json) -> str:
    """The path of the forwarding rule that uses an address, below `projects/`; or nothing."""
    project = document["project"]
    for rule in compute_store.of(cloud, project, "forwardingRules"):
        if rule["body"].get("IPAddress") == document["address"]:
            return f"projects/{project}/{rule['path']}"
    return ""


def shown(cloud: Cloud, document: Json) -> Json:
    """The address as the API gives it."""
    ready, user = cloud.passed(document["ready_at"]), user_of(cloud, document)
    body: Json = {
        "kind": "compute#address",
        "id": document["id"],
        "name": document["name"],
        "description": document["description"],
        "creationTimestamp": document["created"],
        "address": document["address"],
        "status": "RESERVING" if not ready else "IN_USE" if user else "RESERVED",
        "selfLink": link(document["project"], path(document)),
        "networkTier": "PREMIUM",
        "addressType": "EXTERNAL",
        "ipVersion": "IPV4",
        "labelFingerprint": _fingerprint(document["labels"]),
    }
    if user:
        body["users"] = [f"https://www.googleapis.com/compute/v1/{user}"]
    return {**body, "labels": document["labels"]} if document["labels"] else body


def _check(cloud: Cloud, project: Json, wanted: Json) -> None:
    name, project_id = wanted.get("name", ""), project["projectId"]
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex "
            f"'{_NAME.pattern}'"
        )
    if lookup(cloud, project_id, name):
        where = f"projects/{project_id}/global/addresses/{name}"
        raise already_exists(f"The resource '{where}' already exists")
    quotas.require_one(cloud, project, "STATIC_ADDRESSES")


def _new_ipv4(cloud: Cloud, key: str) -> str:
    taken = {doc["address"] for _, doc in cloud.state.items("addresses")}
    for attempt in range(2**16):
        digest = hashlib.sha256(f"{key}#{attempt}".encode()).digest()
        ipv4 = f"34.{96 + digest[0] % 32}.{digest[1]}.{1 + digest[2] % 254}"
        if ipv4 not in taken:
            return ipv4
    raise ApiError("UNAVAILABLE", "No address is free.")


def _fingerprint(labels: Json) -> str:
    digest = hashlib.sha256(repr(sorted(labels.items())).encode()).digest()[:6]
    return digest.hex()[:11] + "="
