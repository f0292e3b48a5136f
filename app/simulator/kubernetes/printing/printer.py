"""A kind's columns, and what its cells are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.simulator.kubernetes.objects import Object, value_at


@dataclass(frozen=True, slots=True)
class Printer:
    """Column names after Name (a `*` marks those for `-o wide`) and an object's cells."""

    columns: tuple[str, ...]
    cells: Callable[[Object], list[Any]]


def at(item: Object, path: str, default: Any = "") -> Any:
    """The value at a path, or the default."""
    value = value_at(item, path)
    return default if value is None else value


def labels_cell(labels: Object | None) -> str:
    """`a=b,c=d`"""
    return ",".join(f"{name}={value}" for name, value in (labels or {}).items()) or "<none>"
