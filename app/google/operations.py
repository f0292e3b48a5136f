"""Long operations of Service Usage and Service Management, looked at by a plain GET.

The REST transport of service-management cannot look up its own operations (it binds another
path), and both kinds have one shape: one function serves them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import PortalError
from app.google.errors import of_operation
from app.google.transport import Transport

ALREADY_DONE = "operations/noop.DONE_OPERATION"  # answers 404 when it is asked for


@dataclass(frozen=True, slots=True)
class Operation:
    """How a long operation is getting on; DONE with an error is an error."""

    name: str
    done: bool
    error: PortalError | None = None
    response: Mapping[str, Any] = field(default_factory=dict)


async def look_up(transport: Transport, base_url: str, name: str) -> Operation:
    """The operation `name` of the API at `base_url` as it is now."""
    if name == ALREADY_DONE:
        return Operation(name, done=True)
    return read(await transport.request("GET", f"{base_url}/v1/{name}"))


def read(body: dict[str, Any]) -> Operation:
    """An operation from its JSON; only `done` tells the end: `response` can be there before."""
    error = body.get("error")
    return Operation(
        name=str(body.get("name", "")),
        done=bool(body.get("done", False)),
        error=of_operation(error) if error else None,
        response=body.get("response", {}),
    )
