"""GKE clusters: what a request may ask for, and what has become of it."""

import base64
import hashlib
import re
import secrets

from google.protobuf import json_format
from google.protobuf.message import Message

from app.simulator.google import catalogue, dooms, policies, pool_specs, quotas, versions
from app.simulator.google.api import Call
from app.simulator.google.cloud import Cloud, deployment_of, stamp, uuid
from app.simulator.google.errors import ApiError, Json, already_exists, invalid, not_found

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_NEVER = "9999-01-01T00:00:00.000000Z"
_SOON = 10.0
DNS_SUFFIX = ".gke.goog.localhost"
_QUOTA_PAGE = "https://console.cloud.google.com/iam-admin/quotas?usage=USED&project="


def key_of(project: str, location: str, name: str) -> str:
    """The key of a cluster's document."""
    return f"{project}/{location}/{name}"


def dns_name(cluster: Json) -> str:
    """The name of the control plane's DNS endpoint; the simulated internet is under localhost."""
    region = catalogue.region_of(cluster["location"])
    return f"gke-{cluster['id'][:36]}-{cluster['number']}.{region}{DNS_SUFFIX}"


def status(cloud: Cloud, cluster: Json) -> str:
    """PROVISIONING, RUNNING, RECONCILING, ERROR or STOPPING; empty when the cluster is no more."""
    if cluster["delete_done_at"]:
        return "" if cloud.passed(cluster["delete_done_at"]) else "STOPPING"
    if failure_of(cloud, cluster):
        return "ERROR"
    if not cluster["port"] or not cloud.passed(cluster["ready_at"]):
        return "PROVISIONING"
    return "RECONCILING" if is_changing(cloud, cluster) else "RUNNING"


def is_changing(cloud: Cloud, cluster: Json) -> bool:
    """Whether one of its node pools is being made or deleted."""
    moments = (at for times in cluster.get("pool_times", {}).values() for at in times.values())
    return any(not cloud.passed(moment) for moment in moments)


def failure_of(cloud: Cloud, cluster: Json) -> Json | None:
    """Why its creation failed, once it has: at, code, name, message, condition."""
    if cluster["failure"]:
        internal = {"code": 13, "name": "INTERNAL", "message": cluster["failure"]}
        return {**internal, "at": cluster["ready_at"], "condition": ""}
    doom: Json | None = cluster.get("doom")
    return doom if doom and cloud.passed(doom["at"]) else None


def of(cloud: Cloud, project: str) -> list[Json]:
    """The documents of a project's clusters that exist at present."""
    documents = [doc for _, doc in cloud.state.items("clusters", f"{project}/")]
    return [doc for doc in documents if status(cloud, doc)]


def find(cloud: Cloud, project: str, location: str, name: str) -> Json:
    """The document of one cluster; NOT_FOUND if there is none."""
    cluster = cloud.state.get("clusters", key_of(project, location, name))
    if cluster is None or not status(cloud, cluster):
        path = f"projects/{project}/locations/{location}/clusters/{name}"
        raise not_found(f"Not found: {path}.")
    return cluster


def create(call: Call, project: Json, location: str, wanted: Json) -> Json:
    """Check what is wanted, then begin to make it; returns the document."""
    cloud, project_id = call.cloud, project["projectId"]
    spec = _normalised(wanted)
    _check_location(location)
    _check_name(cloud, project_id, location, spec.get("name", ""))
    pools = pool_specs.of_cluster(spec, location)
    spec = {**spec, "nodePools": pools}
    spec.pop("initialNodeCount", None)
    spec.pop("nodeConfig", None)
    for pool in pools:
        pool_specs.check(call, project, pool)
    _check_network_use(call, project)
    _check_network(spec)
    check_quotas(cloud, project, location, spec)
    channel = spec.setdefault("releaseChannel", {"channel": "REGULAR"}).get("channel", "")
    version = versions.choose(channel, spec.get("initialClusterVersion", ""))
    return _make(cloud, project, location, spec, version)


