"""How what a deployment makes is told from what others made: a mark on each thing."""

from uuid import NAMESPACE_URL, uuid5

from app.domain.names import LABEL
from app.errors import Permanent
from app.google.cloud import Cloud
from app.steps.context import StepContext


def mark(context: StepContext) -> str:
    """The description of things that take no labels, or not in the call that makes them.

    What is labelled by a second call would, after a crash between the two, be nobody's.
    """
    return f"{LABEL}: {context.deployment_id}"


def labels(context: StepContext) -> dict[str, str]:
    """The labels of things that take them."""
    return {LABEL: context.deployment_id.lower()}


async def request_id(context: StepContext, key: str, name: str) -> str:
    """For the order of `name` whose operation is kept under `key`, so that it is carried out once.

    The same after a crash, and another where the order before this one has ended: Google answers
    an id that it knows with the operation that it began then.
    """
    before = await context.known_operation(key)
    last = "" if before is None else before.name
    return str(uuid5(NAMESPACE_URL, f"{context.run_id}/{name}/{last}"))


def is_ours(context: StepContext, found: str) -> bool:
    """Whether `found`, the description of a thing, is the mark of this deployment."""
    return found == mark(context)


def check_mark(context: StepContext, kind: str, name: str, found: str) -> None:
    """Raises `Permanent` unless `found` is the mark of this deployment."""
    if not is_ours(context, found):
        raise not_ours(kind, name)


def not_ours(kind: str, name: str) -> Permanent:
    """The error for a name that somebody else uses."""
    return Permanent(
        f"There is a {kind} {name} in the project already, and this deployment did not make it.",
        hint="Choose another name for the deployment, or delete it in Google's console.",
    )


def cloud_of(context: StepContext) -> Cloud:
    """The owner's cloud, counted against the project's own quota: its APIs are enabled by now."""
    return context.cloud.billed_to(context.spec.project)
