"""The way from a private cluster's control plane to the webhooks in the cluster.

Without it, where one is needed, whatever a webhook has a say in fails after ten seconds' silence.
The rule goes when what the cluster has left behind is swept up (`app.steps.leftovers`).
"""

from collections.abc import Awaitable, Callable, Collection

from app.google import links
from app.google.errors import Refused, is_taken
from app.google.operations import Operation
from app.steps.context import StepContext
from app.steps.ours import cloud_of, mark, request_id
from app.steps.waiting import MINUTE, finished, settled
from app.text import N_

FIREWALL_RULE = N_("firewall rule")
_ADMITTING = "admit-control-plane"
_LIMIT = 5 * MINUTE


async def webhooks_reached(context: StepContext, ports: Collection[int]) -> None:
    """The control plane reaches these ports of the nodes' Pods, whichever way it comes."""
    if not context.spec.private_nodes or not ports:
        return
    firewalls, project = cloud_of(context).firewalls, context.spec.project
    theirs = await firewalls.of_control_plane(project, context.names.cluster)
    if theirs is None:
        return
    name = rule_name(context)

    async def start() -> str:
        order = await request_id(context, _ADMITTING, name)
        return await firewalls.admit(
            project, name, theirs, sorted(ports), description=mark(context), request_id=order
        )

    try:
        await finished(
            context,
            _ADMITTING,
            start,
            _looking_up(context),
            limit=_LIMIT,
            what="firewall rule",
        )
    except Refused as error:
        if not is_taken(error):
            raise
    await context.made(FIREWALL_RULE, name, link=links.firewalls(project))
    await context.say(N_("The cluster's control plane reaches the webhooks on private nodes."))


async def rule_settled(context: StepContext) -> None:
    """A rule that was ordered is there to be seen, and to be swept up."""
    await settled(context, _ADMITTING, _looking_up(context), limit=_LIMIT, what="firewall rule")


def rule_name(context: StepContext) -> str:
    """How a rule that this deployment makes is called."""
    return f"{context.spec.name}-webhooks"


def _looking_up(context: StepContext) -> Callable[[str], Awaitable[Operation]]:
    firewalls, project = cloud_of(context).firewalls, context.spec.project
    return lambda name: firewalls.operation(project, name)
