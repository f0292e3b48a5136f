"""The fields of the built-in kinds, as the official client's models list them.

The models are many and take most of a second to import: `load` does it ahead of the first need,
in a thread of its own.
"""

import importlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.resources import Resource

_MODULE = "kubernetes.client.models"
_LIST = re.compile(r"[Ll]ist\[(.+)\]")
_MAP = re.compile(r"[Dd]ict[\[(]str, (.+)[\])]")
_EVENTS = {"": "CoreV1Event", "events.k8s.io": "EventsV1Event"}


@dataclass(frozen=True, slots=True)
class Model:
    """A type: its fields' types by JSON name, and what is said about them."""

    name: str
    types: dict[str, str]
    descriptions: dict[str, str]


def load() -> None:
    """Import the models."""
    importlib.import_module(_MODULE)


def model_of(resource: Resource) -> Model | None:
    """The type of a built-in resource's objects."""
    prefix = resource.version[:1].upper() + resource.version[1:]
    name = f"{prefix}{resource.kind}"
    return model(_EVENTS[resource.group] if resource.plural == "events" else name)


@cache
def model(name: str) -> Model | None:
    """A type by name, or None if the name stands for plain text, a number or anything."""
    found = getattr(importlib.import_module(_MODULE), name, None)
    if found is None or not hasattr(found, "openapi_types"):
        return None
    described = getattr(found, "model_fields", {})
    json_names: dict[str, str] = found.attribute_map
    return Model(
        name=name,
        types={json_names[field]: type_ for field, type_ in found.openapi_types.items()},
        descriptions={
            json_names[field]: getattr(described.get(field), "description", None) or ""
            for field in found.openapi_types
        },
    )


def item_type(type_: str) -> str | None:
    """What a list is a list of."""
    found = _LIST.fullmatch(type_)
    return found[1] if found else None


def value_type(type_: str) -> str | None:
    """What a map's values are."""
    found = _MAP.fullmatch(type_)
    return found[1] if found else None


def without_unknown_fields(resource: Resource, item: Object) -> tuple[Object, list[str]]:
    """A built-in object without the fields its kind does not have, and their paths."""
    unknown: list[str] = []
    known = model_of(resource)
    return (_kept(item, known, "", unknown) if known else item), unknown


def _kept(item: Object, known: Model, path: str, unknown: list[str]) -> Object:
    result = {}
    for name, value in item.items():
        below = f"{path}.{name}" if path else name
        if name in known.types:
            result[name] = _kept_value(value, known.types[name], below, unknown)
        else:
            unknown.append(below)
    return result


def _kept_value(value: Any, type_: str, path: str, unknown: list[str]) -> Any:
    if isinstance(value, list):
        inner = item_type(type_)
        if inner and model(inner):
            items = enumerate(value)
            return [_kept_value(item, inner, f"{path}[{i}]", unknown) for i, item in items]
        return value
    if not isinstance(value, dict):
        return value
    inner = value_type(type_)
    if inner and model(inner):
        items_of = value.items()
        return {k: _kept_value(item, inner, f"{path}.{k}", unknown) for k, item in items_of}
    known = model(type_)
    return _kept(value, known, path, unknown) if known else value
