"""What differs between two bundles, object by object and field by field."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.kubeflow.bundle import Bundle, Key

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """Objects that only the new bundle has, only the old one, and fields of those in both."""

    added: list[Key] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    changed: dict[Key, list[str]] = field(default_factory=dict)
    new_images: list[str] = field(default_factory=list)
    old_images: list[str] = field(default_factory=list)


def compared(old: Bundle, new: Bundle) -> Difference:
    """What an upgrade from `old` to `new` changes."""
    before = {item.key: item.body for item in old.items}
    after = {item.key: item.body for item in new.items}
    fields = {key: list(_fields(before[key], after[key])) for key in after if key in before}
    images = set(old.contents.images), set(new.contents.images)
    return Difference(
        added=[key for key in after if key not in before],
        removed=[key for key in before if key not in after],
        changed={key: paths for key, paths in fields.items() if paths},
        new_images=sorted(images[1] - images[0]),
        old_images=sorted(images[0] - images[1]),
    )


def _fields(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Paths of what differs, such as `spec.replicas`; lists of unequal length differ as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            place = f"{path}.{key}" if path else key
            yield from _fields(old.get(key, _ABSENT), new.get(key, _ABSENT), place)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _fields(one, other, f"{path}[{number}]")
    elif old != new:
        yield path
