"""What can go wrong, as one tree.

    PortalError
    ├── UserError            the person at the browser can mend it: a 4xx page
    │   ├── InvalidInput     with the message for each field
    │   ├── NotFound
    │   ├── NotAllowed
    │   └── Conflict
    ├── StepError            a step of a plan could not be carried out
    │   ├── Transient        worth another try
    │   └── Permanent        another try changes nothing
    └── SignInAgain          the owner's grant no longer works

Nothing here knows HTTP or a cloud; `app.web` and `app.google` translate.
"""

from collections.abc import Mapping


class PortalError(Exception):
    """Root of everything the portal raises on purpose."""


class UserError(PortalError):
    """Something the user can put right; its text is shown as it is."""


class InvalidInput(UserError):
    """Input that was refused; `fields` maps a field's name to a message with its values."""

    def __init__(self, fields: Mapping[str, "Message"]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = dict(fields)


class NotFound(UserError):
    """No such thing, or none that this user may know of."""


class NotAllowed(UserError):
    """The user may not do this."""


class Conflict(UserError):
    """What was asked for clashes with what is there."""


class StepError(PortalError):
    """A step failed: `cause` in the cloud's own words, `hint` says what to do about it."""

    def __init__(self, cause: str, *, hint: str = "", link: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.hint = hint
        self.link = link


class Transient(StepError):
    """May pass by itself; `retry_after` in seconds where the cloud named one."""

    def __init__(
        self,
        cause: str,
        *,
        hint: str = "",
        link: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(cause, hint=hint, link=link)
        self.retry_after = retry_after


class Permanent(StepError):
    """Will not pass by itself."""


class SignInAgain(PortalError):
    """The owner's grant has expired or was revoked; only signing in again helps."""


class Message:
    """A text to be translated: an English template and the values that belong in it."""

    __slots__ = ("template", "values")

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template

    def __repr__(self) -> str:
        return f"Message({self.template!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))
