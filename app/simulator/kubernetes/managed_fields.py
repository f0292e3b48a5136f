"""`metadata.managedFields`: which manager answers for which field of an object."""

from dataclasses import dataclass, field
from typing import Any

from app.simulator.kubernetes.errors import Cause, apply_conflict
from app.simulator.kubernetes.fields import (
    Difference,
    Fields,
    compare,
    difference,
    fields_of,
    intersection,
    paths_of,
    union,
)
from app.simulator.kubernetes.merging import merge, prune
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.schema import Type

_NOT_OWNED = frozenset(
    (
        "name",
        "namespace",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "uid",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
    )
)


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes, how, and through which version and subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """An applier is the same manager in whatever version it applies."""
        version = "" if self.operation == "Apply" else self.api_version
        return (self.name, self.operation, version, self.subresource)

    def __str__(self) -> str:
        subresource = f' with subresource "{self.subresource}"' if self.subresource else ""
        version = f" using {self.api_version}" if self.operation == "Update" else ""
        return f'"{self.name}"{subresource}{version}'


@dataclass(slots=True)
class Managers:
    """An object's managers and their fields."""

    _owned: dict[tuple[str, ...], tuple[Manager, Fields, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, item: Object) -> "Managers":
        """From an object's `metadata.managedFields`."""
        managers = cls()
        for line in metadata_of(item).get("managedFields") or ():
            if not line.get("fieldsV1"):
                continue
            manager = Manager(
                line.get("manager", ""),
                line.get("operation", "Update"),
                line.get("apiVersion", ""),
                line.get("subresource", ""),
            )
            owned = (manager, line["fieldsV1"], line.get("time", ""))
            managers._owned[manager.identity] = owned
        return managers

    def lines(self) -> list[Object]:
        """As `metadata.managedFields` has it: appliers first, then by time."""
        ordered = sorted(
            self._owned.values(), key=lambda owned: (owned[0].operation, owned[2], owned[0].name)
        )
        return [_line(manager, fields, time) for manager, fields, time in ordered]

    def apply(
        self, live: Object, config: Object, type_: Type, manager: Manager, force: bool, time: str
    ) -> Object:
        """Server-side apply of `config`; answers the object as it then is.

        Raises a 409 `ApiError` naming the fields that other managers own, unless `force`.
        """
        before, config = owned_part(live), owned_part(config)
        last = self._fields(manager)
        self._set(manager, fields_of(config, type_), time)
        merged = merge(before, config, type_)
        if last:
            merged = prune(merged, last, self._all_fields(), type_)
        changes = compare(before, merged, type_)
        if not force:
            self._refuse_conflicts(changes, manager)
        self._take_from_others(changes, manager)
        return _with_owned_part(live, merged)

    def update(
        self, before: Object, after: Object, type_: Type, manager: Manager, time: str
    ) -> None:
        """Note a write of any other kind: its manager owns what it changed."""
        changes = compare(_with_place(owned_part(before)), _with_place(owned_part(after)), type_)
        self._take_from_others(changes, manager)
        own = union(self._fields(manager), union(changes.added, changes.modified))
        own = difference(own, changes.removed)
        if own != self._fields(manager):
            self._set(manager, own, time)

    def _refuse_conflicts(self, changes: Difference, manager: Manager) -> None:
        changed = union(changes.added, changes.modified)
        conflicts: list[tuple[Manager, str]] = []
        for other, fields, _ in self._others(manager):
            shared = intersection(fields, changed)
            conflicts += [(other, path) for path in paths_of(shared)] if shared else []
        if conflicts:
            raise apply_conflict(_conflict_message(conflicts), _conflict_causes(conflicts))

    def _take_from_others(self, changes: Difference, manager: Manager) -> None:
        taken = union(union(changes.added, changes.modified), changes.removed)
        if taken is None:
            return
        for other, fields, time in self._others(manager):
            self._set(other, difference(fields, taken), time)

    def _others(self, manager: Manager) -> list[tuple[Manager, Fields, str]]:
        return [o for identity, o in self._owned.items() if identity != manager.identity]

    def _fields(self, manager: Manager) -> Fields | None:
        owned = self._owned.get(manager.identity)
        return owned[1] if owned else None

    def _all_fields(self) -> Fields | None:
        every: Fields | None = None
        for _, fields, _ in self._owned.values():
            every = union(every, fields)
        return every

    def _set(self, manager: Manager, fields: Fields | None, time: str) -> None:
        known = self._owned.get(manager.identity)
        if known and known[1] == fields and known[0] == manager:
            return
        if fields:
            self._owned[manager.identity] = (manager, fields, time)
        else:
            self._owned.pop(manager.identity, None)


def owned_part(item: Object) -> Object:
    """The object without what no manager owns: its type, identity and system fields."""
    metadata = {k: v for k, v in metadata_of(item).items() if k not in _NOT_OWNED}
    rest = {k: v for k, v in item.items() if k not in ("apiVersion", "kind", "metadata")}
    return {"metadata": metadata, **rest} if metadata else rest


def _with_place(owned: Object) -> Object:
    """With metadata, which nobody owns as such."""
    return {"metadata": {}, **owned}


def _with_owned_part(live: Object, owned: Object) -> Object:
    system = {k: v for k, v in metadata_of(live).items() if k in _NOT_OWNED}
    head: Object = {k: live[k] for k in ("apiVersion", "kind") if k in live}
    rest = {k: v for k, v in owned.items() if k != "metadata"}
    return {**head, "metadata": {**system, **owned.get("metadata", {})}, **rest}


def _line(manager: Manager, fields: Fields, time: str) -> Object:
    line: dict[str, Any] = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.api_version,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return {**line, "subresource": manager.subresource} if manager.subresource else line


def _conflict_causes(conflicts: list[tuple[Manager, str]]) -> list[Cause]:
    return [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, path in conflicts
    ]


def _conflict_message(conflicts: list[tuple[Manager, str]]) -> str:
    if len(conflicts) == 1:
        manager, path = conflicts[0]
        return f"Apply failed with 1 conflict: conflict with {manager}: {path}"
    by_manager: dict[str, list[str]] = {}
    for manager, path in conflicts:
        by_manager.setdefault(str(manager), []).append(f"- {path}")
    told = [
        f"conflicts with {name}:\n" + "\n".join(by_manager[name]) for name in sorted(by_manager)
    ]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(told)
