"""Server-side apply takes no field that its kind does not declare."""

import re
from typing import Any

import orjson

from app.simulator.kubernetes.canonical import canonical
from app.simulator.kubernetes.errors import ApiError
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.schema import Type
from app.simulator.kubernetes.shapes import shape_of
from app.simulator.kubernetes.structural import conform

_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def check_declared(stored: Resource, config: Object, type_: Type) -> None:
    """Refuse an applied configuration with a field that is not in its kind's schema."""
    shape = shape_of(stored)
    unknown: list[str] = []
    if stored.custom:
        unknown = conform(config, stored.schema())[1].unknown
    elif shape:
        unknown = canonical(config, shape)[1].unknown
    if unknown:
        path = _in_words(unknown[0], config, type_)
        told = f"failed to create typed patch object {_title(config)}: {path}"
        raise ApiError(500, "", f"{told}: field not declared in schema")


def _title(config: Object) -> str:
    metadata, version = metadata_of(config), config["apiVersion"]
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    return f"({name}; {version if '/' in version else f'/{version}'}, Kind={config['kind']})"


def _in_words(path: str, value: Any, type_: Type) -> str:
    """A path in which the items of keyed lists are named, not counted."""
    words = ""
    for name, index in _PART.findall(path):
        if name:
            words += f".{name}"
            value, type_ = (value.get(name) if isinstance(value, dict) else None), type_.child(name)
        else:
            value = value[int(index)]
            words += f"[{_key(value, type_.keys) or index}]"
            type_ = type_.element
    return words


def _key(item: Any, keys: dict[str, Any] | None) -> str:
    known = {name: item.get(name, default) for name, default in (keys or {}).items()}
    return ",".join(f"{name}={orjson.dumps(value).decode()}" for name, value in known.items())
