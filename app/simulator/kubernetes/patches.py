"""JSON patch (RFC 6902) and JSON merge patch (RFC 7386)."""

from typing import Any

import orjson

from app.simulator.kubernetes.errors import ApiError, bad_request
from app.simulator.kubernetes.objects import Object


def merge_patch(target: Any, patch: Any) -> Any:
    """`target` with a JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def json_patch(target: Object, operations: Any) -> Object:
    """`target` with a JSON patch; raises 422 if an operation does not fit."""
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    document: Object = orjson.loads(orjson.dumps(target))
    for operation in operations:
        try:
            document = _carry_out(document, operation)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            told = f"the server rejected our request due to an error in our request: {error}"
            raise ApiError(422, "Invalid", told) from error
    return document


def _carry_out(document: Any, operation: Object) -> Any:
    kind, path = operation["op"], _pointer(operation["path"])
    if kind == "test":
        if _read(document, path) != operation.get("value"):
            raise ValueError(f"testing value {operation['path']} failed: test failed")
        return document
    if kind in ("move", "copy"):
        source = _pointer(operation["from"])
        value = _read(document, source)
        document = _remove(document, source) if kind == "move" else document
        return _add(document, path, orjson.loads(orjson.dumps(value)))
    if kind == "remove":
        return _remove(document, path)
    if kind == "replace":
        _read(document, path)
        return _replace(document, path, operation["value"])
    if kind == "add":
        return _add(document, path, operation["value"])
    raise ValueError(f"unexpected kind: {kind}")


def _pointer(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _read(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _read(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        position = len(holder) if last == "-" else int(last)
        if position > len(holder):
            raise IndexError(f"add operation does not apply: index {position} out of bounds")
        holder.insert(position, value)
    else:
        holder[last] = value
    return document


def _replace(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _read(document, path[:-1]), path[-1]
    holder[int(last) if isinstance(holder, list) else last] = value
    return document


def _remove(document: Any, path: list[str]) -> Any:
    holder, last = _read(document, path[:-1]), path[-1]
    del holder[int(last) if isinstance(holder, list) else last]
    return document
