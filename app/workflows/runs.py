"""Runs of every kind: taken up, each by one worker, and stopped when their owners say so."""

from collections.abc import Mapping, Sequence

from app.domain.plan import StepName
from app.domain.status import RunKind, RunState
from app.settings import Settings
from app.steps.context import StepWork
from app.store import runs
from app.store.database import Database
from app.store.tables import Run
from app.workflows.board import Board
from app.workflows.engine import Engine
from app.workflows.provision import Provisioner
from app.workflows.runner import Runner
from app.workflows.teardown import Remover

Works = Mapping[StepName, StepWork]


class Runs:
    """What one executor has to do with runs; made before the engine is launched."""

    def __init__(
        self, settings: Settings, database: Database, engine: Engine, works: Works, removals: Works
    ) -> None:
        board = Board(database)
        maker = Provisioner(settings, database, engine, board, works)
        remover = Remover(settings, database, engine, board, removals)
        self._settings = settings
        self._database = database
        self._runners: dict[RunKind, Runner] = {
            RunKind.PROVISION: maker,
            RunKind.RETRY: maker,
            RunKind.ENDPOINT: maker,
            RunKind.TEARDOWN: remover,
        }
        self._started: set[str] = set()

    async def take_up(self) -> None:
        """Claim what was asked for, begin what is claimed, and stop what is to end.

        What was claimed and not begun when a worker died is begun by the next one of its name.
        """
        async with self._database.read() as session:
            unfinished = await runs.unfinished(session)
        if room := self._room(unfinished):
            async with self._database.write() as tx:
                await runs.claim(tx, self._settings.executor_id, room)
            async with self._database.read() as session:
                unfinished = await runs.unfinished(session)
        self._started &= {run.id for run in unfinished}
        for run in unfinished:
            await self._attend_to(run)

    def _room(self, unfinished: Sequence[Run]) -> int:
        """How many runs may be claimed now; 0 if nothing is asked for that could begin."""
        mine = sum(run.executor_id == self._settings.executor_id for run in unfinished)
        busy = {run.deployment_id for run in unfinished if run.state in runs.UNDER_WAY}
        if all(run.deployment_id in busy for run in unfinished):
            return 0
        return max(0, self._settings.runs_at_once - mine)

    async def _attend_to(self, run: Run) -> None:
        """Begin what is ours; stop whatever is to end, as steps may be resumed by any worker."""
        runner = self._runners[run.kind]
        mine = run.executor_id == self._settings.executor_id
        if mine and run.state != RunState.RUNNING and run.id not in self._started:
            await runner.start(run.id, run.deployment_id)
            self._started.add(run.id)
        if run.state == RunState.STOPPING:
            runner.stop(run.id)
