"""Every object of one cluster: in memory for reading, in one SQLite file for a restart."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from app.simulator.kubernetes.objects import Object, metadata_of, with_metadata

Key = tuple[str, str, str]
_LARGE = 64 * 1024
_PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM objects WHERE storage = ? AND namespace = ? AND name = ?"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    storage TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    version INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (storage, namespace, name)
);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Entry:
    """One object in one version: its encoded form, and its metadata and content decoded."""

    __slots__ = ("_content", "_encoded", "api_version", "body", "key", "metadata", "version")

    def __init__(self, key: Key, version: int, body: bytes, content: Object) -> None:
        self.key = key
        self.version = version
        self.body = body
        self.api_version = str(content.get("apiVersion", ""))
        self.metadata = metadata_of(content)
        # A CRD of 400 KB takes ten times that as Python objects: decoded when asked for.
        self._content = content if len(body) < _LARGE else None
        self._encoded: dict[str, bytes] = {}

    @property
    def content(self) -> Object:
        """The object; it must not be changed in place."""
        if self._content is not None:
            return self._content
        decoded: Object = orjson.loads(self.body)
        return decoded

    @property
    def uid(self) -> str:
        """The object's uid."""
        return str(self.metadata.get("uid", ""))

    def encoded(self, form: str, encode: Callable[[Object], Object]) -> bytes:
        """The object's bytes in another form, made once however many ask for it."""
        if form not in self._encoded:
            self._encoded[form] = orjson.dumps(encode(self.content))
        return self._encoded[form]


class Change:
    """One write: the object after it (for a deletion, its last state) and before it."""

    __slots__ = ("entry", "lines", "previous", "type", "version")

    def __init__(self, type_: str, entry: Entry, previous: Entry | None) -> None:
        self.type = type_
        self.entry = entry
        self.previous = previous
        self.version = entry.version
        self.lines: dict[str, bytes] = {}


class Storage:
    """Objects by storage, namespace and name; each write is committed before it is told.

    A commit does not wait for the disk (synchronous=OFF): what the process wrote outlives the
    process, killed or not; only the machine's own crash could lose it.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(_SCHEMA)
        self._objects: dict[str, dict[str, dict[str, Entry]]] = {}
        self._keys_by_uid: dict[str, Key] = {}
        self._dependents: dict[str, set[Key]] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self.version = 1
        self._load()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Have each change told, after it is committed."""
        self._listeners.append(listener)

    def get(self, storage: str, namespace: str, name: str) -> Entry | None:
        """One object."""
        return self._objects.get(storage, {}).get(namespace, {}).get(name)

    def at(self, key: Key) -> Entry | None:
        """One object by its key."""
        return self.get(*key)

    def items(self, storage: str, namespace: str | None = None) -> list[Entry]:
        """The objects of one storage, all or one namespace's, in order of namespace and name."""
        namespaces = self._objects.get(storage, {})
        chosen = sorted(namespaces) if namespace is None else [namespace]
        return [entry for name in chosen for _, entry in sorted(namespaces.get(name, {}).items())]

    def in_namespace(self, namespace: str) -> list[Entry]:
        """Every object in one namespace."""
        return [
            entry
            for namespaces in self._objects.values()
            for entry in namespaces.get(namespace, {}).values()
        ]

    def everything(self) -> Iterator[Entry]:
        """Every object."""
        for namespaces in self._objects.values():
            for names in namespaces.values():
                yield from names.values()

    def exists(self, uid: str) -> bool:
        """Whether an object with this uid is there."""
        return uid in self._keys_by_uid

    def key_of(self, uid: str) -> Key | None:
        """Where the object with this uid is."""
        return self._keys_by_uid.get(uid)

    def dependents(self, uid: str) -> list[Entry]:
        """The objects that name `uid` as an owner."""
        found = (self.at(key) for key in sorted(self._dependents.get(uid, ())))
        return [entry for entry in found if entry is not None]

    def put(self, key: Key, content: Object) -> Entry:
        """Write an object under the next resourceVersion."""
        version = self.version + 1
        content = with_metadata(content, resourceVersion=str(version))
        entry = Entry(key, version, orjson.dumps(content), content)
        self._database.execute(_PUT, (*key, version, entry.body))
        self.version = version
        previous = self.at(key)
        self._place(entry, previous)
        self._tell(Change("MODIFIED" if previous else "ADDED", entry, previous))
        return entry

    def remove(self, entry: Entry) -> Entry:
        """Remove an object; answers its last state, under the deletion's resourceVersion."""
        version = self.version + 1
        content = with_metadata(entry.content, resourceVersion=str(version))
        last = Entry(entry.key, version, orjson.dumps(content), content)
        self._database.execute("BEGIN")
        self._database.execute(_REMOVE, entry.key)
        # What is there says how far the versions are; what is gone cannot.
        self.set_fact("version", version)
        self._database.execute("COMMIT")
        self.version = version
        storage, namespace, name = entry.key
        del self._objects[storage][namespace][name]
        self._forget_links(entry)
        self._tell(Change("DELETED", last, entry))
        return last

    def fact(self, name: str) -> int | None:
        """A number kept with the objects."""
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def set_fact(self, name: str, value: int) -> None:
        """Keep a number with the objects."""
        self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _load(self) -> None:
        rows = self._database.execute("SELECT storage, namespace, name, version, body FROM objects")
        for storage, namespace, name, version, body in rows:
            entry = Entry((storage, namespace, name), version, body, orjson.loads(body))
            self._place(entry, None)
            self.version = max(self.version, version)
        self.version = max(self.version, self.fact("version") or 0)

    def _place(self, entry: Entry, previous: Entry | None) -> None:
        storage, namespace, name = entry.key
        if previous:
            self._forget_links(previous)
        self._objects.setdefault(storage, {}).setdefault(namespace, {})[name] = entry
        self._keys_by_uid[entry.uid] = entry.key
        for owner in entry.metadata.get("ownerReferences") or ():
            self._dependents.setdefault(owner["uid"], set()).add(entry.key)

    def _forget_links(self, entry: Entry) -> None:
        self._keys_by_uid.pop(entry.uid, None)
        for owner in entry.metadata.get("ownerReferences") or ():
            self._dependents.get(owner["uid"], set()).discard(entry.key)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
