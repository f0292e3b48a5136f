"""A simulator's transcript, held to Google's discovery documents: requests and answers."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.support.discovery import document, methods, strays

Exchange = dict[str, Any]
_STILL_SENT = {"returnPartialSuccess": {"type": "boolean"}}
"""What gcloud sends and Google takes, though it has gone from the documents."""
_ROOT_OF = {"compute": "/compute/v1/"}


def exchanges(path: Path) -> list[Exchange]:
    """What the file holds, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def violations(found: list[Exchange]) -> list[str]:
    """Everything in requests and answers that the documents do not know."""
    told = [f"{e['method']} {e['api']}{e['path']}: {each}" for e in found for each in _of(e)]
    return list(dict.fromkeys(told))


def answers_that_stray(found: list[Exchange]) -> list[str]:
    """Everything in answers alone that the documents do not know, whatever was asked."""
    told = [
        f"{e['method']} {e['api']}{e['path']}: {each}"
        for e in found
        if (method := _method(e["api"], e["method"], e["path"])) is not None
        for each in _answer(_document_of(e["api"], e["path"]), method, e)
    ]
    return list(dict.fromkeys(told))


def methods_used(found: list[Exchange]) -> set[str]:
    """The ids of Google's methods that were called."""
    known = (_method(e["api"], e["method"], e["path"]) for e in found)
    return {method["id"] for method in known if method is not None}


def _of(exchange: Exchange) -> list[str]:
    api, path = exchange["api"], exchange["path"]
    method = _method(api, exchange["method"], path)
    if method is None:
        return ["no such method"]
    name = _document_of(api, path)
    problems = _query(name, method, exchange["query"])
    problems += _body(name, method, exchange["body"])
    return problems + _answer(name, method, exchange)


def _query(name: str, method: dict[str, Any], query: str) -> list[str]:
    own = {n: p for n, p in method.get("parameters", {}).items() if p["location"] == "query"}
    known = _STILL_SENT | own | document(name)["parameters"]
    return [
        f"query parameter {key!r}"
        for key, value in parse_qsl(query, keep_blank_values=True)
        if not _fits(known.get(key) or known.get(key.removeprefix("$")), value)
    ]


def _fits(parameter: dict[str, Any] | None, value: str) -> bool:
    if parameter is None:
        return False
    patterns = {"integer": r"-?\d+", "boolean": "(?i)true|false"}
    return bool(re.fullmatch(patterns.get(parameter["type"], ".*"), value))


def _body(name: str, method: dict[str, Any], body: Any) -> list[str]:
    if not body:
        return []
    if "request" not in method:
        return ["a body where none is taken"]
    schema = document(name)["schemas"][method["request"]["$ref"]]
    return [f"request {each}" for each in strays(as_answered(body, schema, name), schema, name)]


def _answer(name: str, method: dict[str, Any], exchange: Exchange) -> list[str]:
    status, answer = exchange["status"], exchange["answer"]
    if status >= 400:
        return _error(exchange["api"], status, answer)
    if status != 200 or not isinstance(answer, dict):
        return [f"answered {status} with {type(answer).__name__}"]
    schema = document(name)["schemas"][method["response"]["$ref"]]
    return [f"answer {each}" for each in strays(answer, schema, name)]


def _error(api: str, status: int, answer: Any) -> list[str]:
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict) or error.get("code") != status or not error.get("message"):
        return [f"error {answer!r}"]
    styled = "errors" in error if api == "compute" else isinstance(error.get("status"), str)
    return [] if styled else [f"error in the wrong style: {error!r}"]


def as_answered(value: Any, schema: dict[str, Any], name: str) -> Any:
    """A request's value as an answer would have it: requests may also say enums and long
    numbers as numbers."""
    schema = document(name)["schemas"][schema["$ref"]] if "$ref" in schema else schema
    if isinstance(value, dict) and schema.get("type") == "object":
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        parts = ((key, part, fields.get(key) or others) for key, part in value.items())
        return {key: as_answered(part, below or {}, name) for key, part, below in parts}
    if isinstance(value, list) and schema.get("type") == "array":
        return [as_answered(part, schema["items"], name) for part in value]
    if isinstance(value, int) and not isinstance(value, bool) and schema.get("type") == "string":
        if "enum" in schema and 0 <= value < 100:
            return schema["enum"][0]
        return str(value) if str(schema.get("format")).endswith("int64") else value
    return value


def _document_of(api: str, path: str) -> str:
    version = "v1" if api in _ROOT_OF else path.split("/")[1]
    return f"{api}.{version}"


def _method(api: str, verb: str, path: str) -> dict[str, Any] | None:
    below = path.removeprefix(_ROOT_OF.get(api, "/")).removeprefix("/")
    if api == "compute":
        below = below.removeprefix("v1/")
    for method, pattern in _patterns(_document_of(api, path), verb):
        if pattern.fullmatch(below):
            return method
    return None


@cache
def _patterns(name: str, verb: str) -> list[tuple[dict[str, Any], re.Pattern[str]]]:
    mine = [method for method in methods(document(name)) if method["httpMethod"] == verb]
    return [(method, _pattern(method)) for method in mine]


def _pattern(method: dict[str, Any]) -> re.Pattern[str]:
    """Every variable part by the pattern that the document gives for it."""

    def part(found: re.Match[str]) -> str:
        plus, parameter = found.group(1), found.group(2)
        own = method["parameters"][parameter].get("pattern", "")
        inner = str(own).removeprefix("^").removesuffix("$")
        return f"(?:{inner})" if plus and inner else "[^/:]+"

    pieces = re.split(r"(\{\+?\w+\})", method["path"])
    joined = (
        re.sub(r"\{(\+?)(\w+)\}", part, piece) if piece.startswith("{") else re.escape(piece)
        for piece in pieces
    )
    return re.compile("".join(joined))
