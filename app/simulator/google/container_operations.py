"""GKE's own kind of long-running operation, with the progress that real creations show."""

from app.simulator.google import clusters
from app.simulator.google.cloud import Cloud, fraction, stamp, uuid
from app.simulator.google.cluster_view import conditions, link
from app.simulator.google.errors import Json, not_found

_COLLECTION = "container_operations"
_PENDING_UNTIL = 0.01
_FIRST_METRICS = 0.06
_LAST_BUT_ONE = 0.99
# Metric, its total, the last value it reaches, and when in the creation it begins and ends.
_METRICS = (
    ("CLUSTER_CONFIGURING", 8, 8, 0.06, 0.35),
    ("CLUSTER_DEPLOYING", 11, 11, 0.12, 0.88),
    ("CLUSTER_HEALTHCHECKING", 2, 1, 0.80, 0.97),
)


def start(cloud: Cloud, kind: str, cluster: Json, done_at: str, pool: str = "") -> Json:
    """Begin an operation on a cluster, or a pool of it, that ends at the stored `done_at`."""
    now = cloud.now()
    name = f"operation-{now.timestamp() * 1000:.0f}-{uuid()}"
    below = f"/nodePools/{pool}" if pool else ""
    document = {
        "name": name,
        "project": cluster["project"],
        "location": cluster["location"],
        "kind": kind,
        "cluster": clusters.key_of(cluster["project"], cluster["location"], cluster["name"]),
        "self_link": link(cluster, f"operations/{name}"),
        "target_link": link(cluster, f"clusters/{cluster['name']}{below}"),
        "cluster_id": cluster["id"],
        "started": stamp(now),
        "done_at": done_at,
    }
    cloud.state.put(_COLLECTION, f"{cluster['project']}/{cluster['location']}/{name}", document)
    running = {**cluster, "operation": name}
    cloud.state.put("clusters", document["cluster"], running)
    return _shown(cloud, document)


def of(cloud: Cloud, project: str, location: str) -> list[Json]:
    """The operations of a project, in one location or (`-`) in all."""
    prefix = f"{project}/" if location == "-" else f"{project}/{location}/"
    return [_shown(cloud, document) for _, document in cloud.state.items(_COLLECTION, prefix)]


def find(cloud: Cloud, project: str, location: str, name: str) -> Json:
    """One operation; NOT_FOUND if there is none."""
    document = cloud.state.get(_COLLECTION, f"{project}/{location}/{name}")
    if document is None:
        path = f"projects/{project}/locations/{location}/operations/{name}"
        raise not_found(f"Not found: {path}.")
    return _shown(cloud, document)


def cluster_of(cloud: Cloud, project: str, location: str, name: str) -> Json | None:
    """The cluster that an operation makes, while it is there."""
    document = cloud.state.get(_COLLECTION, f"{project}/{location}/{name}")
    return None if document is None else _made_by(cloud, document)


def _shown(cloud: Cloud, document: Json) -> Json:
    made = _made_by(cloud, document)
    failure = clusters.failure_of(cloud, made) if made else None
    done_at = failure["at"] if failure else made["ready_at"] if made else document["done_at"]
    done = bool(failure) or (cloud.passed(done_at) and (made is None or bool(made["port"])))
    expected_at = str(made.get("expected_at", done_at) if made else document["done_at"])
    progress = min(fraction(document["started"], expected_at, cloud.now()), _LAST_BUT_ONE)
    pending = progress < _PENDING_UNTIL and not done
    body: Json = {
        "name": document["name"],
        "zone": document["location"],
        "location": document["location"],
        "operationType": document["kind"],
        "status": "DONE" if done else "PENDING" if pending else "RUNNING",
        "selfLink": document["self_link"],
        "targetLink": document["target_link"],
        "startTime": document["started"],
    }
    if document["kind"] == "CREATE_CLUSTER" and progress >= _FIRST_METRICS:
        body["progress"] = {"metrics": _metrics(1.0 if done and not failure else progress)}
    if failure:
        body |= _told(failure)
    return {**body, "endTime": done_at} if done else body


def _told(failure: Json) -> Json:
    return {
        "error": {"code": failure["code"], "message": failure["message"]},
        "statusMessage": failure["message"],
        "clusterConditions": conditions(failure),
    }


def _made_by(cloud: Cloud, document: Json) -> Json | None:
    if document["kind"] != "CREATE_CLUSTER":
        return None
    cluster = cloud.state.get("clusters", document["cluster"])
    return cluster if cluster and cluster["id"] == document["cluster_id"] else None


def _metrics(progress: float) -> list[Json]:
    metrics: list[Json] = []
    for name, total, last, start, end in _METRICS:
        if progress < start:
            continue
        reached = min(1.0, (progress - start) / (end - start)) * last
        metrics.append({"name": name, "intValue": str(int(reached))})
        metrics.append({"name": f"{name}_TOTAL", "intValue": str(total)})
    return metrics
