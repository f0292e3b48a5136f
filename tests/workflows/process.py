"""A worker to be killed: `python -m tests.workflows.process DIR DATABASE EXECUTOR [LEASE]`."""

import asyncio
import sys
from pathlib import Path

from app.domain.plan import StepName
from app.settings import Settings
from app.steps.context import StepContext
from app.store import changes
from tests.workflows.conftest import Portal


async def main(folder: Path, database_url: str, executor_id: str, lease: str = "60") -> None:
    settings = Settings(
        data_dir=folder,
        database_url=database_url,
        executor_id=executor_id,
        clock_speed=1000,
        oauth_client_id="client",
    )

    async def work(context: StepContext) -> None:
        _note(folder, "began", context)
        await asyncio.sleep(0.1)
        await context.say("Half of it is done.")
        await asyncio.sleep(0.1)
        _note(folder, "ended", context)

    async with (
        Portal(settings, dict.fromkeys(StepName, work), lease=float(lease)) as portal,
        changes.following(portal.database) as followed,
    ):
        beating = asyncio.create_task(portal.heartbeat.go_on())
        while not beating.done():
            seen = followed.count
            await portal.runs.take_up()
            await followed.wait(seen, timeout=60)


def _note(folder: Path, what: str, context: StepContext) -> None:
    """One line, appended at once: what was done outlives the process."""
    with (folder / "diary").open("a") as diary:
        diary.write(f"{what} {context.step} {context.run_id} {context.settings.executor_id}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
