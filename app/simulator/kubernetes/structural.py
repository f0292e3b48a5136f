"""Custom objects against their structural schema: checked, pruned and given their defaults."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from app.simulator.kubernetes.errors import Cause, field_cause, invalid_value, required
from app.simulator.kubernetes.objects import Object

_OBJECT_META = ("apiVersion", "kind", "metadata")
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@dataclass(slots=True)
class Findings:
    """What is wrong with an object, and the fields its schema does not know."""

    causes: list[Cause] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def conform(item: Object, schema: Object) -> tuple[Object, Findings]:
    """The object as the schema stores it, and what was found on the way."""
    findings = Findings()
    if not schema:
        return item, findings
    known = {name: item[name] for name in _OBJECT_META if name in item}
    body = {name: value for name, value in item.items() if name not in _OBJECT_META}
    inner = {**schema, "properties": _without_meta(schema.get("properties") or {})}
    if "required" in schema:
        inner["required"] = [name for name in schema["required"] if name not in _OBJECT_META]
    return {**known, **_conform(body, inner, "", findings)}, findings


def _without_meta(properties: Object) -> Object:
    return {name: below for name, below in properties.items() if name not in _OBJECT_META}


def _conform(value: Any, schema: Object, path: str, findings: Findings) -> Any:
    if value is None and schema.get("nullable"):
        return None
    if not _has_type(value, schema):
        findings.causes.append(_wrong_type(value, schema, path))
        return value
    if "enum" in schema and value not in schema["enum"]:
        findings.causes.append(_not_in_enum(value, schema["enum"], path))
    if isinstance(value, dict):
        return _conform_map(value, schema, path, findings)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [
            _conform(item, schema["items"], f"{path}[{index}]", findings)
            for index, item in enumerate(value)
        ]
    return value


def _has_type(value: Any, schema: Object) -> bool:
    if schema.get("x-kubernetes-int-or-string"):
        return isinstance(value, int | str) and not isinstance(value, bool)
    expected = schema.get("type")
    if not expected:
        return True
    if expected in ("integer", "number") and isinstance(value, bool):
        return False
    if expected == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[expected])


def _conform_map(value: Object, schema: Object, path: str, findings: Findings) -> Object:
    properties = schema.get("properties") or {}
    result: Object = {}
    for name, item in value.items():
        below = f"{path}.{name}" if path else name
        kept, inner = _schema_of(name, schema, properties)
        if kept:
            result[name] = _conform(item, inner, below, findings)
        else:
            findings.unknown.append(below)
    for name, inner in properties.items():
        if name not in result and "default" in inner:
            default = orjson.loads(orjson.dumps(inner["default"]))
            result[name] = _conform(default, inner, f"{path}.{name}", findings)
    for name in schema.get("required") or ():
        if name not in result:
            findings.causes.append(required(f"{path}.{name}" if path else name))
    return result


def _schema_of(name: str, schema: Object, properties: Object) -> tuple[bool, Object]:
    if name in properties:
        return True, properties[name]
    if schema.get("x-kubernetes-embedded-resource") and name in _OBJECT_META:
        return True, {}
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        return True, more
    unstructured = not schema.get("type") and not properties
    return bool(more or schema.get("x-kubernetes-preserve-unknown-fields") or unstructured), {}


def _wrong_type(value: Any, schema: Object, path: str) -> Cause:
    given = next((n for n, types in _TYPES.items() if type(value) in types), "null")
    wanted = "integer,string" if schema.get("x-kubernetes-int-or-string") else schema["type"]
    detail = f'{path} in body must be of type {wanted}: "{given}"'
    return {**invalid_value(path, given, detail), "reason": "FieldValueTypeInvalid"}


def _not_in_enum(value: Any, allowed: list[Any], path: str) -> Cause:
    supported = ", ".join(orjson.dumps(item).decode() for item in allowed)
    told = f"Unsupported value: {orjson.dumps(value).decode()}: supported values: {supported}"
    return field_cause("FieldValueNotSupported", path, told)
