"""Durable workflows: the only module that knows DBOS.

A workflow goes on after a crash from its last recorded piece of work. DBOS numbers these pieces
in the order in which they are started, so inside one workflow they must always start in the
same order: one after another. Work that goes on side by side is therefore one workflow each
(see `docs/decisions/0002-one-workflow-a-step.md`).
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy.engine import make_url

from app.settings import Settings

APPLICATION = "kubeflow-deploy-portal"
# What runs under one version is resumed by it alone. Change it only when a workflow's recorded
# pieces change, never with a release: the default, a hash of the code, would abandon every run.
APPLICATION_VERSION = "1"
MOST_RECOVERIES = 1_000_000  # a run is given up by its own rules, not by a count of restarts
RECOVERY_POLL = 0.1  # seconds; recovered workflows wait in a queue that is read once a second

Workflow = Callable[..., Coroutine[Any, Any, None]]
Outcome = TypeVar("Outcome")


class Engine:
    """DBOS, configured once a process. Inputs and outcomes are stored in the clear: ids only."""

    def __init__(self, settings: Settings) -> None:
        url = _plain_url(settings.engine_database_url)
        self._dbos = DBOS(
            config=DBOSConfig(
                name=APPLICATION,
                system_database_url=url,
                db_engine_kwargs=_engine_options(url),
                application_version=APPLICATION_VERSION,
                executor_id=settings.executor_id,
                log_level="WARNING",
            )
        )

    def workflow(self, name: str, function: Workflow) -> Workflow:
        """Register `function` as a durable workflow; `name` is how it is found after a crash."""

        @DBOS.workflow(name=name, max_recovery_attempts=MOST_RECOVERIES)
        async def workflow(*arguments: str) -> None:
            await function(*arguments)

        return workflow

    def launch(self) -> None:
        """Begin, on the running loop, and resume what an earlier process left."""
        self._dbos._registry.get_internal_queue()._polling_interval_sec = RECOVERY_POLL
        DBOS.launch()

    async def take_over(self, executor_id: str) -> None:
        """Resume what another executor has left, here or in whichever process is quicker."""
        await asyncio.to_thread(DBOS._recover_pending_workflows, [executor_id])

    def close(self) -> None:
        """Stop at once; what was under way is resumed by the next launch."""
        DBOS.destroy(destroy_registry=True)

    async def start(self, workflow_id: str, workflow: Workflow, *arguments: str) -> None:
        """Start a workflow, once for each id, and do not wait for it."""
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(workflow, *arguments)

    async def recorded(
        self, name: str, work: Callable[..., Coroutine[Any, Any, Outcome]], *arguments: Any
    ) -> Outcome:
        """Do `work` inside a workflow and record its outcome: done once, it is not done again."""
        return await DBOS.run_step_async({"name": name}, work, *arguments)


class SqliteConnection(sqlite3.Connection):
    """A connection on which SQLite can tell milliseconds, as it can by itself from 3.42 on.

    From Python 3.12 on DBOS takes that for granted; Debian 12 has 3.40.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if sqlite3.sqlite_version_info < (3, 42):
            self.create_function("unixepoch", 1, _unix_epoch)


def _unix_epoch(_: str) -> float:
    """Seconds since 1970, to the millisecond."""
    return round(time.time(), 3)


def _engine_options(url: str) -> dict[str, Any]:
    return {"connect_args": {"factory": SqliteConnection}} if url.startswith("sqlite") else {}


def _plain_url(url: str) -> str:
    """DBOS is synchronous: the same database by its synchronous driver."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        return parsed.set(drivername="sqlite").render_as_string(hide_password=False)
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
