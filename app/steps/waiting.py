"""Waiting for the cloud: often at first, less often later, and not for ever."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.domain.status import Level
from app.errors import Permanent, StepError, Transient
from app.google.operations import Operation
from app.steps.context import StepContext

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
    while (found := await _looked(context, look)) is None:
        if waited >= limit:
            minutes = round(limit / MINUTE)
            raise Permanent(f"After {minutes} minutes there was still no {what}.")
        pause = max(SOONEST, min(LATEST, waited / 20))
        await context.pause(pause)
        waited += pause
    return found


async def _looked(context: StepContext, look: Callable[[], Awaitable[T | None]]) -> T | None:
    try:
        return await look()
    except Transient as error:
        await context.say("%(cause)s Looking again.", level=Level.WARNING, cause=error.cause)
        return None


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


async def patiently(
    context: StepContext,
    call: Callable[[], Awaitable[T]],
    *,
    limit: float,
    passes: Callable[[StepError], bool] = lambda error: isinstance(error, Transient),
) -> T:
    """Carry out `call`, again and again while its error is one that `passes` by itself."""
    waited = 0.0
    while True:
        try:
            return await call()
        except StepError as error:
            if waited >= limit or not passes(error):
                raise
        pause = max(SOONEST, min(LATEST * 2, waited / 5))
        await context.pause(pause)
        waited += pause
