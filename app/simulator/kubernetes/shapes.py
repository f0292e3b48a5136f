"""The shape of Kubernetes' own kinds: their fields, how these are encoded, and how they merge.

`kinds.json` is printed by tools/control-plane/kinds from the types of a real API server.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.resources import Resource

_FILE = Path(__file__).with_name("kinds.json")
OBJECT_META = "meta/v1.ObjectMeta"


@dataclass(slots=True)
class Field:
    """A field: what it holds, inside which lists and maps (the outermost first).

    `kind` is `string`, `boolean`, `bytes`, `number`, `quantity`, `time`, `microtime`,
    `intorstring`, `any`, an integer's type in Go, or empty where `shape` says it; `either` is that
    shape or something else. `omit` is what is left out: `empty` or `zero` values, or none.
    """

    name: str
    kind: str
    wraps: tuple[str, ...]
    shape: "Shape | None"
    either: bool
    number: int
    pointer: bool
    omit: str
    list_type: str
    keys: tuple[str, ...]
    patch_key: str
    default: Any


@dataclass(slots=True)
class Shape:
    """A type with fields; `parts` are types whose fields stand among its own, by number."""

    name: str
    atomic: bool = False
    fields: dict[str, Field] = field(default_factory=dict)
    parts: dict[int, "Shape"] = field(default_factory=dict)

    @property
    def go_name(self) -> str:
        """The type's name in Go, without its package."""
        return self.name.rpartition(".")[2]

    @property
    def go_type(self) -> str:
        """The type in Go, as its decoder shows it: `v1.Container`."""
        return self.name.rpartition("/")[2]


def shape_of(resource: Resource) -> Shape | None:
    """The shape of a built-in resource's objects."""
    return None if resource.custom else shape_of_kind(resource.api_version, resource.kind)


def shape_of_kind(api_version: str, kind: str) -> Shape | None:
    """The shape of a kind in one version, or None if it is not one of Kubernetes' own."""
    name = _document()["kinds"].get(f"{api_version}/{kind}")
    return shape(name) if name else None


@cache
def shape(name: str) -> Shape:
    """A type by its name."""
    made = Shape(name)
    _SHAPES[name] = made
    document = _document()["types"][name]
    made.atomic = document.get("atomic", False)
    for described in document["fields"] or ():
        _add(made, described)
    return made


# A type may be made of itself: it is found here while it is read.
_SHAPES: dict[str, Shape] = {}


@cache
def _document() -> Object:
    document: Object = orjson.loads(_FILE.read_bytes())
    return document


def _add(made: Shape, described: Object) -> None:
    *wraps, kind = described["type"].split(":")
    either = "either" in wraps
    inner = _named(kind) if "." in kind else None
    if "name" not in described and inner is not None:
        made.parts[described.get("number", 0)] = inner
        made.fields.update(inner.fields)
        return
    made.fields[described["name"]] = Field(
        name=described["name"],
        kind="" if inner else kind,
        wraps=tuple(wrap for wrap in wraps if wrap != "either"),
        shape=inner,
        either=either,
        number=described.get("number", 0),
        pointer=described.get("pointer", False),
        omit=described.get("omit", ""),
        list_type=described.get("list", ""),
        keys=tuple(described.get("keys", ())),
        patch_key=described.get("patch", ""),
        default=described.get("default"),
    )


def _named(name: str) -> Shape:
    return _SHAPES.get(name) or shape(name)
