"""The fields of the built-in kinds, as the official client's models list them.

Each is imported when it is first needed: kubectl's documents are, a cluster's writes are not.
"""

import importlib
import re
from dataclasses import dataclass
from functools import cache

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
