"""How values merge: which maps and lists are atomic, and by what the items of a list are known.

These are the `x-kubernetes-list-type`, `-list-map-keys` and `-map-type` facts of Kubernetes'
own types, and the same read from a CRD's schema.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

from app.simulator.kubernetes.objects import Object


@dataclass(slots=True)
class Type:
    """A value's type. Without any fact: a map merges by key, a list is one value.

    `keys` maps a list's key fields to their defaults (None where there is none); `patch_key` is
    the one by which a strategic merge patch knows the items.
    """

    atomic: bool = False
    keys: dict[str, Any] | None = None
    is_set: bool = False
    fields: dict[str, "Type"] = field(default_factory=dict)
    items: "Type | None" = None
    patch_key: str = ""

    def child(self, name: str) -> "Type":
        """The type of a map's field."""
        return self.fields.get(name) or self.items or ANY

    @property
    def element(self) -> "Type":
        """The type of a list's items."""
        return self.items or ANY

    def element_names(self, items: list[Any]) -> list[str] | None:
        """The items' path elements (`k:{...}`, `v:...`), or None if the list is one value."""
        if self.keys is not None:
            names = [_key_element(item, self.keys) for item in items]
        elif self.is_set:
            names = [f"v:{orjson.dumps(item).decode()}" for item in items]
        else:
            return None
        return names if len(set(names)) == len(names) else None


ANY = Type()
ATOMIC = Type(atomic=True)


def struct(**fields: Type) -> Type:
    """A map with known fields."""
    return Type(fields=fields)


def list_map(item: Type, **keys: Any) -> Type:
    """A list whose items are known by key fields, given with their defaults."""
    return Type(keys=keys, items=item)


def from_open_api(schema: Object) -> Type:
    """The type that a structural schema describes."""
    atomic = schema.get("x-kubernetes-map-type") == "atomic"
    kind = schema.get("x-kubernetes-list-type", "atomic")
    items = schema.get("items")
    if schema.get("type") == "array" or items:
        return _list_type(kind, schema, items if isinstance(items, dict) else {})
    fields = {name: from_open_api(below) for name, below in _properties(schema).items()}
    more = schema.get("additionalProperties")
    element = from_open_api(more) if isinstance(more, dict) else None
    if schema.get("x-kubernetes-embedded-resource"):
        fields["metadata"] = METADATA
    return Type(atomic=atomic, fields=fields, items=element)


def _list_type(kind: str, schema: Object, items: Object) -> Type:
    if kind == "map":
        properties = _properties(items)
        names = schema.get("x-kubernetes-list-map-keys", [])
        keys = {name: properties.get(name, {}).get("default") for name in names}
        return Type(keys=keys, items=from_open_api(items))
    return Type(is_set=kind == "set", items=from_open_api(items) if kind == "set" else None)


def _properties(schema: Object) -> dict[str, Object]:
    return schema.get("properties") or {}


def _key_element(item: Any, keys: dict[str, Any]) -> str:
    values = {name: item.get(name, default) for name, default in keys.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return f"k:{orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode()}"


METADATA = struct(
    labels=ANY,
    annotations=ANY,
    finalizers=Type(is_set=True),
    ownerReferences=list_map(ATOMIC, uid=None),
)
