"""Lists in parts: `limit` and `continue`.

What comes later is read as it then is; the list keeps the version of its first part, so that a
watch from there tells of what has changed in between.
"""

import base64
from dataclasses import dataclass

import orjson

from app.simulator.kubernetes.errors import bad_request
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.requests import Request
from app.simulator.kubernetes.storage import Entry

_VERSION = "meta.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and what its metadata say of it."""

    entries: list[Entry]
    metadata: Object


def page_of(entries: list[Entry], request: Request, version: int, *, is_selection: bool) -> Page:
    """What is asked for of all that is listed; raises 400 for a token that nobody gave out."""
    token = request.query.get("continue", "")
    after = ""
    if token:
        version, after = _read(token)
        entries = [entry for entry in entries if _place(entry) > after]
    limit = _limit(request, has_token=bool(token))
    metadata: Object = {"resourceVersion": str(version)}
    if not limit or len(entries) <= limit:
        return Page(entries, metadata)
    metadata["continue"] = _token(version, entries[limit - 1])
    if not is_selection:
        metadata["remainingItemCount"] = len(entries) - limit
    return Page(entries[:limit], metadata)


def _limit(request: Request, *, has_token: bool) -> int:
    """How many at most; all where any version will do, for then they come from memory."""
    limit = request.query.get("limit", "")
    if request.query.get("resourceVersion") == "0" and not has_token:
        return 0
    return int(limit) if limit.isdigit() else 0


def _place(entry: Entry) -> str:
    return f"{entry.key[1]}/{entry.key[2]}"


def _token(version: int, last: Entry) -> str:
    value = {"v": _VERSION, "rv": version, "start": f"{_place(last)}\0"}
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def _read(token: str) -> tuple[int, str]:
    try:
        value = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(value["rv"]), str(value["start"]).removesuffix("\0")
    except (ValueError, KeyError, TypeError) as error:
        told = f"invalid continue token: continue key is not valid: {error}"
        raise bad_request(told) from error
