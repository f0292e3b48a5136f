"""A bundle: one release, rendered, its objects sorted by component; and the file it is kept in.

The file is gzip over lines of JSON: first what is in the bundle (`Contents`), then a list of all
objects by name, then one object a line, in the order in which they are installed. Each line is
packed by itself, so that any object can be unpacked without the others: a bundle that was read
holds the packed file, and each object only while somebody looks at it.
"""

import dataclasses
import functools
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.kubeflow.components import Component

Json = dict[str, Any]
Key = tuple[str, str, str, str]  # API group, kind, namespace, name
Kind = tuple[str, str]  # apiVersion, kind
FORMAT = 3  # of the file; another one is made anew
_NAMES = ("name", "namespace")
_GZIP = zlib.MAX_WBITS | 16  # as zlib calls it
_PIECE = 2**16  # bytes


class Unreadable(ValueError):
    """A file that is no bundle, or not all of one."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One object and the component that brings it, by its id.

    `head` is the object without all but what identifies it: `apiVersion`, `kind`, and in `metadata`
    its name and its namespace, if it has one. `load` makes the whole of it, each time anew for what
    is not in memory. `serves` are the kinds, as apiVersion and kind, that a CRD has served.
    """

    component: str
    base: bool
    head: Json
    load: Callable[[], Json] = dataclasses.field(repr=False)  # it may hold the bundle's whole file
    serves: tuple[Kind, ...] = ()

    @classmethod
    def of(cls, component: str, base: bool, body: Json) -> "Item":
        """An item that holds its object in memory."""
        return cls(component, base, _head_of(body), lambda: body, tuple(_served(body)))

    @property
    def body(self) -> Json:
        """The whole object; not to be changed."""
        return self.load()

    @property
    def kind(self) -> str:
        return str(self.head["kind"])

    @property
    def namespace(self) -> str:
        return str(self.head["metadata"].get("namespace", ""))

    @property
    def name(self) -> str:
        return str(self.head["metadata"]["name"])

    @property
    def key(self) -> Key:
        """What identifies the object in a cluster."""
        return key_of(self.head)

    def with_body(self, body: Json) -> "Item":
        """The same place in the bundle for another object, held in memory."""
        return Item.of(self.component, self.base, body)

    def changed(self, change: Callable[[Json], Json]) -> "Item":
        """The same object, changed by `change` whenever it is loaded; its head stays as it is."""
        load = self.load
        return dataclasses.replace(self, load=lambda: change(load()))

    def __eq__(self, other: object) -> bool:
        """Whether both are the same object in the same place, wherever they are kept."""
        return isinstance(other, Item) and (self.component, self.base, self.body) == (
            other.component,
            other.base,
            other.body,
        )

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle says of itself.

    `source` names what it was made from; `images` is everything that its Pods run; `storage_gib`
    the sum of its claims; `groups` the API groups that its CRDs define; `kinds` how many objects of
    each kind there are; `ready` the workloads, as kind, namespace and name, that must be ready
    before a component is; `digest` the SHA-256 of the lines of its objects.
    """

    components: tuple[Component, ...] = ()
    source: str = ""
    images: tuple[str, ...] = ()
    storage_gib: float = 0.0
    groups: tuple[str, ...] = ()
    kinds: dict[str, int] = dataclasses.field(default_factory=dict)
    ready: dict[str, list[list[str]]] = dataclasses.field(default_factory=dict)
    digest: str = ""

    @property
    def objects(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Bundle:
    """All objects of a release in one variant, in the order in which they are installed."""

    version: str
    variant: str
    items: tuple[Item, ...]
    contents: Contents = dataclasses.field(default_factory=Contents, compare=False)

    @property
    def defined_kinds(self) -> frozenset[tuple[str, str]]:
        """Group and kind of everything that the bundle's own CRDs define."""
        return frozenset(
            (api_version.rpartition("/")[0], kind)
            for item in self.items
            for api_version, kind in item.serves
        )

    def title_of(self, component: str) -> str:
        """What people call a component."""
        titles = {each.id: each.title for each in self.contents.components}
        return titles.get(component, component)

    def with_items(self, items: Iterable[Item]) -> "Bundle":
        """The same bundle with other objects."""
        return dataclasses.replace(self, items=tuple(items))

    def loaded(self) -> "Bundle":
        """The same bundle with all objects in memory, for who looks at them again and again."""
        return self.with_items(item.with_body(item.body) for item in self.items)


def key_of(head: Json) -> Key:
    """What identifies an object in a cluster, from the object or from no more of it than that."""
    metadata = head["metadata"]
    group = head["apiVersion"].rpartition("/")[0]
    return group, str(head["kind"]), str(metadata.get("namespace", "")), str(metadata["name"])


