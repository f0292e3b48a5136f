"""Pages of a list, for APIs with `pageSize` (or `maxResults`) and `pageToken`."""

import base64

from app.simulator.google.api import Call
from app.simulator.google.errors import Json, invalid


def page_of(
    call: Call, field: str, items: list[Json], most: int, size_name: str = "pageSize"
) -> Json:
    """The page that the call asks for, `most` items at most; `field` is left out when empty.

    INVALID_ARGUMENT for a negative size or a token that no list gave.
    """
    size, start = _number(call, size_name), _start(call.query.get("pageToken", ""))
    if size < 0:
        raise invalid("Request contains an invalid argument.")
    end = start + min(size or most, most)
    page: Json = {field: items[start:end]} if items[start:end] else {}
    if end < len(items):
        page["nextPageToken"] = token_for(end)
    return page


def token_for(place: int) -> str:
    """An opaque token for a place in a list."""
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode().rstrip("=")


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        padded = token + "=" * (-len(token) % 4)
        name, _, place = base64.urlsafe_b64decode(padded).decode().partition(":")
        if name == "place":
            return int(place)
    except ValueError:
        pass
    raise invalid("page token is invalid.")


def _number(call: Call, name: str) -> int:
    text = call.query.get(name) or "0"
    try:
        return int(text)
    except ValueError as error:
        raise invalid(f"Invalid value at '{name}' (TYPE_INT32), \"{text}\"") from error
