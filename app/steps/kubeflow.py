"""Kubeflow put into the cluster: first what everything else stands on, then the rest."""

from app.kube.client import KubeClient
from app.kubeflow.reach import webhook_ports
from app.steps.bundles import own_bundle
from app.steps.cluster import kube_client
from app.steps.context import StepContext
from app.steps.firewall import webhooks_reached
from app.steps.installation import Installation
from app.text import N_


async def install_base(context: StepContext) -> None:
    """Namespaces, cert-manager and Istio are in the cluster; their Pods may still be starting.

    What waits for those Pods is the next step, so that the endpoint need not.
    """
    async with await kube_client(context) as client:
        installed = await installation(context, client)
        await webhooks_reached(context, webhook_ports(installed.bundle.items))
        await installed.base()
    await context.say(N_("The base is installed: namespaces, cert-manager and Istio."))


async def install_kubeflow(context: StepContext) -> None:
    """Every component is in the cluster and ready."""
    async with await kube_client(context) as client:
        await (await installation(context, client)).components()


async def components_ready(context: StepContext, client: KubeClient) -> None:
    """Wait until every component of the deployment is ready (again), and say so once."""
    await (await installation(context, client)).ready()
    await context.say(N_("All components are ready."))


async def installation(context: StepContext, client: KubeClient) -> Installation:
    """This deployment's own bundle and its cluster."""
    return Installation(
        client,
        await own_bundle(context),
        context,
        clock_speed=context.settings.clock_speed,
        gate=context.installing,
    )
