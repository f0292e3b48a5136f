"""What a Kubernetes API server says when it refuses something."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from app.errors import Message, Permanent, Transient
from app.text import N_

_PASSING = (401, 408, 409, 429, 500, 502, 503, 504)
_WEBHOOK = re.compile(r'failed calling webhook \\?"(?P<name>[^"\\]+)\\?": (?P<why>.*)', re.DOTALL)
_NEVER_TYPED = "failed to create typed patch object"  # a 500, though the object is at fault
_TYPED_FIELD = re.compile(r"(?<![\w.])\.(?P<field>[a-zA-Z][\w.\[\]\"=/-]*): ")
_HINTS = {
    "Forbidden": N_(
        "Working on everything in a cluster takes the role Kubernetes Engine Admin "
        "(roles/container.admin) in the project."
    ),
    "immutable": N_(
        "This field cannot be changed: delete the object in the cluster and try again."
    ),
}


class KubeRefused(Permanent):
    """The server refused for good; `status` is its HTTP status, `cause` its own words.

    `field` is the field that it named, if it named one.
    """

    def __init__(self, cause: str, *, status: int, reason: str = "", field: str = "") -> None:
        super().__init__(cause, hint=_hint(cause, reason))
        self.status = status
        self.reason = reason
        self.field = field


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
    causes: list[dict[str, str]] = (said.get("details") or {}).get("causes") or []
    if _passes(status, message, causes):
        waits = float(retry_after) if retry_after.isdigit() else None
        return KubeUnavailable(message, status=status, reason=reason, retry_after=waits)
    return KubeRefused(message, status=status, reason=reason, field=_field(message, causes))


def hindrance(title: str, error: KubeRefused | KubeUnavailable) -> Message:
    """What holds the object called `title` up, for a log."""
    if found := _WEBHOOK.search(error.cause):
        return Message(
            N_("%(object)s waits: the webhook %(webhook)s does not answer yet (%(why)s)."),
            object=title,
            webhook=found["name"],
            why=_why(found["why"]),
        )
    match error.status:
        case 0:
            template = N_("%(object)s waits: the cluster's API cannot be reached.")
        case 401:
            template = N_("%(object)s waits: the cluster does not accept the access token.")
        case 429:
            template = N_("%(object)s waits: the cluster's API has too much to do.")
        case _:
            template = N_("%(object)s waits: %(reason)s.")
            return Message(template, object=title, reason=error.cause[:300].rstrip("."))
    return Message(template, object=title)


def _passes(status: int, message: str, causes: list[dict[str, str]]) -> bool:
    if status == 403:
        return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)
    return status in _PASSING and _NEVER_TYPED not in message


def _field(message: str, causes: list[dict[str, str]]) -> str:
    named = [cause["field"] for cause in causes if cause.get("field")]
    if named:
        return ", ".join(dict.fromkeys(named))
    found = _TYPED_FIELD.search(message)
    return found["field"] if found else ""


def _why(text: str) -> str:
    """The last part of a chain of causes: `failed to call webhook: Post "...": EOF`."""
    return re.sub(r"\s+", " ", text.rsplit('": ', maxsplit=1)[-1]).strip()[:200] or text[:200]


def _hint(cause: str, reason: str) -> str:
    return _HINTS["immutable"] if "immutable" in cause else _HINTS.get(reason, "")


def _status(body: bytes) -> Mapping[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
