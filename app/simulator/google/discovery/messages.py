"""Bodies read by the schemas of a discovery document.

Schemas become readers once, when they are first needed; a reader returns the value in one form
(fields in camelCase, nulls left out) and notes what is wrong.
"""

from collections.abc import Callable
from typing import Any

from app.simulator.google.discovery.documents import Document, Json
from app.simulator.google.discovery.problems import (
    Problem,
    invalid_value,
    not_repeating,
    snake,
    unknown_name,
)
from app.simulator.google.discovery.scalars import WRONG, enum_reader, proto_name, reader

Read = Callable[[Any, str, list[Problem]], Any]
"""Called with a value, its path, and where to note problems."""

_PACKAGES = {
    "cloudbilling": "google.cloud.billing.v1",
    "cloudresourcemanager": "google.cloud.resourcemanager.v3",
    "compute": "google.cloud.compute.v1",
    "container": "google.container.v1",
    "iam": "google.iam.admin.v1",
    "iap": "google.cloud.iap.v1",
    "servicemanagement": "google.api.servicemanagement.v1",
    "serviceusage": "google.api.serviceusage.v1",
}


class Messages:
    """The readers of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._package = _PACKAGES[document.name.partition(".")[0]]
        self._readers: dict[str, Read] = {}

    def reader(self, name: str) -> Read:
        """The reader of the schema called `name`."""
        if name not in self._readers:
            self._readers[name] = self._read(self._document.schema(name), name)
        return self._readers[name]

    def _read(self, schema: Json, name: str) -> Read:
        if "$ref" in schema:
            return self._later(schema["$ref"])
        kind = schema.get("type")
        if kind == "array":
            return self._list(schema, name)
        if kind == "object":
            is_map = "additionalProperties" in schema
            return self._map(schema, name) if is_map else self._message(schema, name)
        if kind == "any":
            return lambda value, at, notes: value
        return self._scalar(schema, name)

    def _later(self, name: str) -> Read:
        """Messages may contain themselves, and most are never asked for."""

        def read(value: Any, at: str, notes: list[Problem]) -> Any:
            return self.reader(name)(value, at, notes)

        return read

    def _message(self, schema: Json, name: str) -> Read:
        type_ = f"type.googleapis.com/{self._package}.{name}"
        fields = {
            key: (key, snake(key), self._read(field, f"{name}.{key[:1].upper()}{key[1:]}"))
            for key, field in schema.get("properties", {}).items()
        }
        fields |= {field[1]: field for field in list(fields.values())}

        def read(value: Any, at: str, notes: list[Problem]) -> Any:
            if not isinstance(value, dict):
                notes.append(_wrong(value, at, type_))
                return {}
            message: Json = {}
            for key, part in value.items():
                field = fields.get(key)
                if field is None:
                    notes.append(unknown_name(key, at))
                elif part is not None:
                    message[field[0]] = field[2](
                        part, f"{at}.{field[1]}" if at else field[1], notes
                    )
            return message

        return read

    def _map(self, schema: Json, name: str) -> Read:
        each = self._read(schema["additionalProperties"], name)

        def read(value: Any, at: str, notes: list[Problem]) -> Any:
            if not isinstance(value, dict):
                notes.append(_wrong(value, at, f"Map:{name}"))
                return {}
            return {key: each(part, f"{at}[{key}]", notes) for key, part in value.items()}

        return read

    def _list(self, schema: Json, name: str) -> Read:
        each = self._read(schema["items"], name)

        def read(value: Any, at: str, notes: list[Problem]) -> Any:
            # one value stands for a list of one, as everywhere in Google's JSON
            values = value if isinstance(value, list) else [value]
            return [each(part, f"{at}[{place}]", notes) for place, part in enumerate(values)]

        return read

    def _scalar(self, schema: Json, name: str) -> Read:
        names, format_ = schema.get("enum"), schema.get("format", "")
        read_one = enum_reader(names) if names else reader(schema["type"], format_)
        type_ = f"type.googleapis.com/{self._package}.{name}"
        kind = type_ if names else proto_name(schema["type"], format_)

        def read(value: Any, at: str, notes: list[Problem]) -> Any:
            found = read_one(value)
            if found is not WRONG:
                return found
            notes.append(_wrong(value, at, kind))
            return ""

        return read


def _wrong(value: Any, at: str, kind: str) -> Problem:
    if isinstance(value, list):
        place, _, name = at.rpartition(".")
        return not_repeating(name, place)
    if isinstance(value, dict) and not kind.startswith("type."):
        name = next(iter(value), "")
        return unknown_name(name, at)
    return invalid_value(at, kind, value)
