"""The workflow engine on whatever SQLite a Python comes with."""

import sqlite3
import time

from app.workflows.engine import SqliteConnection


def test_the_engines_tables_take_the_time_in_milliseconds_whatever_the_sqlite() -> None:
    before = time.time() * 1000
    connection = sqlite3.connect(":memory:", factory=SqliteConnection)
    connection.execute(
        "CREATE TABLE t (id TEXT, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"
    )
    connection.execute("INSERT INTO t (id) VALUES ('a')")
    (moment,) = connection.execute("SELECT at FROM t").fetchone()
    assert before - 1 <= moment <= time.time() * 1000 + 1
    connection.close()
