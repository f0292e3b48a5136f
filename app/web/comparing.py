"""A deployment's cluster compared with what should be in it, by a program of its own."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

from app.settings import Settings
from app.text import N_

if TYPE_CHECKING:
    from app.steps.drift import Answer

LIMIT = 120.0  # seconds
_AT_ONCE = asyncio.Semaphore(2)  # each takes a processor for a few seconds
_LATE = N_("The cluster has not answered for two minutes.")
_BROKEN = N_("The comparison itself failed; the portal's log says why.")


async def compared(settings: Settings, deployment: str, changes: dict[str, Any]) -> "Answer":
    """What differs; whatever goes wrong is part of the answer."""
    from app.steps.drift import Answer, order_for

    order = order_for(settings, deployment, changes)
    async with _AT_ONCE:
        try:
            async with asyncio.timeout(LIMIT):
                said = await _run(order.model_dump_json().encode())
        except TimeoutError:
            return Answer(cause=_LATE)
    return Answer.model_validate_json(said) if said else Answer(cause=_BROKEN)


async def _run(order: bytes) -> bytes:
    """What the program answers; nothing if it broke: its words went to our own log."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.steps.drift",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        said, _ = await program.communicate(order)
    except asyncio.CancelledError:
        program.kill()
        await program.wait()
        raise
    return b"" if program.returncode else said
