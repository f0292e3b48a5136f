"""What the server does after a deletion: dependents, owners in waiting, namespaces, CRDs."""

import asyncio
import logging

from app.simulator.kubernetes import crds
from app.simulator.kubernetes.deletion import FOREGROUND, ORPHAN, DeleteOptions, Deleter
from app.simulator.kubernetes.errors import ApiError
from app.simulator.kubernetes.namespaces import with_remaining
from app.simulator.kubernetes.objects import Object, value_at, with_metadata, with_value
from app.simulator.kubernetes.resources import Registry
from app.simulator.kubernetes.storage import Change, Entry, Key, Storage
from app.simulator.kubernetes.writer import Writer

_log = logging.getLogger(__name__)
_NAMESPACES = "/namespaces"


class Collector:
    """Garbage collection by owner references, and the emptying of namespaces and CRDs.

    Each piece of work is a key whose object is looked at afresh, so that a repeated or late
    look does no harm and a restart begins by looking at everything.
    """

    def __init__(
        self, objects: Storage, registry: Registry, writer: Writer, deleter: Deleter
    ) -> None:
        self._objects = objects
        self._registry = registry
        self._writer = writer
        self._deleter = deleter
        self._waiting: dict[Key, None] = {}
        self._arrival = asyncio.Event()
        objects.listen(self._notice)

    async def run(self) -> None:
        """Work until cancelled."""
        for entry in list(self._objects.everything()):
            if self._concerns(entry):
                self._enqueue(entry.key)
        while True:
            await self._arrival.wait()
            while self._waiting:
                key = next(iter(self._waiting))
                del self._waiting[key]
                try:
                    self._look_at(key)
                except ApiError:
                    _log.exception("%s was not collected", key)
                await asyncio.sleep(0)
            self._arrival.clear()

    def _enqueue(self, key: Key) -> None:
        self._waiting[key] = None
        self._arrival.set()

    def _notice(self, change: Change) -> None:
        storage, namespace, _ = change.entry.key
        if change.type != "DELETED":
            if self._concerns(change.entry):
                self._enqueue(change.entry.key)
            return
        for dependent in self._objects.dependents(change.entry.uid):
            self._enqueue(dependent.key)
        for owner in change.entry.metadata.get("ownerReferences") or ():
            key = self._objects.key_of(owner["uid"])
            if key:
                self._enqueue(key)
        if namespace:
            self._enqueue((_NAMESPACES, "", namespace))
        group, _, plural = storage.partition("/")
        self._enqueue((crds.CRD_STORAGE, "", f"{plural}.{group}"))

    def _concerns(self, entry: Entry) -> bool:
        if entry.metadata.get("deletionTimestamp"):
            return True
        owners = entry.metadata.get("ownerReferences") or ()
        return any(not self._objects.exists(owner["uid"]) for owner in owners)

    def _look_at(self, key: Key) -> None:
        entry = self._objects.at(key)
        if entry is None:
            return
        finalizers = entry.metadata.get("finalizers") or ()
        if not entry.metadata.get("deletionTimestamp"):
            self._collect(entry)
        elif ORPHAN in finalizers:
            self._orphan_dependents(entry)
        elif FOREGROUND in finalizers:
            self._delete_dependents(entry)
        elif key[0] == _NAMESPACES:
            self._empty_namespace(entry)
        elif key[0] == crds.CRD_STORAGE and crds.CLEANUP in finalizers:
            self._empty_definition(entry)

    def _collect(self, entry: Entry) -> None:
        """Delete an object all of whose owners are gone; forget those that are."""
        owners = entry.metadata.get("ownerReferences") or []
        left = [owner for owner in owners if self._objects.exists(owner["uid"])]
        if owners and not left:
            self._delete(entry)
        elif len(left) < len(owners):
            content = with_metadata(entry.content, ownerReferences=left)
            self._writer.replace_metadata(entry, content)

    def _orphan_dependents(self, owner: Entry) -> None:
        for entry in self._objects.dependents(owner.uid):
            owners = entry.metadata["ownerReferences"]
            left = [reference for reference in owners if reference["uid"] != owner.uid]
            content = with_metadata(entry.content, ownerReferences=left or None)
            self._writer.replace_metadata(entry, content)
        self._drop_finalizer(owner, ORPHAN)

    def _delete_dependents(self, owner: Entry) -> None:
        for entry in self._objects.dependents(owner.uid):
            if not entry.metadata.get("deletionTimestamp"):
                has_own = bool(self._objects.dependents(entry.uid))
                self._delete(entry, "Foreground" if has_own else "Background")
        if not any(_blocks(entry, owner) for entry in self._objects.dependents(owner.uid)):
            self._drop_finalizer(owner, FOREGROUND)

    def _empty_namespace(self, namespace: Entry) -> None:
        for entry in self._objects.in_namespace(namespace.key[2]):
            if not entry.metadata.get("deletionTimestamp"):
                self._delete(entry)
        remaining = self._objects.in_namespace(namespace.key[2])
        if remaining:
            told = with_remaining(namespace.content, remaining)
            self._writer.replace_metadata(namespace, told)
            return
        if value_at(namespace.content, "spec.finalizers"):
            content = with_value(namespace.content, ["spec", "finalizers"], None)
            self._writer.replace_metadata(namespace, content)

    def _empty_definition(self, definition: Entry) -> None:
        plural, _, group = definition.key[2].partition(".")
        storage = f"{group}/{plural}"
        for entry in self._objects.items(storage):
            if not entry.metadata.get("deletionTimestamp"):
                self._delete(entry)
        if not self._objects.items(storage):
            self._drop_finalizer(definition, crds.CLEANUP)

    def _delete(self, entry: Entry, propagation: str = "Background") -> None:
        resource = self._registry.of_storage(entry.key[0])
        if resource:
            self._deleter.delete(resource, entry, DeleteOptions(propagation, uid=entry.uid))

    def _drop_finalizer(self, entry: Entry, finalizer: str) -> None:
        current = self._objects.at(entry.key)
        if current is None or current.uid != entry.uid:
            return
        left = [name for name in current.metadata.get("finalizers") or () if name != finalizer]
        content: Object = with_metadata(current.content, finalizers=left or None)
        self._writer.replace_metadata(current, content)


def _blocks(dependent: Entry, owner: Entry) -> bool:
    return any(
        reference["uid"] == owner.uid and reference.get("blockOwnerDeletion")
        for reference in dependent.metadata.get("ownerReferences") or ()
    )
