"""GKE clusters: what a request may ask for, and what has become of it."""

import base64
import hashlib
import re
import secrets

from google.protobuf import json_format

from app.simulator.google import catalogue, dooms, policies, quotas, versions
from app.simulator.google.api import Call
from app.simulator.google.cloud import Cloud, deployment_of, stamp, uuid
from app.simulator.google.errors import ApiError, Json, already_exists, invalid, not_found

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
_POOL_NAME = _NAME
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
    """PROVISIONING, RUNNING, ERROR or STOPPING; empty when the cluster is no more."""
    if cluster["delete_done_at"]:
        return "" if cloud.passed(cluster["delete_done_at"]) else "STOPPING"
    if failure_of(cloud, cluster):
        return "ERROR"
    return "RUNNING" if cluster["port"] and cloud.passed(cluster["ready_at"]) else "PROVISIONING"


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
    pools = _pools(spec, location)
    spec = {**spec, "nodePools": pools}
    spec.pop("initialNodeCount", None)
    for pool in pools:
        _check_pool(call, project, location, pool)
    _check_network(spec)
    _check_quotas(cloud, project, location, spec)
    channel = spec.setdefault("releaseChannel", {"channel": "REGULAR"}).get("channel", "")
    version = versions.choose(channel, spec.get("initialClusterVersion", ""))
    return _make(cloud, project, location, spec, version)


def delete(cloud: Cloud, cluster: Json) -> Json:
    """Begin to delete a cluster; refused while it is being made or deleted."""
    if status(cloud, cluster) in ("PROVISIONING", "STOPPING"):
        raise _busy(cluster)
    name, project = cluster["name"], cluster["project"]
    what, seconds = f"container.delete_cluster/{name}", cloud.timings.delete_cluster
    done_at = cloud.wait(what, project, seconds, deployment_of(name))
    cluster = {**cluster, "delete_done_at": done_at}
    cloud.state.put("clusters", key_of(project, cluster["location"], name), cluster)
    cloud.clusters_changed.set()
    return cluster


def label(cloud: Cloud, cluster: Json, wanted: Json) -> Json:
    """Replace the labels of a cluster that nothing else is being done to."""
    if status(cloud, cluster) in ("PROVISIONING", "STOPPING"):
        raise _busy(cluster)
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


def _busy(cluster: Json) -> ApiError:
    text = f"Cluster is running incompatible operation {cluster['operation']}."
    return ApiError("FAILED_PRECONDITION", text)


def _normalised(wanted: Json) -> Json:
    """Enums by name, whichever way they came; only the library knows their numbers."""
    # Late, because the library takes most of a second to load.
    from google.cloud.container_v1.types import Cluster

    message = Cluster.pb(Cluster())
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


def _pools(spec: Json, location: str) -> list[Json]:
    pools = spec.get("nodePools", [])
    if pools and spec.get("initialNodeCount"):
        raise invalid(
            "Cluster.initial_node_count and Cluster.node_pools cannot be set at the same time."
        )
    if not pools and not spec.get("initialNodeCount"):
        raise invalid("Cluster.initial_node_count must be greater than zero.")
    if not pools:
        config, count = spec.get("nodeConfig", {}), spec["initialNodeCount"]
        pools = [{"name": "default-pool", "initialNodeCount": count, "config": config}]
    return [_filled(pool, location) for pool in pools]


def _filled(pool: Json, location: str) -> Json:
    standard = {
        "machineType": "e2-medium",
        "diskSizeGb": 100,
        "diskType": "pd-standard",
        "imageType": "COS_CONTAINERD",
        "serviceAccount": "default",
        "metadata": {"disable-legacy-endpoints": "true"},
        "shieldedInstanceConfig": {"enableIntegrityMonitoring": True},
    }
    config = {**standard, **pool.get("config", {})}
    places = [location] if location not in catalogue.ZONES else catalogue.ZONES[location][:3]
    return {"initialNodeCount": 0, "locations": list(places), **pool, "config": config}


def _check_pool(call: Call, project: Json, location: str, pool: Json) -> None:
    config = pool["config"]
    if not _POOL_NAME.fullmatch(pool.get("name", "")):
        raise invalid(f'Invalid value for field "node_pool.name": "{pool.get("name", "")}".')
    for zone in pool["locations"]:
        if not catalogue.offers(zone, config["machineType"]):
            machine = config["machineType"]
            raise invalid(f"Machine type with name '{machine}' does not exist in zone '{zone}'.")
        offered = {gpu.name for gpu in catalogue.accelerators(zone)}
        for accelerator in config.get("accelerators", []):
            if accelerator["acceleratorType"] not in offered:
                raise invalid(
                    f'Accelerator type "{accelerator["acceleratorType"]}" does not exist in '
                    f"zone {zone}."
                )
    if config["diskSizeGb"] < 10:
        raise invalid("Disk size must be at least 10 GB.")
    _check_node_account(call, project, config["serviceAccount"])


def _check_node_account(call: Call, project: Json, account: str) -> None:
    if account == "default":
        return
    document = call.cloud.state.get("accounts", account)
    if document is None:
        raise invalid(f'Service account "{account}" does not exist.')
    if document.get("disabled"):
        raise invalid(f'Service account "{account}" is disabled.')
    permission = "iam.serviceAccounts.actAs"
    if not policies.allows(call.cloud, project["projectId"], call.account, permission):
        raise invalid(
            f'The user does not have access to service account "{account}". Ask a project owner '
            "to grant you the iam.serviceAccountUser role on the service account."
        )


def _check_network(spec: Json) -> None:
    network = spec.get("network", "default").rpartition("/")[2]
    if network != "default":
        raise invalid(f'Network "{network}" does not exist.')


def _check_quotas(cloud: Cloud, project: Json, location: str, spec: Json) -> None:
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
    doom = dooms.doom_of(cloud, project_id, location, name)
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
