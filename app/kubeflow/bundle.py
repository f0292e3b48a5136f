"""A bundle: one release, rendered, its objects sorted by component; and the file it is kept in.

The file is gzip over lines of JSON: first what the bundle is, then one object a line with its
component. The 675 objects of 26.03 are read from it in about 0.15 s.
"""

import gzip
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]
Key = tuple[str, str, str, str]  # API group, kind, namespace, name


@dataclass(frozen=True, slots=True)
class Item:
    """One object and the component that brings it."""

    component: str
    base: bool
    body: Json

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def namespace(self) -> str:
        return str(self.body["metadata"].get("namespace", ""))

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def key(self) -> Key:
        """What identifies the object in a cluster."""
        group = self.body["apiVersion"].rpartition("/")[0]
        return group, self.kind, self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Bundle:
    """All objects of a release in one variant, in the order of the release."""

    version: str
    variant: str
    items: tuple[Item, ...]

    @property
    def defined_kinds(self) -> frozenset[tuple[str, str]]:
        """Group and kind of everything that the bundle's own CRDs define."""
        return frozenset(
            (item.body["spec"]["group"], item.body["spec"]["names"]["kind"])
            for item in self.items
            if item.kind == "CustomResourceDefinition"
        )

    def with_items(self, items: Iterable[Item]) -> "Bundle":
        """The same bundle with other objects."""
        return Bundle(self.version, self.variant, tuple(items))


def write(bundle: Bundle, path: Path) -> None:
    """Keep a bundle; whoever reads meanwhile sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with gzip.open(draft, "wb", compresslevel=6) as file:
        for line in _lines(bundle):
            file.write(orjson.dumps(line) + b"\n")
    draft.replace(path)


def read(path: Path) -> Bundle:
    """Load a bundle; takes a moment: call it in a thread."""
    first, *rest = gzip.decompress(path.read_bytes()).splitlines()
    head = orjson.loads(first)
    return Bundle(
        head["version"],
        head["variant"],
        tuple(Item(**orjson.loads(line)) for line in rest),
    )


def _lines(bundle: Bundle) -> Iterator[Json]:
    yield {"version": bundle.version, "variant": bundle.variant}
    for item in bundle.items:
        yield {"component": item.component, "base": item.base, "body": item.body}
