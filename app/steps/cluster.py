"""The GKE cluster: made, adopted after a crash, or made anew when the first try broke."""

from collections.abc import Awaitable, Callable

from app.domain.names import LABEL
from app.domain.places import GPUS
from app.errors import Permanent
from app.google import links
from app.google.cluster_message import ClusterOrder
from app.google.cluster_operation import ClusterOperation
from app.google.clusters import ClusterView
from app.google.errors import Refused, Unavailable, is_missing, is_taken
from app.google.roots import public_roots
from app.google.troubles import Trouble
from app.kube.client import KubeClient
from app.kubeflow.catalogue import release
from app.steps.context import StepContext
from app.steps.nat import network_translated
from app.steps.ours import cloud_of, labels, not_ours
from app.steps.waiting import MINUTE, patiently, until
from app.text import N_
from app.together import together

CLUSTER = N_("cluster")
NAME_LABEL = f"{LABEL}-name"
_LIMIT = 60 * MINUTE  # out of stock, Google tries for 35 minutes before it says so
_STAGES = {
    "": N_("Google is preparing the cluster"),
    "CLUSTER_CONFIGURING": N_("Google configures the cluster (%(reached)s of %(total)s)"),
    "CLUSTER_DEPLOYING": N_("Google starts the cluster's machines (%(reached)s of %(total)s)"),
    "CLUSTER_HEALTHCHECKING": N_("Google checks the cluster's health (%(reached)s of %(total)s)"),
}


async def create_cluster(context: StepContext) -> None:
    """A cluster of this deployment's is running, and its nodes reach the internet."""
    found = await our_cluster(context)
    if found is not None and found.status in ("ERROR", "STOPPING"):
        await context.say("The last try left a broken cluster: removing it first.")
        await delete_cluster(context)
        found = None
    works = [_running(context, found)]
    if context.spec.private_nodes:
        works.append(network_translated(context))
    await together(*works)


async def kube_client(context: StepContext) -> KubeClient:
    """A client of the cluster's Kubernetes API, as the owner; close it after use."""
    cluster = await our_cluster(context)
    if cluster is None or not cluster.usable:
        raise Permanent("The cluster of this deployment is gone.", hint="Try again.")
    return await connected(context, cluster)


async def connected(context: StepContext, cluster: ClusterView) -> KubeClient:
    """A client of the Kubernetes API of a cluster that is usable; close it after use."""
    authority = cluster.ca_certificate or await public_roots(context.settings)
    return await KubeClient.connect(cluster.url, authority, cloud_of(context).token)


async def our_cluster(context: StepContext) -> ClusterView | None:
    """The deployment's cluster, if there is one; raises `Permanent` for somebody else's."""
    found = await _cluster(context)
    if found is not None and not _is_ours(context, found):
        raise not_ours("cluster", found.name)
    return found


async def cluster_to_remove(context: StepContext) -> ClusterView | None:
    """The deployment's cluster, if there is one; somebody else's of that name is left alone."""
    found = await _cluster(context)
    return found if found is not None and _is_ours(context, found) else None


async def delete_cluster(context: StepContext) -> None:
    """No cluster of this deployment's is there any more, however far its making had come.

    While GKE works on a cluster it refuses to delete it; an order that is out of stock is given
    up after 35 minutes only, unless it can be cancelled.
    """
    await _cancel_making(context)
    try:
        await patiently(context, lambda: _deleted(context), limit=_LIMIT)
    except Refused as error:
        if not is_missing(error):
            raise
    await until(context, lambda: _gone(context), limit=10 * MINUTE, what="end of the cluster")


async def _cancel_making(context: StepContext) -> None:
    """Spare the wait for the end of a cluster's making; Google promises nothing, so it may last."""
    spec, found = context.spec, await cluster_to_remove(context)
    underway = found is not None and found.status == "PROVISIONING"
    making = await _latest(context, "CREATE_CLUSTER") if underway else None
    if making is None:
        return
    try:
        await cloud_of(context).clusters.cancel(spec.project, spec.zone, making)
        await context.say(N_("Asked Google to give up making the cluster."))
    except (Refused, Unavailable) as error:
        text = N_("Google does not give up making the cluster, so its end is waited for. %(cause)s")
        await context.say(text, cause=error.cause)


async def _cluster(context: StepContext) -> ClusterView | None:
    spec, name = context.spec, context.names.cluster
    return await cloud_of(context).clusters.get(spec.project, spec.zone, name)


def _is_ours(context: StepContext, found: ClusterView) -> bool:
    return found.labels.get(LABEL) == labels(context)[LABEL]


