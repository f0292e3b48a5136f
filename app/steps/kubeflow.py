"""Kubeflow put into the cluster: first what everything else stands on, then the rest."""

from app.domain.status import Level
from app.kube.apply import Applier
from app.kube.client import Json, KubeClient
from app.kube.readiness import LIMIT, OnComponent, Readiness, readiness_keys
from app.kube.resources import Resources
from app.kubeflow.stages import base_of, by_component, defined, staged
from app.steps.bundles import own_bundle
from app.steps.cluster import kube_client
from app.steps.context import StepContext

_APPLYING = 0.3  # share of the step's progress that is over when all is applied


async def install_base(context: StepContext) -> None:
    """Namespaces, cert-manager and Istio are in the cluster; their Pods may still be starting.

    What waits for those Pods is the next step, so that the endpoint need not.
    """
    stages = staged(await own_bundle(context))
    async with await kube_client(context) as client, context.installing:
        applier = await _applier(context, client)
        await applier.apply([*stages.namespaces, *stages.base_definitions])
        await context.progress(0.4, "Installing cert-manager and Istio")
        await applier.served(defined(stages.base_definitions))
        await applier.apply(stages.base)
    await context.say("The base is installed: namespaces, cert-manager and Istio.")


async def install_kubeflow(context: StepContext) -> None:
    """Every component is in the cluster and ready."""
    bundle = await own_bundle(context)
    stages = staged(bundle)
    async with await kube_client(context) as client:
        applier = await _applier(context, client)
        async with context.installing:
            await applier.apply(stages.definitions)
        await context.progress(0.1, "Waiting for cert-manager and Istio to start")
        await _ready(context, client, by_component(base_of(bundle)), 0.1, 0.15)
        async with context.installing:
            await applier.served(defined(stages.definitions))
            await applier.apply(stages.base_custom)
            await context.progress(0.2, "Installing %(count)s objects", count=len(stages.rest))
            await applier.apply(stages.rest)
        await applier.apply(stages.custom)
        await context.progress(_APPLYING, "Waiting for Kubeflow to start")
        await _ready(context, client, by_component(bundle), _APPLYING, 1.0)


async def components_ready(context: StepContext, client: KubeClient) -> None:
    """Wait until every component of the deployment is ready (again), and say so once."""
    components = by_component(await own_bundle(context))
    await _follow(context, client, components, _silently)
    await context.say("All components are ready.")


async def _applier(context: StepContext, client: KubeClient) -> Applier:
    async def tell(item: str, reason: str) -> None:
        await context.say("%(object)s waits: %(reason)s.", object=item, reason=reason)

    resources = Resources(client)
    await resources.refresh()
    return Applier(client, resources, context.pause, tell)


async def _ready(
    context: StepContext,
    client: KubeClient,
    components: dict[str, list[Json]],
    from_fraction: float,
    to_fraction: float,
) -> None:
    """Follow components until they are ready, telling of each."""

    async def on_component(component: str, ready: int, total: int) -> None:
        fraction = from_fraction + (to_fraction - from_fraction) * ready / total
        await context.progress(
            fraction,
            "%(ready)s of %(total)s components are ready; the latest is %(component)s",
            ready=ready,
            total=total,
            component=component,
        )

    await _follow(context, client, components, on_component)


async def _follow(
    context: StepContext,
    client: KubeClient,
    components: dict[str, list[Json]],
    on_component: OnComponent,
) -> None:
    """Follow components until they are ready, telling of Pods in trouble."""

    async def on_warning(pod: str, reason: str, message: str) -> None:
        await context.say(
            "Pod %(pod)s: %(reason)s: %(message)s",
            level=Level.WARNING,
            pod=pod,
            reason=reason,
            message=message,
        )

    limit = LIMIT / context.settings.clock_speed
    waiting = readiness_keys(components)
    await Readiness(client, waiting, on_component, on_warning, limit).wait()


async def _silently(component: str, ready: int, total: int) -> None:
    """What was told before needs not be told again."""
