"""Deleting: preconditions, finalizers, propagation, and a Pod's time to end."""

from dataclasses import dataclass

from app.simulator.clock import Clock
from app.simulator.kubernetes import crds
from app.simulator.kubernetes.errors import conflict, forbidden
from app.simulator.kubernetes.objects import Object, timestamp, value_at, with_metadata, with_value
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Entry, Storage

_IMMORTAL = ("default", "kube-system", "kube-public")
FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """What a client asks of a deletion."""

    propagation: str = "Background"
    grace_seconds: int | None = None
    uid: str | None = None
    resource_version: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deletion's result: gone, or on its way with `entry` as it is now."""

    entry: Entry
    gone: bool


class Deleter:
    """Deletes objects of every resource."""

    def __init__(self, objects: Storage, clock: Clock) -> None:
        self._objects = objects
        self._clock = clock

    def delete(self, resource: Resource, entry: Entry, options: DeleteOptions) -> Deleted:
        """Delete an object, or begin to; raises a 409 `ApiError` if a precondition fails."""
        _check_preconditions(resource, entry, options)
        if resource.storage == "/namespaces" and entry.key[2] in _IMMORTAL:
            raise forbidden(resource.subject(entry.key[2]), "this namespace may not be deleted")
        content = entry.content
        finalizers = _finalizers(resource, entry, options)
        grace = _grace(entry, content, options)
        waits = bool(finalizers or grace or _namespace_content(resource, content))
        if not waits:
            return Deleted(entry if options.dry_run else self._objects.remove(entry), gone=True)
        marked = _marked(entry, content, finalizers, grace, self._clock)
        if resource.storage == "/namespaces":
            marked = with_value(marked, ["status", "phase"], "Terminating")
        if resource.storage == crds.CRD_STORAGE and not entry.metadata.get("deletionTimestamp"):
            marked = crds.terminating(marked, timestamp())
        if marked == content or options.dry_run:
            return Deleted(entry, gone=False)
        return Deleted(self._objects.put(entry.key, marked), gone=False)


def _check_preconditions(resource: Resource, entry: Entry, options: DeleteOptions) -> None:
    wanted = (
        ("UID", options.uid, entry.uid),
        ("ResourceVersion", options.resource_version, str(entry.version)),
    )
    for what, expected, actual in wanted:
        if expected and expected != actual:
            why = (
                f"Precondition failed: {what} in precondition: {expected}, {what} in object"
                f" meta: {actual}"
            )
            raise conflict(resource.subject(entry.key[2]), why)


def _finalizers(resource: Resource, entry: Entry, options: DeleteOptions) -> list[str]:
    finalizers = list(entry.metadata.get("finalizers") or ())
    added = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(options.propagation)
    if added and added not in finalizers:
        finalizers.append(added)
    if resource.storage == crds.CRD_STORAGE and not entry.metadata.get("deletionTimestamp"):
        finalizers.append(crds.CLEANUP)
    return finalizers


def _grace(entry: Entry, content: Object, options: DeleteOptions) -> int:
    """Seconds that a Pod has to end; only one that runs on a node needs any."""
    if entry.key[0] != "/pods" or not value_at(content, "spec.nodeName"):
        return 0
    if value_at(content, "status.phase") in ("Succeeded", "Failed"):
        return 0
    if options.grace_seconds is not None:
        return max(options.grace_seconds, 0)
    running = entry.metadata.get("deletionGracePeriodSeconds")
    return int(running or value_at(content, "spec.terminationGracePeriodSeconds") or 30)


def _namespace_content(resource: Resource, content: Object) -> bool:
    return resource.storage == "/namespaces" and bool(value_at(content, "spec.finalizers"))


def _marked(
    entry: Entry, content: Object, finalizers: list[str], grace: int, clock: Clock
) -> Object:
    changes: dict[str, object] = {"finalizers": finalizers or None}
    metadata = entry.metadata
    if not metadata.get("deletionTimestamp"):
        end = timestamp(clock.after(grace))
        changes |= {"deletionTimestamp": end, "deletionGracePeriodSeconds": grace}
        if metadata.get("generation"):
            changes["generation"] = metadata["generation"] + 1
    elif grace < (metadata.get("deletionGracePeriodSeconds") or 0):
        changes["deletionGracePeriodSeconds"] = grace
    return with_metadata(content, **changes)
