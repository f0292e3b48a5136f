"""How long ago something was, as kubectl shows it."""

from datetime import UTC, datetime
from typing import Any

from app.simulator.kubernetes.objects import Object, metadata_of

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# Below a limit: the unit and its seconds, then the smaller unit shown behind it, if any.
_UNITS = (
    (2 * _MINUTE, "s", 1, "", 1),
    (10 * _MINUTE, "m", _MINUTE, "s", 1),
    (3 * _HOUR, "m", _MINUTE, "", 1),
    (8 * _HOUR, "h", _HOUR, "m", _MINUTE),
    (2 * _DAY, "h", _HOUR, "", 1),
    (8 * _DAY, "d", _DAY, "h", _HOUR),
    (730 * _DAY, "d", _DAY, "", 1),
)


def age(moment: Any, until: Any = None) -> str:
    """How long ago (or before `until`): 45s, 5m30s, 3h, 2d4h."""
    if not moment:
        return "<unknown>"
    then = datetime.fromisoformat(str(moment))
    end = datetime.fromisoformat(str(until)) if until else datetime.now(UTC)
    return human_duration(max(int((end - then).total_seconds()), 0))


def age_of(item: Object) -> str:
    """How long ago the object was created."""
    return age(metadata_of(item).get("creationTimestamp"))


def human_duration(seconds: int) -> str:
    """A duration in at most two units, the smaller only while it matters."""
    for limit, unit, size, below, below_size in _UNITS:
        if seconds < limit:
            rest = seconds % size // below_size if below else 0
            return f"{seconds // size}{unit}" + (f"{rest}{below}" if rest else "")
    years, days = divmod(seconds // _DAY, 365)
    return f"{years}y" + (f"{days}d" if days else "")
