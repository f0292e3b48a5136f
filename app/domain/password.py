"""Whether a password is good enough for an endpoint on the public internet."""

from collections.abc import Sequence

from app.errors import Message

SHORTEST = 10
LONGEST = 72  # bcrypt, with which dex keeps it, reads no further


def weakness(password: str, known: Sequence[str]) -> Message | None:
    """What is wrong with `password`, if anything; `known` are words an attacker would try."""
    if len(password) < SHORTEST:
        return Message("Use at least %(shortest)s characters.", shortest=SHORTEST)
    if len(password.encode()) > LONGEST:
        return Message("Use at most %(longest)s bytes.", longest=LONGEST)
    if _strength(password, known) < 3:
        return Message(
            "This could be guessed. Use several unrelated words, or a password manager's."
        )
    return None


def _strength(password: str, known: Sequence[str]) -> int:
    """From 0 (guessed at once) to 4, by zxcvbn; its dictionaries take time to load, so late."""
    from zxcvbn import zxcvbn

    return int(zxcvbn(password, user_inputs=[word for word in known if word])["score"])
