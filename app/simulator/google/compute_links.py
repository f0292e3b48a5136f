"""Compute Engine's links, ids and list bodies."""

import hashlib

from app.simulator.google.api import Call
from app.simulator.google.compute_filter import matching
from app.simulator.google.errors import Json, invalid
from app.simulator.google.lists import page_of

_ROOT = "https://www.googleapis.com/compute/v1"
_PAGE = 500


def link(project: str, path: str = "") -> str:
    """The full link of a project's resource."""
    return f"{_ROOT}/projects/{project}" + (f"/{path}" if path else "")


def number(name: str) -> str:
    """An unchanging numeric id for something that was always there."""
    return str(int(hashlib.sha256(name.encode()).hexdigest(), 16))[:13]


def listing(call: Call, path: str, kind: str, items: list[Json]) -> Json:
    """A list's body, by the call's `filter` and pages; `items` is left out when empty."""
    project = call.params["project"]
    chosen = matching(items, call.query.get("filter", ""))
    return {
        "kind": kind,
        "id": f"projects/{project}/{path}",
        "selfLink": link(project, path),
        **page_of(call, "items", chosen, _PAGE, "maxResults"),
    }


def aggregated(call: Call, kind: str, list_kind: str, scopes: dict[str, list[Json]]) -> Json:
    """The body of an aggregated list: the resources of `kind` (`disks`) by scope (`zones/Z`).

    Scopes without any carry Google's warning. All is one page.
    """
    project, expression = call.params["project"], call.query.get("filter", "")
    if call.query.get("pageToken"):
        raise invalid("Invalid value for field 'pageToken': page token is invalid.")
    items = {
        scope: _in_scope(kind, scope, matching(found, expression))
        for scope, found in scopes.items()
    }
    path = f"aggregated/{kind}"
    return {
        "kind": list_kind,
        "id": f"projects/{project}/{path}",
        "selfLink": link(project, path),
        "items": items,
    }


def _in_scope(kind: str, scope: str, found: list[Json]) -> Json:
    if found:
        return {kind: found}
    warning = {
        "code": "NO_RESULTS_ON_PAGE",
        "message": f"There are no results for scope '{scope}' on this page.",
        "data": [{"key": "scope", "value": scope}],
    }
    return {"warning": warning}
