"""Node pools of a cluster that runs: made and deleted, one operation at a time.

`pool_times` in a cluster's document says of a pool that was made later when its nodes are there,
and of one that goes when it is gone.
"""

from collections.abc import Iterator

from app.simulator.google import clusters, pool_specs
from app.simulator.google.api import Call
from app.simulator.google.cloud import Cloud, deployment_of
from app.simulator.google.errors import ApiError, Json, already_exists, not_found


def create(call: Call, project: Json, cluster: Json, wanted: Json) -> tuple[Json, str]:
    """Begin to make a pool; the cluster's document, and the stored moment at which it is there."""
    cloud, location = call.cloud, cluster["location"]
    clusters.require_idle(cloud, cluster)
    pool = pool_specs.filled(clusters.normalised_pool(wanted), location)
    pool_specs.check(call, project, pool)
    cluster = forget_gone(cloud, cluster)
    if pool["name"] in _names(cloud, cluster):
        raise already_exists(f"Already exists: {_path(cluster, pool['name'])}.")
    alone = {**cluster["spec"], "nodePools": [pool]}
    clusters.check_quotas(cloud, project, location, alone)
    spec = {**cluster["spec"], "nodePools": [*cluster["spec"]["nodePools"], pool]}
    what = f"container.create_node_pool/{cluster['name']}/{pool['name']}"
    return _changed(cloud, {**cluster, "spec": spec}, pool["name"], "ready_at", what)


def delete(cloud: Cloud, cluster: Json, name: str) -> tuple[Json, str]:
    """Begin to delete a pool; the cluster's document, and the stored moment at which it is gone."""
    clusters.require_idle(cloud, cluster)
    if name not in _names(cloud, cluster):
        raise missing(cluster, name)
    what = f"container.delete_node_pool/{cluster['name']}/{name}"
    return _changed(cloud, cluster, name, "gone_at", what)


def missing(cluster: Json, name: str) -> ApiError:
    """NOT_FOUND for a pool that the cluster does not have."""
    return not_found(f"Not found: {_path(cluster, name)}.")


def status(cloud: Cloud, cluster: Json, pool: Json, of_cluster: str) -> str:
    """PROVISIONING, RUNNING, STOPPING or what has become of the whole cluster."""
    times = cluster.get("pool_times", {}).get(pool["name"], {})
    if "gone_at" in times:
        return "STOPPING"
    if "ready_at" in times and not cloud.passed(times["ready_at"]):
        return "PROVISIONING"
    return "RUNNING" if of_cluster == "RECONCILING" else of_cluster


def present(cloud: Cloud, cluster: Json) -> list[Json]:
    """The pools that are not gone."""
    pools, times = cluster["spec"]["nodePools"], cluster.get("pool_times", {})
    return [p for p in pools if not cloud.passed(times.get(p["name"], {}).get("gone_at"))]


def with_nodes(cloud: Cloud, cluster: Json) -> Iterator[Json]:
    """The pools whose nodes are there."""
    for pool in present(cloud, cluster):
        times = cluster.get("pool_times", {}).get(pool["name"], {})
        if "ready_at" not in times or cloud.passed(times["ready_at"]):
            yield pool


def forget_gone(cloud: Cloud, cluster: Json) -> Json:
    """The document without pools that are gone by now; it is written down if that is another."""
    times = cluster.get("pool_times", {})
    gone = {name for name, each in times.items() if cloud.passed(each.get("gone_at"))}
    if not gone:
        return cluster
    pools = [pool for pool in cluster["spec"]["nodePools"] if pool["name"] not in gone]
    changed = {
        **cluster,
        "spec": {**cluster["spec"], "nodePools": pools},
        "pool_times": {name: each for name, each in times.items() if name not in gone},
    }
    cloud.state.put("clusters", _key(cluster), changed)
    return changed


def next_change(cluster: Json) -> list[str]:
    """Stored moments at which the pools change, past ones too."""
    return [at for times in cluster.get("pool_times", {}).values() for at in times.values()]


def _changed(cloud: Cloud, cluster: Json, pool: str, kind: str, what: str) -> tuple[Json, str]:
    seconds, guess = cloud.timings.node_pool, deployment_of(cluster["name"])
    moment = cloud.wait(what, cluster["project"], seconds, guess)
    times = {**cluster.get("pool_times", {}), pool: {kind: moment}}
    changed = {**cluster, "pool_times": times}
    cloud.state.put("clusters", _key(cluster), changed)
    cloud.clusters_changed.set()
    return changed, moment


def _names(cloud: Cloud, cluster: Json) -> set[str]:
    return {pool["name"] for pool in present(cloud, cluster)}


def _key(cluster: Json) -> str:
    return clusters.key_of(cluster["project"], cluster["location"], cluster["name"])


def _path(cluster: Json, pool: str) -> str:
    where = f"projects/{cluster['project']}/locations/{cluster['location']}"
    return f"{where}/clusters/{cluster['name']}/nodePools/{pool}"
