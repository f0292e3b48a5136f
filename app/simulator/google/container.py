"""Kubernetes Engine: server config, clusters, operations."""

from app.simulator.google import (
    catalogue,
    cluster_view,
    clusters,
    container_operations,
    node_pools,
    versions,
)
from app.simulator.google.api import Api, Call
from app.simulator.google.errors import Json, invalid

api = Api("container", "container.googleapis.com", "Kubernetes Engine API", gated=True, costs=True)


def _in_location(path: str) -> tuple[str, str]:
    start = "/v1/projects/{project}/"
    return start + "locations/{location}" + path, start + "zones/{location}" + path


@api.on(
    "GET",
    "/v1/projects/{project}/locations/{location}/serverConfig",
    "/v1/projects/{project}/zones/{location}/serverconfig",
)
def get_server_config(call: Call) -> Json:
    """The versions on offer."""
    call.project("container.clusters.list")
    if call.params["location"] not in (*catalogue.ZONES, *catalogue.zones()):
        raise invalid(f'Location "{call.params["location"]}" does not exist.')
    return versions.server_config()


@api.on("GET", *_in_location("/clusters"))
def list_clusters(call: Call) -> Json:
    """The clusters of a location, or (`-`) of all."""
    project = call.project("container.clusters.list")
    found = clusters.of(call.cloud, project["projectId"])
    location = call.params["location"]
    here = [c for c in found if location in ("-", c["location"])]
    return {"clusters": [cluster_view.shown(call.cloud, c) for c in here]} if here else {}


@api.on("POST", *_in_location("/clusters"))
def create_cluster(call: Call) -> Json:
    """Begin to make a cluster; its operation."""
    location, wanted = call.params["location"], call.body.get("cluster")
    if not isinstance(wanted, dict):
        raise invalid("Cluster is required.")
    where = f"locations/{location}/clusters/{wanted.get('name', '')}"
    project = call.project("container.clusters.create", where)
    cluster = clusters.create(call, project, location, wanted)
    ready_at = cluster["ready_at"]
    return container_operations.start(call.cloud, "CREATE_CLUSTER", cluster, ready_at)


@api.on("GET", *_in_location("/clusters/{cluster}"))
def get_cluster(call: Call) -> Json:
    """One cluster."""
    return cluster_view.shown(call.cloud, _find(call, "container.clusters.get"))


@api.on("DELETE", *_in_location("/clusters/{cluster}"))
def delete_cluster(call: Call) -> Json:
    """Begin to delete a cluster; its operation."""
    cluster = clusters.delete(call.cloud, _find(call, "container.clusters.delete"))
    done_at = cluster["delete_done_at"]
    return container_operations.start(call.cloud, "DELETE_CLUSTER", cluster, done_at)


@api.on("GET", *_in_location("/clusters/{cluster}/nodePools"))
def list_node_pools(call: Call) -> Json:
    """The cluster's node pools."""
    cluster = _find(call, "container.clusters.get")
    return {"nodePools": cluster_view.shown(call.cloud, cluster)["nodePools"]}


@api.on("GET", *_in_location("/clusters/{cluster}/nodePools/{pool}"))
def get_node_pool(call: Call) -> Json:
    """One node pool."""
    cluster, name = _find(call, "container.clusters.get"), call.params["pool"]
    for pool in cluster_view.shown(call.cloud, cluster)["nodePools"]:
        if pool["name"] == name:
            found: Json = pool
            return found
    raise node_pools.missing(cluster, name)


@api.on("POST", *_in_location("/clusters/{cluster}/nodePools"))
def create_node_pool(call: Call) -> Json:
    """Begin to make a node pool; its operation."""
    cluster, wanted = _find(call, "container.clusters.update"), call.body.get("nodePool")
    if not isinstance(wanted, dict):
        raise invalid("Node pool is required.")
    project = call.project("container.clusters.update")
    cluster, done_at = node_pools.create(call, project, cluster, wanted)
    name = cluster["spec"]["nodePools"][-1]["name"]
    return container_operations.start(call.cloud, "CREATE_NODE_POOL", cluster, done_at, name)


@api.on("DELETE", *_in_location("/clusters/{cluster}/nodePools/{pool}"))
def delete_node_pool(call: Call) -> Json:
    """Begin to delete a node pool; its operation."""
    cluster, name = _find(call, "container.clusters.update"), call.params["pool"]
    cluster, done_at = node_pools.delete(call.cloud, cluster, name)
    return container_operations.start(call.cloud, "DELETE_NODE_POOL", cluster, done_at, name)


@api.on(
    "POST",
    "/v1/projects/{project}/locations/{location}/clusters/{cluster}:setResourceLabels",
    "/v1/projects/{project}/zones/{location}/clusters/{cluster}/resourceLabels",
)
def set_resource_labels(call: Call) -> Json:
    """Replace a cluster's labels; needs the present fingerprint."""
    cluster = _find(call, "container.clusters.update")
    cluster = clusters.label(call.cloud, cluster, call.body)
    return container_operations.start(call.cloud, "UPDATE_CLUSTER", cluster, cluster["labelled_at"])


@api.on("GET", *_in_location("/operations"))
def list_operations(call: Call) -> Json:
    """The operations of a location, or (`-`) of all."""
    project = call.project("container.operations.list")
    location = call.params["location"]
    found = container_operations.of(call.cloud, project["projectId"], location)
    return {"operations": found} if found else {}


@api.on("GET", *_in_location("/operations/{operation}"))
def get_operation(call: Call) -> Json:
    """One operation."""
    project = call.project("container.operations.get")["projectId"]
    params = call.params
    return container_operations.find(call.cloud, project, params["location"], params["operation"])


@api.on("POST", *_in_location("/operations/{operation}:cancel"))
def cancel_operation(call: Call) -> Json:
    """Try to stop an operation; only the making of a cluster can be."""
    project = call.project("container.operations.get")["projectId"]
    location, name = call.params["location"], call.params["operation"]
    container_operations.find(call.cloud, project, location, name)
    cluster = container_operations.cluster_of(call.cloud, project, location, name)
    if cluster is not None:
        clusters.cancel(call.cloud, cluster)
    return {}


def _find(call: Call, permission: str) -> Json:
    location, name = call.params["location"], call.params["cluster"]
    project = call.project(permission, f"locations/{location}/clusters/{name}")
    return clusters.find(call.cloud, project["projectId"], location, name)
