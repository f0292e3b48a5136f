"""Google's discovery documents, as they ship with google-api-python-client."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient

_DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


@cache
def document(name: str) -> dict[str, Any]:
    """One document, such as `container.v1`."""
    content: dict[str, Any] = json.loads((_DOCUMENTS / f"{name}.json").read_text())
    return content


def methods(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Every method of a document or of a resource in it."""
    own = list(resource.get("methods", {}).values())
    return own + [m for below in resource.get("resources", {}).values() for m in methods(below)]


def answer_schema(name: str, path: str, verb: str) -> dict[str, Any]:
    """The schema of what a method answers; fails where the document has no such method."""
    for method in methods(document(name)):
        pattern = re.sub(r"\{\w+\}", "[^/:]+", method.get("flatPath", method["path"]))
        if method["httpMethod"] == verb and re.fullmatch(pattern, path):
            schema: dict[str, Any] = document(name)["schemas"][method["response"]["$ref"]]
            return schema
    raise AssertionError(f"{verb} {path} is not in {name}")


def strays(value: Any, schema: dict[str, Any], name: str, at: str = "") -> list[str]:
    """What a value has that the schema does not know: fields, types, enum values."""
    schema = document(name)["schemas"][schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type")
    if kind == "array" and isinstance(value, list):
        parts = [(f"{at}[{n}]", item, schema["items"]) for n, item in enumerate(value)]
    elif kind == "object" and isinstance(value, dict):
        parts = [(f"{at}.{key}", item, _field(schema, key)) for key, item in value.items()]
    else:
        return _stray_scalar(value, schema, at)
    return [stray for where, item, below in parts for stray in strays(item, below, name, where)]


def _field(schema: dict[str, Any], key: str) -> dict[str, Any]:
    known = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
    return known or {"type": "nothing the document knows"}


def _stray_scalar(value: Any, schema: dict[str, Any], at: str) -> list[str]:
    kind = schema.get("type")
    if kind == "any":
        return []
    if kind == "integer" and isinstance(value, bool):
        return [f"{at}: {value!r} is not {kind}"]
    if kind not in _TYPES or not isinstance(value, _TYPES[kind]):
        return [f"{at}: {value!r} is not {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is not one of {schema['enum']}"]
    return []
