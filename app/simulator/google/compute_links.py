"""Compute Engine's links, ids and list bodies."""

import hashlib

from app.simulator.google.api import Call
from app.simulator.google.errors import Json

_ROOT = "https://www.googleapis.com/compute/v1"


def link(project: str, path: str = "") -> str:
    """The full link of a project's resource."""
    return f"{_ROOT}/projects/{project}" + (f"/{path}" if path else "")


def number(name: str) -> str:
    """An unchanging numeric id for something that was always there."""
    return str(int(hashlib.sha256(name.encode()).hexdigest(), 16))[:13]


def listing(call: Call, path: str, kind: str, items: list[Json]) -> Json:
    """A list's body; `items` is left out when empty, as Google does."""
    project = call.params["project"]
    body: Json = {
        "kind": kind,
        "id": f"projects/{project}/{path}",
        "selfLink": link(project, path),
    }
    return {**body, "items": items} if items else body
