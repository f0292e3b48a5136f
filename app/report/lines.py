"""The answer to "will it work?": one line for each check."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.errors import Message


class State(StrEnum):
    """How a check ended; what is blocking keeps a deployment from being made."""

    PASSED = "passed"
    WARNING = "warning"
    BLOCKING = "blocking"


@dataclass(frozen=True, slots=True)
class Line:
    """One check: what it found, Google's own words, and what to do.

    `commands` are for an administrator to run as they are, `copy` is something to take along,
    `link` leads into Google's console. `waits_for` is the API that must be enabled before the
    check can be made. `unanswered` says that Google could not be asked.
    """

    check: str
    title: Message
    state: State
    text: Message
    said: str = ""
    hint: Message | None = None
    commands: tuple[str, ...] = ()
    link: str = ""
    copy: str = ""
    waits_for: str = ""
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All lines, in the order in which a reader needs them."""

    lines: Sequence[Line] = ()

    @property
    def blocking(self) -> list[Line]:
        """What must be put right first."""
        return [line for line in self.lines if line.state == State.BLOCKING]

    @property
    def warnings(self) -> list[Line]:
        """What is worth knowing."""
        return [line for line in self.lines if line.state == State.WARNING]

    @property
    def passed(self) -> list[Line]:
        """What is as it must be."""
        return [line for line in self.lines if line.state == State.PASSED]

    @property
    def unanswered(self) -> list[Line]:
        """What Google could not be asked."""
        return [line for line in self.lines if line.unanswered]

    @property
    def state(self) -> State:
        """The worst of all lines."""
        if self.blocking:
            return State.BLOCKING
        return State.WARNING if self.warnings else State.PASSED


def passed(check: str, title: Message, text: Message, hint: Message | None = None) -> Line:
    """A check that found everything as it must be."""
    return Line(check, title, State.PASSED, text, hint=hint)
