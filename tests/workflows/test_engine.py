"""The workflow engine on whatever SQLite a Python comes with."""

import sqlite3
import time

from dbos import DBOS

from app.settings import Settings
from app.workflows.engine import SqliteConnection
from tests.workflows import works
from tests.workflows.conftest import OpenPortal


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


async def test_what_is_resumed_is_told_by_a_version_and_a_name_that_are_set(
    open_portal: OpenPortal, settings: Settings
) -> None:
    """By default both change with the code and the process, and nothing would be resumed."""
    await open_portal(works.all_quick(works.Diary()))
    assert (DBOS.application_version, DBOS.executor_id) == ("1", settings.executor_id)
