"""Events go after an hour."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.simulator.kubernetes.expiry import remove_old_events
from app.simulator.kubernetes.objects import timestamp
from app.simulator.kubernetes.storage import Storage


def test_an_event_not_seen_for_an_hour_is_removed(tmp_path: Path) -> None:
    objects = Storage(tmp_path / "objects.sqlite")
    now = datetime.now(UTC)
    for name, minutes in (("old", 61), ("recent", 59)):
        seen = timestamp(now - timedelta(minutes=minutes))
        event = {"metadata": {"name": name, "creationTimestamp": seen}, "lastTimestamp": seen}
        objects.put(("/events", "default", name), event)
    remove_old_events(objects, now)
    assert [entry.key[2] for entry in objects.items("/events")] == ["recent"]
    objects.close()
