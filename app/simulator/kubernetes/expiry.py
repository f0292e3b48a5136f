"""Events are kept for an hour."""

import asyncio
from datetime import UTC, datetime, timedelta

from app.simulator.kubernetes.objects import value_at
from app.simulator.kubernetes.storage import Entry, Storage

_EVENTS = "/events"
_KEPT = timedelta(hours=1)
_INTERVAL_SECONDS = 60.0


async def expire_events(objects: Storage) -> None:
    """Remove old events from time to time, until cancelled."""
    while True:
        remove_old_events(objects, datetime.now(UTC))
        await asyncio.sleep(_INTERVAL_SECONDS)


def remove_old_events(objects: Storage, now: datetime) -> None:
    """Remove the events that were last seen more than an hour ago."""
    for entry in objects.items(_EVENTS):
        if now - _last_seen(entry) > _KEPT:
            objects.remove(entry)


def _last_seen(entry: Entry) -> datetime:
    event = entry.content
    told = event.get("lastTimestamp") or value_at(event, "series.lastObservedTime")
    return datetime.fromisoformat(str(told or entry.metadata["creationTimestamp"]))
