"""Merging an applied configuration into an object, and removing what is applied no longer."""

from typing import Any

from app.simulator.kubernetes.fields import Fields
from app.simulator.kubernetes.schema import Type


def merge(live: Any, config: Any, type_: Type) -> Any:
    """`live` with everything that `config` says."""
    if type_.atomic:
        return config
    if isinstance(live, dict) and isinstance(config, dict):
        merged = dict(live)
        for name, value in config.items():
            merged[name] = merge(live[name], value, type_.child(name)) if name in live else value
        return merged
    if isinstance(live, list) and isinstance(config, list):
        before, after = type_.element_names(live), type_.element_names(config)
        if before is not None and after is not None:
            return _merge_items(
                dict(zip(before, live, strict=True)), dict(zip(after, config, strict=True)), type_
            )
    return config


def prune(value: Any, last: Fields, kept: Fields | None, type_: Type) -> Any:
    """`value` without the fields in `last` (owned until now) that are not in `kept`."""
    if isinstance(value, dict):
        children = {f"f:{name}": item for name, item in value.items()}
        left = _prune_children(children, last, kept, lambda element: type_.child(element[2:]))
        return {element[2:]: item for element, item in left.items()}
    if isinstance(value, list):
        names = type_.element_names(value)
        if names is not None:
            children = dict(zip(names, value, strict=True))
            return list(_prune_children(children, last, kept, lambda _: type_.element).values())
    return value


def _prune_children(
    children: dict[str, Any], last: Fields, kept: Fields | None, type_of: Any
) -> dict[str, Any]:
    left = dict(children)
    for element, node in last.items():
        if element not in left:
            continue
        if kept is None or element not in kept:
            del left[element]
        elif node:
            left[element] = prune(left[element], node, kept[element], type_of(element))
    return left


def _merge_items(live: dict[str, Any], config: dict[str, Any], type_: Type) -> list[Any]:
    """Configured items in their order; the others keep their places between them."""
    merged: list[Any] = []
    waiting = iter(live)
    for name, item in config.items():
        if name not in live:
            merged.append(item)
            continue
        merged += _others_before(waiting, name, live, config)
        merged.append(item if type_.is_set else merge(live[name], item, type_.element))
    return merged + [live[name] for name in waiting if name not in config]


def _others_before(
    waiting: Any, name: str, live: dict[str, Any], config: dict[str, Any]
) -> list[Any]:
    found = []
    for candidate in waiting:
        if candidate == name:
            break
        if candidate not in config:
            found.append(live[candidate])
    return found
