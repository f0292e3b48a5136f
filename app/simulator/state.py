"""The simulator's documents: held in memory, kept in one SQLite file.

Reads never touch the disk. Writes made inside one `change()` reach the file in a single
transaction when it ends, and vanish from memory too if it raises, so neither a crash nor a
refusal leaves anything half written.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

Document = dict[str, Any]
_Address = tuple[str, str]

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS documents"
    " (collection TEXT, key TEXT, body BLOB NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID"
)


class State:
    """Documents by collection and key; for the one thread that opened it."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_SCHEMA)
        self._documents: dict[str, dict[str, bytes]] = {}
        self._before: dict[_Address, bytes | None] | None = None
        for collection, key, body in self._database.execute("SELECT * FROM documents"):
            self._documents.setdefault(collection, {})[key] = body

    def get(self, collection: str, key: str) -> Document | None:
        """A copy of the document, or None."""
        body = self._documents.get(collection, {}).get(key)
        return None if body is None else orjson.loads(body)

    def items(self, collection: str, prefix: str = "") -> list[tuple[str, Document]]:
        """Copies of all documents whose key begins with `prefix`, in order of their keys."""
        documents = self._documents.get(collection, {})
        return [
            (key, orjson.loads(documents[key]))
            for key in sorted(documents)
            if key.startswith(prefix)
        ]

    def put(self, collection: str, key: str, document: Document) -> None:
        """Write the document, in a change of its own if none is open."""
        self._write(collection, key, orjson.dumps(document))

    def delete(self, collection: str, key: str) -> None:
        """Remove the document; one that is not there is no error."""
        self._write(collection, key, None)

    @contextmanager
    def change(self) -> Iterator[None]:
        """All writes inside become one transaction; a nested change is part of the outer one."""
        if self._before is not None:
            yield
            return
        self._before = {}
        try:
            yield
            self._commit(self._before)
        except BaseException:
            for address, body in self._before.items():
                self._remember(address, body)
            raise
        finally:
            self._before = None

    def close(self) -> None:
        """Close the file; the state is complete in it."""
        self._database.close()

    def _write(self, collection: str, key: str, body: bytes | None) -> None:
        with self.change():
            assert self._before is not None
            address = (collection, key)
            self._before.setdefault(address, self._documents.get(collection, {}).get(key))
            self._remember(address, body)

    def _remember(self, address: _Address, body: bytes | None) -> None:
        collection, key = address
        documents = self._documents.setdefault(collection, {})
        if body is None:
            documents.pop(key, None)
        else:
            documents[key] = body

    def _commit(self, addresses: dict[_Address, bytes | None]) -> None:
        if not addresses:
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for collection, key in addresses:
                self._store(collection, key, self._documents[collection].get(key))
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise

    def _store(self, collection: str, key: str, body: bytes | None) -> None:
        if body is None:
            self._database.execute(
                "DELETE FROM documents WHERE collection = ? AND key = ?",
                (collection, key),
            )
        else:
            self._database.execute(
                "INSERT INTO documents VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET body = excluded.body",
                (collection, key, body),
            )
