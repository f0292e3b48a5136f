"""Waiting for the cloud: often at first, less often later, and not for ever."""

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.domain.status import Level
from app.errors import Permanent, StepError, Transient
from app.google.operations import Operation
from app.steps.context import StepContext
from app.text import N_

T = TypeVar("T")
MINUTE = 60.0  # all times here are seconds of the cloud's own clock
SOONEST = 1.0
LATEST = 5.0


async def until(
    context: StepContext, look: Callable[[], Awaitable[T | None]], *, limit: float, what: str
) -> T:
    """What `look` finds, as soon as it finds something.

    Looks again after a twentieth of the time waited so far: what takes long is not asked for
    often, and is noticed within five seconds. A look that fails for the moment is told of and
    has found nothing. Raises `Permanent` when `limit` seconds are over.
    """
    waited = 0.0
    while True:
        trouble = None
        try:
            found = await look()
            if found is not None:
                return found
        except Transient as error:
            trouble = error
            await context.say("%(cause)s Looking again.", level=Level.WARNING, cause=error.cause)
        if waited >= limit:
            raise _late(what, limit, trouble)
        waited += await _pause(context, min(LATEST, waited / 20), trouble)


async def finished(
    context: StepContext,
    key: str,
    start: Callable[[], Awaitable[str]],
    look_up: Callable[[str], Awaitable[Operation]],
    *,
    limit: float,
    what: str,
) -> Operation:
    """Start a long operation, or find the one that was started before, and wait for its end.

    Raises the operation's own error, which DONE does not rule out.
    """
    name = await context.operation(key, start)

    async def look() -> Operation | None:
        operation = await look_up(name)
        return operation if operation.done else None

    operation = await until(context, look, limit=limit, what=what)
    await context.operation_ended(key)
    if operation.error is not None:
        raise operation.error
    return operation


async def settled(
    context: StepContext,
    key: str,
    look_up: Callable[[str], Awaitable[Operation]],
    *,
    limit: float,
    what: str,
) -> None:
    """Wait for the end, good or bad, of what was started under `key`, where it is under way."""
    known = await context.known_operation(key)
    if known is None or known.ended_at is not None:
        return
    name = known.name

    async def look() -> bool | None:
        return True if (await look_up(name)).done else None

    await until(context, look, limit=limit, what=what)
    await context.operation_ended(key)


async def patiently(
    context: StepContext,
    call: Callable[[], Awaitable[T]],
    *,
    limit: float,
    passes: Callable[[StepError], bool] = lambda error: isinstance(error, Transient),
) -> T:
    """Carry out `call`, again and again while its error is one that `passes` by itself.

    The log tells of each error. What has not passed after `limit` seconds is `Permanent`.
    """
    waited = 0.0
    while True:
        try:
            return await call()
        except StepError as error:
            if not passes(error):
                raise
            if waited >= limit:
                raise Permanent(error.cause, hint=error.hint, link=error.link) from error
            await context.say(
                N_("%(cause)s Asking again."),
                level=Level.WARNING if isinstance(error, Transient) else Level.INFO,
                cause=error.cause,
            )
            waited += await _pause(context, min(LATEST * 2, waited / 5), error)


async def _pause(context: StepContext, seconds: float, trouble: StepError | None) -> float:
    """Pause, a little less than others do, or as long as Google asks for; returns the seconds."""
    asked_for = trouble.retry_after if isinstance(trouble, Transient) else None
    seconds = asked_for or max(SOONEST, seconds * random.uniform(0.8, 1.0))
    await context.pause(seconds)
    return seconds


def _late(what: str, limit: float, trouble: StepError | None) -> Permanent:
    text = f"After {round(limit / MINUTE)} minutes there was still no {what}."
    if trouble is None:
        return Permanent(text)
    return Permanent(f"{text} {trouble.cause}", hint=trouble.hint, link=trouble.link)
