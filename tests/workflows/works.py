"""Steps to carry out in place of a cloud's, named for how they behave."""

import asyncio
from dataclasses import dataclass, field

from app.domain.plan import StepName
from app.errors import Permanent, SignInAgain, Transient
from app.steps.context import StepContext, StepWork


@dataclass
class Diary:
    """What the steps did, in order."""

    lines: list[str] = field(default_factory=list)

    @property
    def ended(self) -> list[StepName]:
        return [StepName(line.split()[1]) for line in self.lines if line.startswith("ended")]


def all_quick(diary: Diary) -> dict[StepName, StepWork]:
    """Every step does its work in a moment."""
    return dict.fromkeys(StepName, quick(diary))


def quick(diary: Diary) -> StepWork:
    async def work(context: StepContext) -> None:
        diary.lines.append(f"began {context.step}")
        await asyncio.sleep(0.01)
        diary.lines.append(f"ended {context.step}")

    return work


def refused(cause: str) -> StepWork:
    """The cloud says no, and will say no again."""

    async def work(context: StepContext) -> None:
        raise Permanent(cause, hint="Ask for more.", link="https://example.com/quota")

    return work


def refused_at_first(times: int) -> StepWork:
    """The cloud is busy, and then it is not."""
    tries: dict[StepName, int] = {}

    async def work(context: StepContext) -> None:
        tries[context.step] = tries.get(context.step, 0) + 1
        if tries[context.step] <= times:
            raise Transient(f"busy, try {tries[context.step]}.")

    return work


def never_ending(diary: Diary, reached: asyncio.Event) -> StepWork:
    """The cloud takes its time, longer than anybody waits."""

    async def work(context: StepContext) -> None:
        reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            diary.lines.append(f"interrupted {context.step}")

    return work


def broken() -> StepWork:
    """A defect of the portal's own."""

    async def work(context: StepContext) -> None:
        raise ZeroDivisionError("division by zero")

    return work


def signed_out() -> StepWork:
    """The owner's grant was withdrawn in the middle."""

    async def work(context: StepContext) -> None:
        raise SignInAgain

    return work
