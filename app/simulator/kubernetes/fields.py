"""Sets of fields in the form of `FieldsV1`, and what of an object was added, removed, changed.

A node is a dict from path elements (`f:name`, `k:{...}`, `v:...`) to nodes. A node without
elements, or with the element `.`, is itself in the set. A set without any field is None.
"""

from dataclasses import dataclass
from typing import Any

from app.simulator.kubernetes.schema import Type

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """How two versions of an object differ."""

    added: Fields | None = None
    removed: Fields | None = None
    modified: Fields | None = None


_SAME = Difference()
_LEAF = Difference(modified={})


def union(one: Fields | None, other: Fields | None) -> Fields | None:
    """What is in either set."""
    if one is None or other is None:
        return other if one is None else one
    children = dict(_children(one))
    for element, node in _children(other).items():
        children[element] = union(children.get(element), node)
    return _node(_is_member(one) or _is_member(other), children)


def difference(one: Fields | None, other: Fields | None) -> Fields | None:
    """What is in the first set and not in the second."""
    if one is None or other is None:
        return one
    children = {}
    for element, node in _children(one).items():
        left = difference(node, other.get(element))
        if left is not None:
            children[element] = left
    return _node(_is_member(one) and not _is_member(other), children)


def intersection(one: Fields | None, other: Fields | None) -> Fields | None:
    """What is in both sets."""
    if one is None or other is None:
        return None
    children = {}
    for element, node in _children(one).items():
        both = intersection(node, other.get(element))
        if both is not None:
            children[element] = both
    return _node(_is_member(one) and _is_member(other), children)


def paths_of(fields: Fields, prefix: str = "") -> list[str]:
    """The paths in a set as messages show them: `.spec.containers[name="main"].image`."""
    children = sorted(_children(fields).items())
    paths = [prefix + _shown(element) for element, node in children if _is_member(node)]
    for element, node in children:
        paths += paths_of(node, prefix + _shown(element))
    return paths


def fields_of(value: Any, type_: Type, *, containers: bool = False) -> Fields:
    """The fields a value has; with `containers`, maps and lists themselves count too."""
    children: dict[str, Fields] = {}
    if isinstance(value, dict) and not type_.atomic:
        for name, below in value.items():
            node = fields_of(below, type_.child(name), containers=containers)
            # Of a map, unlike of a struct, the items are owned as well.
            is_item = node and name not in type_.fields
            children[f"f:{name}"] = {".": {}, **node} if is_item else node
    elif isinstance(value, list) and not type_.atomic:
        for name, item in zip(type_.element_names(value) or (), value, strict=False):
            node = {} if type_.is_set else fields_of(item, type_.element, containers=containers)
            children[name] = {".": {}, **node} if node else {}
    return {".": {}, **children} if containers and children else children


def compare(old: Any, new: Any, type_: Type) -> Difference:
    """How `new` differs from `old`."""
    if old == new:
        return _SAME
    if old is None and new and isinstance(new, dict | list):
        old = type(new)()
    if isinstance(old, dict) and isinstance(new, dict) and not type_.atomic:
        types = {f"f:{name}": type_.child(name) for name in (*old, *new)}
        return _compare_children(
            {f"f:{name}": item for name, item in old.items()},
            {f"f:{name}": item for name, item in new.items()},
            types,
        )
    if isinstance(old, list) and isinstance(new, list) and not type_.atomic:
        before, after = type_.element_names(old), type_.element_names(new)
        if before is not None and after is not None:
            types = dict.fromkeys((*before, *after), type_.element)
            return _compare_children(
                dict(zip(before, old, strict=True)), dict(zip(after, new, strict=True)), types
            )
    return _LEAF


def _compare_children(
    old: dict[str, Any], new: dict[str, Any], types: dict[str, Type]
) -> Difference:
    added: dict[str, Fields] = {}
    removed: dict[str, Fields] = {}
    modified: dict[str, Fields] = {}
    for element, type_ in types.items():
        if element not in old:
            added[element] = fields_of(new[element], type_, containers=True)
        elif element not in new:
            removed[element] = fields_of(old[element], type_, containers=True)
        else:
            below = compare(old[element], new[element], type_)
            _note(added, element, below.added)
            _note(removed, element, below.removed)
            _note(modified, element, below.modified)
    return Difference(added or None, removed or None, modified or None)


def _note(children: dict[str, Fields], element: str, node: Fields | None) -> None:
    if node is not None:
        children[element] = node


def _is_member(node: Fields) -> bool:
    return not node or "." in node


def _children(node: Fields) -> Fields:
    return {name: below for name, below in node.items() if name != "."} if "." in node else node


def _node(member: bool, children: dict[str, Any]) -> Fields | None:
    if not children:
        return {} if member else None
    return {".": {}, **children} if member else children


def _shown(element: str) -> str:
    kind, value = element[:2], element[2:]
    if kind == "f:":
        return f".{value}"
    if kind == "v:":
        return f"[={value}]"
    pairs = value.strip("{}").replace('":', "=").split(',"')
    return f"[{','.join(pair.removeprefix(chr(34)) for pair in pairs)}]"
