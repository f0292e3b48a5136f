"""The way from a private cluster's control plane to the webhooks in the cluster.

Without it, where one is needed, whatever a webhook has a say in fails after ten seconds' silence.
The rule goes when what the cluster has left behind is swept up (`app.steps.leftovers`).
"""

from collections.abc import Collection

from app.google import links
from app.google.errors import Refused, is_taken
from app.steps.context import StepContext
from app.steps.ours import cloud_of, mark, request_id
from app.steps.waiting import MINUTE, finished
from app.text import N_

FIREWALL_RULE = N_("firewall rule")
_ADMITTING = "admit-control-plane"


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
            lambda operation: firewalls.operation(project, operation),
            limit=5 * MINUTE,
            what="firewall rule",
        )
    except Refused as error:
        if not is_taken(error):
            raise
    await context.made(FIREWALL_RULE, name, link=links.firewalls(project))
    await context.say(N_("The cluster's control plane reaches the webhooks on private nodes."))


def rule_name(context: StepContext) -> str:
    """How a rule that this deployment makes is called."""
    return f"{context.spec.name}-webhooks"
