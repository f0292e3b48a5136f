"""The cluster taken away, and with it all that it would leave behind."""

from app.google.clusters import ClusterView
from app.steps.cluster import CLUSTER, cluster_to_remove, connected, delete_cluster
from app.steps.context import StepContext
from app.steps.emptying import Emptying
from app.steps.firewall import rule_settled
from app.steps.leftovers import load_balancer_id, sweep, write_down_leftovers
from app.steps.nat import remove_network_translation
from app.steps.waiting import MINUTE
from app.text import N_

_MAY_APPEAR = MINUTE / 2  # an order that was on its way when its step was stopped


async def remove_cluster(context: StepContext) -> None:
    """No cluster, and none of its load balancers, disks and routers, however far it had come.

    Load balancers and volumes are taken out of the cluster first: GKE does not promise to take
    them with it. What it leaves nevertheless is swept up after it.
    """
    cluster = await _found(context)
    ids = await _emptied(context, cluster) if cluster is not None and cluster.usable else set()
    if cluster is not None:
        await context.progress(0.4, N_("Google deletes the cluster"))
        await delete_cluster(context)
    await context.operation_ended("create-cluster")
    await context.removed(CLUSTER, context.names.cluster)
    await context.progress(0.9, N_("Looking for what the cluster has left behind"))
    await rule_settled(context)
    await sweep(context, ids)
    await remove_network_translation(context)


async def _found(context: StepContext) -> ClusterView | None:
    """An order whose answer nobody has heard may still become a cluster."""
    found = await cluster_to_remove(context)
    if found is None and not await context.under_way("create-cluster"):
        await context.pause(_MAY_APPEAR)
        found = await cluster_to_remove(context)
    return found


async def _emptied(context: StepContext, cluster: ClusterView) -> set[str]:
    """Take out what would outlive the cluster; its ids for load balancers."""
    async with await connected(context, cluster) as client:
        emptying = Emptying(context, client)
        if not await emptying.answers():
            return set()
        await context.progress(0.05, N_("Removing load balancers and people's namespaces"))
        ids = {await load_balancer_id(client)}
        await emptying.load_balancers()
        await context.progress(0.25, N_("Removing volumes"))
        await emptying.volumes()
    await write_down_leftovers(context, ids)
    return ids
