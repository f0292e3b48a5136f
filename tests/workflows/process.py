"""A process that carries out a run, to be killed: `python -m tests.workflows.process DIR`."""

import asyncio
import sys
from pathlib import Path

from app.domain.plan import StepName
from app.settings import Settings
from app.steps.context import StepContext
from app.store import changes
from tests.workflows.conftest import Portal


async def main(folder: Path, database_url: str) -> None:
    settings = Settings(data_dir=folder, database_url=database_url, clock_speed=1000)

    async def work(context: StepContext) -> None:
        _note(folder, "began", context.step)
        await asyncio.sleep(0.1)
        await context.say("Half of it is done.")
        await asyncio.sleep(0.1)
        _note(folder, "ended", context.step)

    async with (
        Portal(settings, dict.fromkeys(StepName, work)) as portal,
        changes.following(portal.database) as followed,
    ):
        while True:
            seen = followed.count
            await portal.runs.take_up()
            await followed.wait(seen, timeout=60)


def _note(folder: Path, what: str, step: StepName) -> None:
    """One line, appended at once: what was done outlives the process."""
    with (folder / "diary").open("a") as diary:
        diary.write(f"{what} {step}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
