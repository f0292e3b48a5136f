"""A few objects put into the cluster, each after the one before."""

from typing import Any

from app.domain.status import Level
from app.errors import Message
from app.kube.apply import Applier
from app.kube.client import Json, KubeClient
from app.kube.patience import patiently
from app.kube.resources import Resources
from app.steps.context import StepContext


async def apply_in_order(context: StepContext, client: KubeClient, items: list[Json]) -> None:
    """Apply all, in this order; what has to wait is told in the log."""

    async def tell(message: Message) -> None:
        values: dict[str, Any] = message.values
        await context.say(message.template, level=Level.INFO, **values)

    resources = Resources(client)
    await patiently(resources.refresh)
    applier = Applier(client, resources, context.pause, tell)
    for item in items:
        await applier.apply([item])
