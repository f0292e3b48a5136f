"""Why a form that somebody has sent comes back to them, where no field of it is wrong."""

from app.errors import Message

STALE = Message("This form was opened in an earlier session. Check it and press the button again.")
UNWORKABLE = Message("Nothing was started, for it would not work: “Will it work?” says why.")


def unreachable(words: str) -> Message:
    """Google has not answered; `words` are its own or the network's."""
    return Message(
        "Google could not be asked about the project, so nothing was started. "
        "Try again in a moment. What was said: %(words)s",
        words=words,
    )
