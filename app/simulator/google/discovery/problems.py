"""What is wrong with a request, in Google's words."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is a path such as `cluster.node_pools[0]`, empty for the root.

    `compute_reason` is what Compute Engine's style of error calls it.
    """

    field: str
    text: str
    compute_reason: str = "invalid"


def unknown_name(name: str, at: str) -> Problem:
    """A field that the message `at` (empty: the root) does not have."""
    where = f" at '{at}'" if at else ""
    text = f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
    return Problem(at, text, "badRequest")


def unknown_parameter(name: str) -> Problem:
    """A query parameter that the method does not have."""
    text = (
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message."
    )
    return Problem("", text, "badRequest")


def not_repeating(name: str, at: str) -> Problem:
    """A list for a field that takes one value."""
    where = f" at '{at}'" if at else ""
    text = (
        f'Invalid JSON payload received. Unknown name "{name}"{where}: Proto field is not '
        "repeating, cannot start list."
    )
    return Problem(at, text, "badRequest")


def invalid_value(at: str, kind: str, value: Any) -> Problem:
    """A value that is not of its `kind`, such as `TYPE_INT32`."""
    shown = orjson.dumps(value).decode()
    return Problem(at, f"Invalid value at '{at}' ({kind}), {shown}")


def no_match(name: str, value: str, pattern: str) -> Problem:
    """A part of the path that cannot be a name, as Compute Engine says it."""
    text = f"Invalid value for field '{name}': '{value}'. Must be a match of regex '{pattern}'"
    return Problem(name, text)


def missing(name: str) -> Problem:
    """A required field that is not there, as Compute Engine says it."""
    return Problem(name, f"Required field '{name}' not specified", "required")


def snake(name: str) -> str:
    """The name of a field in Google's own messages: `nodePools` is `node_pools` there."""
    return _HUMP.sub(lambda found: "_" + found.group(1).lower(), name)
