"""A bundle without the components that its owner does not want."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from app.kubeflow.bundle import Bundle, Item
from app.kubeflow.components import left_out
from app.kubeflow.objects import data_of

_MENU = ("ConfigMap", "kubeflow", "centraldashboard-config")


def chosen(bundle: Bundle, without: Collection[str]) -> Bundle:
    """The bundle without components, as far as nothing that stays needs them.

    The dashboard's menu loses what leads to them.
    """
    out = left_out(bundle.contents.components, without)
    if not out:
        return bundle
    pages = [each.page for each in bundle.contents.components if each.id in out and each.page]
    kept = (item for item in bundle.items if item.component not in out)
    return bundle.with_items(_without_links(item, pages) for item in kept)


def _without_links(item: Item, pages: Iterable[str]) -> Item:
    if (item.kind, item.namespace, item.name) != _MENU:
        return item
    menu = _without(json.loads(data_of(item.body)["links"]), tuple(pages))
    data = {**item.body["data"], "links": json.dumps(menu, indent=4)}
    return item.with_body({**item.body, "data": data})


def _without(part: Any, pages: tuple[str, ...]) -> Any:
    """Lists without the entries that lead to a page, and without sections that have none left."""
    if isinstance(part, dict):
        return {key: _without(value, pages) for key, value in part.items()}
    if not isinstance(part, list):
        return part
    shorter = [_without(entry, pages) for entry in part if not _leads_to(entry, pages)]
    return [entry for entry in shorter if not isinstance(entry, dict) or entry.get("items") != []]


def _leads_to(entry: Any, pages: tuple[str, ...]) -> bool:
    link = entry.get("link", "") if isinstance(entry, dict) else ""
    return any(link.startswith(page) for page in pages)
