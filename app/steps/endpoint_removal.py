"""The endpoint closed: load balancer and certificate taken apart while the cluster can do it."""

from functools import partial

from app.domain.names import (
    BACKEND_CONFIG,
    CERTIFICATE,
    FRONTEND_CONFIG,
    INGRESS,
    INGRESS_NAMESPACE,
    OAUTH_SECRET,
)
from app.steps import endpoint_objects as objects
from app.steps.access import AUTHENTICATIONS, BACKEND_SERVICE
from app.steps.cluster import cluster_to_remove, connected
from app.steps.context import StepContext
from app.steps.emptying import Emptying
from app.steps.endpoint import CERTIFICATE_KIND, LOAD_BALANCER
from app.steps.ours import cloud_of
from app.steps.sights import CERTIFICATES, INGRESSES
from app.steps.waiting import MINUTE, until
from app.steps.written import written_down
from app.store import chain
from app.text import N_

_GOOGLES = f"/apis/networking.gke.io/v1beta1/namespaces/{INGRESS_NAMESPACE}"
_BACKEND_CONFIGS = f"/apis/cloud.google.com/v1/namespaces/{INGRESS_NAMESPACE}/backendconfigs"
_POLICIES = f"/apis/networking.k8s.io/v1/namespaces/{INGRESS_NAMESPACE}/networkpolicies"
_SECRETS = f"/api/v1/namespaces/{INGRESS_NAMESPACE}/secrets"
_SETTINGS = (  # only when the Ingress is gone: it would be made anew without them
    f"{CERTIFICATES}/{CERTIFICATE}",
    f"{_GOOGLES}/frontendconfigs/{FRONTEND_CONFIG}",
    f"{_BACKEND_CONFIGS}/{BACKEND_CONFIG}",
    f"{AUTHENTICATIONS}/{objects.IAP_AUTHENTICATION}",
    f"{_POLICIES}/{objects.NETWORK_POLICY}",
    f"{_SECRETS}/{OAUTH_SECRET}",
)


async def remove_endpoint(context: StepContext) -> None:
    """Ingress, load balancer and certificate are gone, where the cluster can still be reached.

    GKE takes the load balancer apart while its finalizer holds the Ingress. Before the cluster
    goes this must be over, or the parts stay and are billed: the cluster's removal looks for them.
    """
    cluster = await cluster_to_remove(context)
    if cluster is not None and cluster.usable:
        async with await connected(context, cluster) as client:
            emptying = Emptying(context, client)
            if await emptying.answers():
                await _take_down(context, emptying)
    await context.removed(LOAD_BALANCER, INGRESS)
    await context.removed(CERTIFICATE_KIND, CERTIFICATE)
    async with context.database.write() as tx:
        await chain.forget(tx, context.deployment_id)


async def _take_down(context: StepContext, emptying: Emptying) -> None:
    await context.progress(0.1, N_("Google takes the load balancer apart"))
    await emptying.named([f"{INGRESSES}/{INGRESS}"], 15 * MINUTE)
    await context.progress(0.7, N_("Removing the certificate and the endpoint's settings"))
    await emptying.attempt(_backends_gone(context), BACKEND_SERVICE)
    await emptying.named(_SETTINGS, 5 * MINUTE)


async def _backends_gone(context: StepContext) -> None:
    """The backend service goes last of the load balancer's parts."""
    for written in await written_down(context, {BACKEND_SERVICE}):
        look = partial(_backend_gone, context, written.name)
        await until(context, look, limit=5 * MINUTE, what=f"end of {written.kind} {written.name}")
        await context.removed(BACKEND_SERVICE, written.name)


async def _backend_gone(context: StepContext, name: str) -> bool | None:
    found = await cloud_of(context).balancers.backend(context.spec.project, name)
    return True if found is None else None