def delete(cloud: Cloud, cluster: Json) -> Json:
    """Begin to delete a cluster; refused while it is being made or deleted."""
    require_idle(cloud, cluster)
    name, project = cluster["name"], cluster["project"]
    what, seconds = f"container.delete_cluster/{name}", cloud.timings.delete_cluster
    done_at = cloud.wait(what, project, seconds, deployment_of(name))
    cluster = {**cluster, "delete_done_at": done_at}
    cloud.state.put("clusters", key_of(project, cluster["location"], name), cluster)
    cloud.clusters_changed.set()
    return cluster


def label(cloud: Cloud, cluster: Json, wanted: Json) -> Json:
    """Replace the labels of a cluster that nothing else is being done to."""
    require_idle(cloud, cluster)
    if wanted.get("labelFingerprint") != label_fingerprint(cluster):
        raise ApiError(
            "FAILED_PRECONDITION", "Labels could not be set due to fingerprint mismatch."
        )
    spec = {**cluster["spec"], "resourceLabels": wanted.get("resourceLabels", {})}
    changed = {**cluster, "spec": spec, "labelled_at": stamp(cloud.clock.after(_SOON))}
    key = key_of(cluster["project"], cluster["location"], cluster["name"])
    cloud.state.put("clusters", key, changed)
    return changed


def label_fingerprint(cluster: Json) -> str:
    """Changes with the labels; who replaces them must know the present one."""
    labels = sorted(cluster["spec"].get("resourceLabels", {}).items())
    return hashlib.sha256(repr(labels).encode()).hexdigest()[:8]


def require_idle(cloud: Cloud, cluster: Json) -> None:
    """Refuse while something else is being done to the cluster."""
    if status(cloud, cluster) in ("PROVISIONING", "RECONCILING", "STOPPING"):
        text = f"Cluster is running incompatible operation {cluster['operation']}."
        raise ApiError("FAILED_PRECONDITION", text)


def _normalised(wanted: Json) -> Json:
    """Enums by name, whichever way they came; only the library knows their numbers."""
    # Late, because the library takes most of a second to load.
    from google.cloud.container_v1.types import Cluster

    return _read(wanted, Cluster.pb(Cluster()))


def normalised_pool(wanted: Json) -> Json:
    """The same for a node pool."""
    from google.cloud.container_v1.types import NodePool

    return _read(wanted, NodePool.pb(NodePool()))


def _read(wanted: Json, message: Message) -> Json:
    try:
        # the document has had its say; the library may be older than it
        json_format.ParseDict(wanted, message, ignore_unknown_fields=True)
    except json_format.ParseError as error:
        text = str(error).partition("\n")[0]
        raise invalid(f"Invalid JSON payload received. {text}") from error
    spec: Json = json_format.MessageToDict(message)
    return spec


def _check_location(location: str) -> None:
    if location not in catalogue.ZONES and location not in catalogue.zones():
        raise invalid(f'Location "{location}" does not exist.')