def write(bundle: Bundle, path: Path) -> None:
    """Keep a bundle; whoever reads meanwhile sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    digest = hashlib.sha256()
    entries, objects = [], []
    for item in bundle.items:
        line = orjson.dumps(item.body) + b"\n"
        digest.update(line)
        objects.append(_packed(line))
        entries.append(_entry(item, len(objects[-1])))
    contents = dataclasses.replace(bundle.contents, digest=digest.hexdigest())
    head = [_packed(_first_line(bundle, contents)), _packed(orjson.dumps(entries) + b"\n")]
    draft.write_bytes(b"".join([*head, *objects]))
    draft.replace(path)


def read(path: Path) -> Bundle:
    """Open a bundle; takes a moment: call it in a thread. Raises `Unreadable`.

    All of the file has been checked then, and none of its objects is in memory but packed.
    """
    try:
        file = path.read_bytes()
        first, place = _line_at(file, 0)
        version, variant, contents = _parsed_head(first, path)
        entries, place = _line_at(file, place)
        items = tuple(_items(file, place, orjson.loads(entries)))
        digest = _digest(file, place)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path} is no bundle: {error}") from error
    if digest != contents.digest:
        raise Unreadable(f"{path} is damaged: its objects are not those that were written")
    return Bundle(version, variant, items, contents)


def read_head(path: Path) -> Bundle:
    """A bundle without its objects: what it says of itself. Raises `Unreadable`."""
    try:
        with gzip.open(path, "rb") as file:
            first = file.readline()
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path} is no bundle: {error}") from error
    version, variant, contents = _parsed_head(first, path)
    return Bundle(version, variant, (), contents)


def _first_line(bundle: Bundle, contents: Contents) -> bytes:
    head = {
        "format": FORMAT,
        "version": bundle.version,
        "variant": bundle.variant,
        **dataclasses.asdict(contents),
    }
    return orjson.dumps(head) + b"\n"


def _entry(item: Item, length: int) -> Json:
    """What the list of a bundle's objects says of one; `length` is that of its packed line."""
    return {
        "component": item.component,
        "base": item.base,
        "head": item.head,
        "serves": item.serves,
        "length": length,
    }


def _items(file: bytes, place: int, entries: list[Json]) -> Iterator[Item]:
    for entry in entries:
        serves = tuple((api_version, kind) for api_version, kind in entry["serves"])
        load = functools.partial(_object_at, file, place, place + entry["length"])
        yield Item(entry["component"], entry["base"], entry["head"], load, serves)
        place += entry["length"]


def _object_at(file: bytes, begin: int, end: int) -> Json:
    body: Json = orjson.loads(zlib.decompress(memoryview(file)[begin:end], _GZIP))
    return body


def _packed(line: bytes) -> bytes:
    return gzip.compress(line, 9, mtime=0)


def _line_at(file: bytes, place: int) -> tuple[bytes, int]:
    """The packed line that begins there, and where the next one does."""
    unpacker = zlib.decompressobj(_GZIP)
    line = unpacker.decompress(memoryview(file)[place:])
    if not unpacker.eof:
        raise EOFError("it ends too early")
    return line, len(file) - len(unpacker.unused_data)


def _digest(file: bytes, place: int) -> str:
    """Of all objects' lines, unpacked piece by piece."""
    digest = hashlib.sha256()
    packed = io.BytesIO(file)
    packed.seek(place)
    with gzip.GzipFile(fileobj=packed) as lines:
        while piece := lines.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _parsed_head(line: bytes, path: Path) -> tuple[str, str, Contents]:
    try:
        head: Json = orjson.loads(line.partition(b"\n")[0])  # earlier formats packed all in one
    except ValueError as error:
        raise Unreadable(f"{path} is no bundle: {error}") from error
    if head.pop("format", None) != FORMAT:
        raise Unreadable(f"{path} was made by another version of the portal: build it again")
    version, variant = head.pop("version"), head.pop("variant")
    return version, variant, Contents(**_restored(head))


def _restored(head: Json) -> Json:
    """Tuples, for which JSON has no word."""
    components = tuple(Component(**_tupled(entry)) for entry in head["components"])
    return {**_tupled(head), "components": components}


def _tupled(entry: Json) -> Json:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


def _head_of(body: Json) -> Json:
    metadata = {key: body["metadata"][key] for key in _NAMES if body["metadata"].get(key)}
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata}


def _served(body: Json) -> Iterator[Kind]:
    if body["kind"] == "CustomResourceDefinition":
        spec = body["spec"]
        for version in spec["versions"]:
            if version.get("served", True):
                yield f"{spec['group']}/{version['name']}", spec["names"]["kind"]
