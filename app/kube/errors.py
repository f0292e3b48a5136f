"""What a Kubernetes API server says when it refuses something."""

import re
from typing import Any

import orjson

from app.errors import Permanent, Transient

_PASSING = (408, 409, 429, 500, 502, 503, 504)
_WEBHOOK = re.compile(r'failed calling webhook \\?"(?P<name>[^"\\]+)')


class KubeRefused(Permanent):
    """The server refused for good; `status` is its HTTP status, `cause` its own words."""

    def __init__(self, cause: str, *, status: int, reason: str = "") -> None:
        super().__init__(cause)
        self.status = status
        self.reason = reason


class KubeUnavailable(Transient):
    """The server, or a webhook behind it, cannot take this just now."""

    def __init__(
        self, cause: str, *, status: int = 0, reason: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(cause, retry_after=retry_after)
        self.status = status
        self.reason = reason


def refusal(status: int, body: bytes, retry_after: str = "") -> KubeRefused | KubeUnavailable:
    """The error for an answer of 400 or above; `body` is a Status, or whatever stood there."""
    said = _status(body)
    message = str(said.get("message") or body.decode(errors="replace")[:500] or status)
    reason = str(said.get("reason", ""))
    if status in _PASSING or status == 401:
        waits = float(retry_after) if retry_after.isdigit() else None
        return KubeUnavailable(message, status=status, reason=reason, retry_after=waits)
    return KubeRefused(message, status=status, reason=reason)


def in_short(error: KubeRefused | KubeUnavailable) -> str:
    """What holds an object up, short enough for a log and alike for alike causes."""
    if found := _WEBHOOK.search(error.cause):
        return f"the webhook {found['name']} does not answer yet"
    if not error.status:
        return "the cluster's API cannot be reached"
    return error.cause[:200].rstrip(".")


def _status(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