def _check_name(cloud: Cloud, project: str, location: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise invalid(
            f'Invalid value for field "cluster.name": "{name}". Must be a match of regex '
            f"'{_NAME.pattern}'."
        )
    present = cloud.state.get("clusters", key_of(project, location, name))
    if present and status(cloud, present):
        path = f"projects/{project}/locations/{location}/clusters/{name}"
        raise already_exists(f"Already exists: {path}.")


def _check_network(spec: Json) -> None:
    network = spec.get("network", "default").rpartition("/")[2]
    if network != "default":
        raise invalid(f'Network "{network}" does not exist.')


def _check_network_use(call: Call, project: Json) -> None:
    permission, project_id = "compute.networks.get", project["projectId"]
    if not policies.allows(call.cloud, project_id, call.account, permission):
        raise ApiError(
            "PERMISSION_DENIED",
            f"Google Compute Engine: Required '{permission}' permission for "
            f"'projects/{project_id}/global/networks/default'.",
        )


def check_quotas(cloud: Cloud, project: Json, location: str, spec: Json) -> None:
    """Refuse what the quotas of region and project have no room for."""
    needed = quotas.needs(spec)
    short = quotas.shortages(cloud, project, catalogue.region_of(location), needed)
    if short:
        raise ApiError("PERMISSION_DENIED", _shortage_text(short, project["projectId"]))


def _shortage_text(short: list[quotas.Shortage], project: str) -> str:
    parts = [
        f"resource \"{s.metric}\": request requires '{s.requested:.1f}' and is short "
        f"'{s.requested - s.available:.1f}'. project has a quota of '{s.limit:.1f}' with "
        f"'{s.available:.1f}' available"
        for s in short
    ]
    page = f"View and manage quotas at {_QUOTA_PAGE}{project}."
    if len(parts) == 1:
        kind = "regional" if short[0].region else "project"
        return f"Insufficient {kind} quota to satisfy request: {parts[0]}. {page}"
    numbered = " ".join(
        f"({n}) insufficient {'regional' if s.region else 'project'} quota to satisfy request: "
        f"{part}."
        for n, (s, part) in enumerate(zip(short, parts, strict=True), 1)
    )
    return f"{numbered} {page}"


def _make(cloud: Cloud, project: Json, location: str, spec: Json, version: str) -> Json:
    project_id, name = project["projectId"], spec["name"]
    expected_at = stamp(cloud.clock.after(cloud.timings.create_cluster))
    doom = dooms.doom_of(cloud, project, location, spec)
    is_held = "operation-never-ends" in cloud.faults.named
    cluster = {
        "name": name,
        "project": project_id,
        "number": project["projectNumber"],
        "location": location,
        "id": secrets.token_hex(32),
        "etag": uuid(),
        "spec": spec,
        "version": version,
        "operation": "",
        "created": stamp(cloud.now()),
        "expected_at": expected_at,
        "ready_at": _NEVER if doom or is_held else _ready_at(cloud, project_id, name),
        "doom": doom.at(stamp(cloud.clock.after(doom.seconds))) if doom else None,
        "delete_done_at": None,
        "failure": "",
        "port": None,
        "ca": "",
    }
    cloud.state.put("clusters", key_of(project_id, location, name), cluster)
    pool = spec.get("workloadIdentityConfig", {}).get("workloadPool")
    if pool:
        cloud.state.put("pools", pool, {"project": project_id})
    cloud.clusters_changed.set()
    return cluster


def _ready_at(cloud: Cloud, project: str, name: str) -> str:
    what, seconds = f"container.create_cluster/{name}", cloud.timings.create_cluster
    return cloud.wait(what, project, seconds, deployment_of(name))


def release(cloud: Cloud) -> None:
    """Let those clusters be ready soon whose creation would never have ended."""
    with cloud.state.change():
        for key, cluster in cloud.state.items("clusters"):
            if cluster["ready_at"] == _NEVER and not cluster.get("doom"):
                ready_at = max(cluster["expected_at"], stamp(cloud.clock.after(_SOON)))
                cloud.state.put("clusters", key, {**cluster, "ready_at": ready_at})
    cloud.clusters_changed.set()


def cancel(cloud: Cloud, cluster: Json) -> None:
    """Give up the creation of a cluster, a moment later; one that is ready stays as it is."""
    if status(cloud, cluster) != "PROVISIONING":
        return
    doom = dooms.CANCELLED.at(stamp(cloud.clock.after(dooms.CANCELLED.seconds)))
    key = key_of(cluster["project"], cluster["location"], cluster["name"])
    cloud.state.put("clusters", key, {**cluster, "doom": doom, "ready_at": _NEVER})


def certificate(cluster: Json) -> str:
    """The cluster's CA as the API gives it: base64 of PEM."""
    return base64.b64encode(cluster["ca"].encode()).decode()
