"""What a method takes: its path, its query and its body."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.simulator.google.discovery.documents import Document, Json, Method, document
from app.simulator.google.discovery.messages import Messages
from app.simulator.google.discovery.problems import (
    Problem,
    invalid_value,
    missing,
    no_match,
    snake,
    unknown_name,
    unknown_parameter,
)
from app.simulator.google.discovery.scalars import WRONG, enum_reader, proto_name, reader

_ALWAYS = ("alt", "$.xgafv")
_RETIRED = {"returnPartialSuccess": {"type": "boolean"}}
_NEEDS_BODY = (".insert", ".patch", ".update")


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kind: str
    read: Any
    repeated: bool


class RequestRules:
    """Reads one method's requests; `compute` in Compute Engine's manner of complaining."""

    def __init__(self, held_to: Document, method: Method, *, compute: bool = False) -> None:
        self.method = method
        self._compute = compute
        self._parameters = _query(held_to, method)
        self._patterns = {
            name: parameter["pattern"]
            for name, parameter in method.parameters.items()
            if compute and parameter["location"] == "path" and "pattern" in parameter
        }
        self._body = _messages(held_to.name).reader(method.request) if method.request else None
        self._required = _required(held_to, method) if compute and method.request else []

    def read_path(self, path: str) -> list[Problem]:
        """What is wrong with the names in a path, for Compute Engine."""
        if not self._patterns:
            return []
        names = re.findall(r"\{(\w+)\}", self.method.path)
        parts = re.fullmatch(re.sub(r"\{\w+\}", "([^/:]+)", self.method.path), path)
        found = zip(names, parts.groups() if parts else (), strict=False)
        return [
            no_match(name, value, pattern)
            for name, value in found
            if (pattern := self._patterns.get(name)) and not re.fullmatch(pattern, value)
        ]

    def read_query(
        self, items: Iterable[tuple[str, str]]
    ) -> tuple[list[tuple[str, str]], list[Problem]]:
        """The query's parameters under their own names, and what is wrong with them."""
        read, problems = [], []
        for name, value in items:
            parameter = self._parameters.get(name)
            if parameter is None:
                problems.append(unknown_parameter(name))
            elif value != "" and parameter.read(value) is WRONG:
                problems.append(invalid_value(snake(parameter.name), parameter.kind, value))
            else:
                read.append((parameter.name, value))
        return read, problems

    def read_body(self, body: Json) -> tuple[Json, list[Problem]]:
        """The body in one form, and what is wrong with it."""
        if self._body is None:
            return {}, [unknown_name(name, "") for name in body]
        if not body and self._compute and self.method.id.endswith(_NEEDS_BODY):
            return {}, [missing("resource")]
        problems: list[Problem] = []
        message = self._body(body, "resource" if self._compute else "", problems)
        absent = [name for name in self._required if not message.get(name)]
        return message, problems + [missing(f"resource.{name}") for name in absent]


@cache
def rules_for(name: str, verb: str, path: str, compute: bool) -> RequestRules | None:
    """The rules of a route in the document `name`, or None where it has no such method."""
    held_to = document(name)
    method = held_to.method_of(verb, path)
    return None if method is None else RequestRules(held_to, method, compute=compute)


@cache
def _messages(name: str) -> Messages:
    return Messages(document(name))


def _query(held_to: Document, method: Method) -> dict[str, _Parameter]:
    own = {n: p for n, p in method.parameters.items() if p["location"] == "query"}
    if "pageToken" in own:
        # gone from the documents, but gcloud sends it still, and Google takes it
        own |= _RETIRED
    parameters: dict[str, _Parameter] = {}
    for name, schema in own.items():
        parameters[name] = parameters[snake(name)] = _parameter(name, schema)
    # in standard ones a client may mark what is no field of the message by a dollar sign
    for name, schema in held_to.standard.items():
        plain = {**schema, "enum": None} if name in _ALWAYS else schema
        parameters[name] = parameters[f"${name}"] = _parameter(name, plain)
    return parameters


def _parameter(name: str, schema: Json) -> _Parameter:
    kind, format_, names = schema["type"], schema.get("format", ""), schema.get("enum")
    read = enum_reader(names) if names else reader(kind, format_)
    return _Parameter(name, proto_name(kind, format_), read, bool(schema.get("repeated")))


def _required(held_to: Document, method: Method) -> list[str]:
    properties = held_to.schema(method.request).get("properties", {})
    return [
        name
        for name, field in properties.items()
        if method.id in field.get("annotations", {}).get("required", [])
    ]
