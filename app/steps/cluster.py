"""The GKE cluster: made, adopted after a crash, or made anew when the first try broke."""

from collections.abc import Awaitable, Callable

from app.domain.names import LABEL
from app.errors import Permanent
from app.google import links
from app.google.cluster_message import ClusterOrder
from app.google.cluster_operation import ClusterOperation
from app.google.clusters import ClusterView
from app.google.errors import Refused, is_taken
from app.kube.client import KubeClient
from app.kubeflow.catalogue import release
from app.steps.context import StepContext
from app.steps.ours import cloud_of, labels, not_ours
from app.steps.waiting import MINUTE, until
from app.text import N_

CLUSTER = "cluster"
_LIMIT = 60 * MINUTE  # out of stock, Google tries for 35 minutes before it says so
_STAGES = {
    "": N_("Google is preparing the cluster"),
    "CLUSTER_CONFIGURING": N_("Google is configuring the cluster"),
    "CLUSTER_DEPLOYING": N_("Google is starting the cluster's machines"),
    "CLUSTER_HEALTHCHECKING": N_("Google is checking the cluster's health"),
}


async def create_cluster(context: StepContext) -> None:
    """A cluster of this deployment's is running."""
    found = await _ours(context)
    if found is not None and found.status in ("ERROR", "STOPPING"):
        await _remove(context, found)
        found = None
    if found is None or not found.usable:
        await _make(context, found)
    cluster = await until(
        context, lambda: _usable(context), limit=10 * MINUTE, what="running cluster"
    )
    await _write_down(context)
    await context.say(
        "Cluster %(name)s is running Kubernetes %(version)s.",
        name=cluster.name,
        version=cluster.version,
    )


async def kube_client(context: StepContext) -> KubeClient:
    """A client of the cluster's Kubernetes API, as the owner; close it after use."""
    cluster = await _ours(context)
    if cluster is None or not cluster.usable:
        raise Permanent("The cluster of this deployment is gone.", hint="Try again.")
    return await KubeClient.connect(cluster.url, cluster.ca_certificate, cloud_of(context).token)


async def _ours(context: StepContext) -> ClusterView | None:
    spec, name = context.spec, context.names.cluster
    found = await cloud_of(context).clusters.get(spec.project, spec.zone, name)
    if found is not None and found.labels.get(LABEL) != labels(context)[LABEL]:
        raise not_ours("cluster", name)
    return found


async def _usable(context: StepContext) -> ClusterView | None:
    found = await _ours(context)
    return found if found is not None and found.usable else None


async def _make(context: StepContext, found: ClusterView | None) -> None:
    """Start to make the cluster, or find its making under way, and wait for the end."""

    async def start() -> str:
        underway = await _latest(context, "CREATE_CLUSTER") if found is not None else None
        return underway or await _order(context)

    await _finish(context, "create-cluster", start)


async def _order(context: StepContext) -> str:
    clusters, spec, names = cloud_of(context).clusters, context.spec, context.names
    offered = await clusters.versions(spec.project, spec.zone)
    wanted = release(spec.version).kubernetes
    version = offered.prefer(wanted)
    if not version.startswith(f"{wanted}."):
        await context.say(
            "Kubernetes %(wanted)s is no longer offered: using %(version)s.",
            wanted=wanted,
            version=version,
        )
    order = ClusterOrder(
        project=spec.project,
        zone=spec.zone,
        name=names.cluster,
        version=version,
        machine_type=spec.machine_type,
        nodes=spec.nodes,
        disk_gb=spec.disk_gb,
        node_pool=names.node_pool,
        node_account=names.account_email(names.node_account),
        labels=labels(context),
    )
    try:
        operation = await clusters.create(order)
    except Refused as error:
        if not is_taken(error):
            raise
        return await _adopted(context, error)
    await _write_down(context)
    return operation


async def _adopted(context: StepContext, refusal: Refused) -> str:
    """The order had gone out before a crash: its operation. Raises for another's cluster."""
    await _ours(context)
    operation = await _latest(context, "CREATE_CLUSTER")
    if operation is None:
        raise refusal
    await _write_down(context)
    return operation


async def _latest(context: StepContext, kind: str) -> str | None:
    spec, name = context.spec, context.names.cluster
    return await cloud_of(context).clusters.latest_operation(spec.project, spec.zone, name, kind)


async def _remove(context: StepContext, found: ClusterView) -> None:
    """Delete what an earlier try left broken, or wait while it is being deleted."""
    spec, name = context.spec, context.names.cluster
    await context.say("The last try left a broken cluster: removing it first.")

    async def start() -> str:
        stopping = found.status == "STOPPING"
        underway = await _latest(context, "DELETE_CLUSTER") if stopping else None
        return underway or await cloud_of(context).clusters.delete(spec.project, spec.zone, name)

    await _finish(context, "delete-broken-cluster", start)


async def _finish(context: StepContext, key: str, start: Callable[[], Awaitable[str]]) -> None:
    name = await context.operation(key, start)
    spec, clusters = context.spec, cloud_of(context).clusters
    shown = (0.0, "")

    async def look() -> ClusterOperation | None:
        nonlocal shown
        operation = await clusters.operation(spec.project, spec.zone, name)
        if not operation.done and (operation.fraction, operation.stage) != shown:
            shown = (operation.fraction, operation.stage)
            await context.progress(operation.fraction, _STAGES[operation.stage])
        return operation if operation.done else None

    operation = await until(context, look, limit=_LIMIT, what="answer from Google")
    await context.operation_ended(key)
    if operation.error is not None:
        raise operation.error


async def _write_down(context: StepContext) -> None:
    spec, name = context.spec, context.names.cluster
    await context.made(
        CLUSTER,
        name,
        detail=f"{spec.nodes} × {spec.machine_type}, {spec.zone}",
        link=links.cluster(spec.project, spec.zone, name),
    )