async def _deleted(context: StepContext) -> None:
    spec, name = context.spec, context.names.cluster

    async def start() -> str:
        found = await cluster_to_remove(context)
        underway = found is not None and found.status == "STOPPING"
        latest = await _latest(context, "DELETE_CLUSTER") if underway else None
        return latest or await cloud_of(context).clusters.delete(spec.project, spec.zone, name)

    try:
        await _finish(context, "delete-cluster", start)
    except Unavailable as error:
        if error.trouble == Trouble.BUSY:
            await context.say("%(cause)s Waiting for its end.", cause=error.cause)
        raise


async def _gone(context: StepContext) -> bool | None:
    return True if await cluster_to_remove(context) is None else None


async def _running(context: StepContext, found: ClusterView | None) -> None:
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


async def _usable(context: StepContext) -> ClusterView | None:
    """DONE is not success: the cluster itself must say that it runs."""
    found = await our_cluster(context)
    if found is not None and found.status == "ERROR":
        raise found.failure or Permanent(f"Google says that the cluster {found.name} is broken.")
    return found if found is not None and found.usable else None


async def _make(context: StepContext, found: ClusterView | None) -> None:
    """Start to make the cluster, or find its making under way, and wait for the end."""

    async def start() -> str:
        underway = await _latest(context, "CREATE_CLUSTER") if found is not None else None
        return underway or await _order(context)

    await _finish(context, "create-cluster", start)


async def _order(context: StepContext) -> str:
    order = await _what_to_order(context)
    try:
        operation = await cloud_of(context).clusters.create(order)
    except Refused as error:
        if not is_taken(error):
            raise
        operation = await _adopted(context, error)
    await _write_down(context)
    return operation


async def _what_to_order(context: StepContext) -> ClusterOrder:
    spec, names = context.spec, context.names
    gpu = GPUS.get(spec.gpu_type)
    return ClusterOrder(
        project=spec.project,
        zone=spec.zone,
        name=names.cluster,
        version=await _version(context),
        machine_type=spec.machine_type,
        nodes=spec.nodes,
        disk_gb=spec.disk_gb,
        node_pool=names.node_pool,
        node_account=names.account_email(names.node_account),
        labels={**labels(context), NAME_LABEL: spec.name},
        gpu_type=spec.gpu_type,
        gpus=spec.gpus if gpu else 0,
        gpu_machine_type=gpu.machine_type(spec.gpus) if gpu else "",
        spot=spec.spot,
        private_nodes=spec.private_nodes,
    )


async def _version(context: StepContext) -> str:
    """The newest patch of the minor that the release prefers, or what Google offers instead."""
    spec = context.spec
    offered = await cloud_of(context).clusters.versions(spec.project, spec.zone)
    wanted = release(spec.version).kubernetes
    version = offered.prefer(wanted)
    if not version.startswith(f"{wanted}."):
        await context.say(
            "Kubernetes %(wanted)s is no longer offered: using %(version)s.",
            wanted=wanted,
            version=version,
        )
    return version


async def _adopted(context: StepContext, refusal: Refused) -> str:
    """The order had gone out before a crash: its operation. Raises for another's cluster."""
    await our_cluster(context)
    operation = await _latest(context, "CREATE_CLUSTER")
    if operation is None:
        raise refusal
    return operation


async def _latest(context: StepContext, kind: str) -> str | None:
    spec, name = context.spec, context.names.cluster
    return await cloud_of(context).clusters.latest_operation(spec.project, spec.zone, name, kind)


async def _finish(context: StepContext, key: str, start: Callable[[], Awaitable[str]]) -> None:
    """Start an operation, or find the one of before a crash, and wait; raises its error."""
    name = await context.operation(key, start)
    shown = (0.0, "", 0)

    async def look() -> ClusterOperation | None:
        nonlocal shown
        operation = await _operation(context, key, name)
        now = (max(operation.fraction, shown[0]), operation.stage, operation.reached)
        if not operation.done and now != shown:
            shown = now
            await _tell_progress(context, operation, shown[0])
        return operation if operation.done else None

    operation = await until(context, look, limit=_LIMIT, what="answer from Google")
    await context.operation_ended(key)
    if operation.error is not None:
        raise operation.error


async def _operation(context: StepContext, key: str, name: str) -> ClusterOperation:
    """How it is getting on; one that Google has forgotten is not asked for again."""
    spec = context.spec
    try:
        return await cloud_of(context).clusters.operation(spec.project, spec.zone, name)
    except Refused as error:
        if is_missing(error):
            await context.operation_ended(key)
        raise


async def _tell_progress(context: StepContext, operation: ClusterOperation, most: float) -> None:
    text = _STAGES[operation.stage]
    values = {"reached": operation.reached, "total": operation.total} if operation.stage else {}
    await context.progress(most, text, **values)


async def _write_down(context: StepContext) -> None:
    spec, name = context.spec, context.names.cluster
    await context.made(
        CLUSTER,
        name,
        detail=f"{spec.nodes} × {spec.machine_type}, {spec.zone}",
        link=links.cluster(spec.project, spec.zone, name),
    )
