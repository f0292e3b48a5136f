"""Server-side apply takes no field that its kind does not declare, and no value of another type."""

import re
from typing import Any

import orjson

from app.simulator.kubernetes.canonical import Wrong, canonical
from app.simulator.kubernetes.errors import ApiError
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.schema import Type
from app.simulator.kubernetes.shapes import shape_of
from app.simulator.kubernetes.structural import conform

_GO_TYPES = {
    str: "string",
    bool: "bool",
    dict: "map[string]interface {}",
    list: "[]interface {}",
}
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def check_typed(stored: Resource, config: Object, type_: Type) -> None:
    """Refuse an applied configuration with fields or values that its kind's schema has not."""
    shape = shape_of(stored)
    unknown: list[str] = []
    wrong: list[Wrong] = []
    if stored.custom:
        unknown = conform(config, stored.schema())[1].unknown
    elif shape:
        findings = canonical(config, shape)
        unknown, wrong = findings[1].unknown, findings[1].wrong
    for path in unknown:
        raise _untyped(config, _in_words(path, config, type_), "field not declared in schema")
    for each in wrong:
        if each.why:
            raise _unconverted(config, each.why)
        raise _untyped(config, _in_words(each.path, config, type_), _expected(each))


def _untyped(config: Object, path: str, why: str) -> ApiError:
    return ApiError(500, "", f"failed to create typed patch object {_title(config)}: {path}: {why}")


def _unconverted(config: Object, why: str) -> ApiError:
    title = _title(config)
    kind = title.partition("; ")[2].rstrip(")")
    told = f"failed to convert new object {title} to proper version: unable to convert unstructured"
    return ApiError(500, "", f"{told} object to {kind}: {why}")


def _expected(wrong: Wrong) -> str:
    if wrong.expected.startswith("[]"):
        return f"expected list, got &{{{_in_go(wrong.value)}}}"
    if wrong.expected == "string":
        return f"expected string, got &value.valueUnstructured{{Value:{_in_go(wrong.value)}}}"
    if wrong.expected == "bool":
        return f"expected boolean, got &{{{_in_go(wrong.value)}}}"
    if wrong.expected in ("int32", "int64", "int", "float64"):
        return f"expected numeric (int or float), got {_GO_TYPES.get(type(wrong.value), 'int64')}"
    return f"expected map, got &{{{_in_go(wrong.value)}}}"


def _in_go(value: Any) -> str:
    """A value as Go prints it."""
    if isinstance(value, dict):
        inner = " ".join(f"{name}:{_in_go(item)}" for name, item in sorted(value.items()))
        return f"map[{inner}]"
    if isinstance(value, list):
        return f"[{' '.join(_in_go(item) for item in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


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
