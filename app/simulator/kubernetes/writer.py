"""Creating, changing and applying objects: identity, defaults, ownership, and the commit."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from app.simulator.kubernetes import crds, last_applied
from app.simulator.kubernetes.canonical import blank, empty
from app.simulator.kubernetes.conforming import conformed
from app.simulator.kubernetes.conversion import stored_api_version, to_served
from app.simulator.kubernetes.errors import (
    ApiError,
    already_exists,
    bad_request,
    forbidden,
    invalid,
    not_found,
)
from app.simulator.kubernetes.incoming import check_versions, received
from app.simulator.kubernetes.kinds import Kinds, generated_name
from app.simulator.kubernetes.managed_fields import Manager, Managers
from app.simulator.kubernetes.merge_types import Types
from app.simulator.kubernetes.objects import (
    Object,
    metadata_of,
    timestamp,
    value_at,
    with_metadata,
    with_value,
)
from app.simulator.kubernetes.resources import Registry, Resource
from app.simulator.kubernetes.schema import Type
from app.simulator.kubernetes.shapes import shape_of
from app.simulator.kubernetes.storage import Entry, Storage
from app.simulator.kubernetes.typed import check_typed
from app.simulator.kubernetes.validation import causes_against_change, causes_against_new

_SYSTEM_METADATA = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
)
# The part of an object that a subresource writes, where it is not the subresource's own name.
_SUBRESOURCE_PATHS = {
    "finalize": ["spec", "finalizers"],
    "approval": ["status"],
    "ephemeralcontainers": ["spec", "ephemeralContainers"],
}


@dataclass(slots=True)
class WriteOptions:
    """How a write is asked for, `applied` if it is an apply; `warnings` are told to the client."""

    manager: str
    dry_run: bool = False
    force: bool = False
    validation: str = "Warn"
    subresource: str = ""
    applied: Object | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """A write's result."""

    entry: Entry
    created: bool = False


class Writer:
    """Writes objects of every resource."""

    def __init__(self, objects: Storage, registry: Registry, types: Types) -> None:
        self._objects = objects
        self._registry = registry
        self._types = types
        self._kinds = Kinds(objects)

    def create(
        self, resource: Resource, namespace: str, item: Object, options: WriteOptions
    ) -> Written:
        """A new object."""
        item = received(resource, namespace, item, drop_nulls=resource.custom)
        metadata = metadata_of(item)
        if not metadata.get("name") and metadata.get("generateName"):
            item = with_metadata(item, name=generated_name(metadata["generateName"]))
        name = metadata_of(item).get("name", "")
        if name and self._objects.get(resource.storage, namespace, name):
            raise already_exists(resource.subject(name))
        return self._create(resource, namespace, item, None, options)

    def update(
        self,
        resource: Resource,
        entry: Entry,
        change: Callable[[Object], Object],
        options: WriteOptions,
    ) -> Written:
        """An object replaced or patched: `change` gets it and answers it in the served version."""
        before = self._live(resource, entry)
        after = change(to_served(resource, before))
        after = received(resource, entry.key[1], after, drop_nulls=resource.custom)
        check_versions(resource, entry, after)
        return self._change(resource, entry, before, after, None, options)

    def apply(
        self, resource: Resource, namespace: str, name: str, config: Object, options: WriteOptions
    ) -> Written:
        """Server-side apply."""
        if metadata_of(config).get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        is_crd = resource.storage == crds.CRD_STORAGE
        config = received(resource, namespace, config, drop_nulls=not is_crd)
        options.applied = config
        config = _scoped(resource, {}, config, options.subresource)
        entry = self._objects.get(resource.storage, namespace, name)
        if entry is None and options.subresource:
            raise not_found(resource.subject(name))
        if entry:
            check_versions(resource, entry, config)
        live = self._live(resource, entry) if entry else _skeleton(config, namespace, name)
        try:
            merged, managers = self._merged(resource, live, config, options)
        except ApiError:
            self._check_typed(resource, config)
            raise
        if entry is None:
            return self._create(resource, namespace, merged, managers, options)
        return self._change(resource, entry, live, merged, managers, options)

    def replace_metadata(self, entry: Entry, content: Object) -> Entry | None:
        """Write what the server itself changed; a deleted object without finalizers goes."""
        if content == entry.content:
            return entry
        if _is_over(content):
            self._objects.remove(entry)
            return None
        return self._objects.put(entry.key, content)

    def _merged(
        self, resource: Resource, live: Object, config: Object, options: WriteOptions
    ) -> tuple[Object, Managers]:
        manager, type_ = self._manager(resource, "Apply", options), self._type(resource)

        def attempt(force: bool) -> tuple[Object, Managers]:
            managers = Managers.read(live)
            return managers.apply(live, config, type_, manager, force, timestamp()), managers

        if manager.name != last_applied.MANAGER:
            return attempt(options.force)
        try:
            merged, managers = attempt(options.force)
        except ApiError as conflict_found:
            if not last_applied.may_take_over(live, type_, conflict_found):
                raise
            merged, managers = attempt(True)
        return last_applied.with_last_applied(live, merged, config), managers

    def _create(
        self,
        resource: Resource,
        namespace: str,
        item: Object,
        managers: Managers | None,
        options: WriteOptions,
    ) -> Written:
        now = timestamp()
        self._check_namespace(resource, namespace, item)
        item = self._conformed(resource, item, options)
        item = with_metadata(
            item,
            namespace=namespace or None,
            uid=str(uuid.uuid4()),
            creationTimestamp=now,
            generation=1 if resource.generation else None,
            resourceVersion=None,
            deletionTimestamp=None,
            deletionGracePeriodSeconds=None,
            managedFields=None,
        )
        if resource.has_status:
            shape = shape_of(resource)
            item = with_value(item, ["status"], empty(shape).get("status") if shape else None)
        item = self._kinds.defaulted(resource, item)
        managers = managers or self._first_managers(resource, item, options, now)
        item = self._kinds.complete_new(resource, item)
        causes = causes_against_new(resource, item)
        if causes:
            raise invalid(resource.subject(metadata_of(item).get("name", "")), causes)
        if resource.storage == crds.CRD_STORAGE:
            item = crds.with_status(item, now)
        item = with_metadata(item, managedFields=managers.lines() or None)
        key = (resource.storage, namespace, metadata_of(item)["name"])
        return Written(self._store(key, item, options), created=True)

    def _first_managers(
        self, resource: Resource, item: Object, options: WriteOptions, now: str
    ) -> Managers:
        """Whoever makes an object owns what it says, and none of what the server decides."""
        shape = shape_of(resource)
        base = blank(shape) if shape else {}
        if resource.has_status:
            item = with_value(item, ["status"], base.get("status"))
        managers = Managers()
        manager = self._manager(resource, "Update", options)
        managers.update(base, item, self._type(resource), manager, now)
        return managers

    def _change(
        self,
        resource: Resource,
        entry: Entry,
        before: Object,
        after: Object,
        managers: Managers | None,
        options: WriteOptions,
    ) -> Written:
        now = timestamp()
        after = _scoped(resource, before, after, options.subresource)
        after = self._conformed(resource, after, options)
        system = {name: metadata_of(before).get(name) for name in _SYSTEM_METADATA}
        after = with_metadata(after, **system, resourceVersion=str(entry.version))
        after = self._kinds.complete_changed(resource, before, after)
        causes = causes_against_change(resource, before, after)
        if causes:
            raise invalid(resource.subject(entry.key[2]), causes)
        if managers is None:
            # As clients may hand ownership over by writing managedFields themselves.
            told = not options.subresource and metadata_of(after).get("managedFields")
            managers = Managers.read(after if told else before)
            manager = self._manager(resource, "Update", options)
            managers.update(before, after, self._type(resource), manager, now)
        if resource.storage == crds.CRD_STORAGE and not options.subresource:
            after = crds.with_status(after, now)
        after = _with_generation(resource, before, after)
        after = with_metadata(after, managedFields=managers.lines() or None)
        if after == before:
            return Written(entry)
        if _is_over(after):
            return Written(entry if options.dry_run else self._objects.remove(entry))
        return Written(self._store(entry.key, after, options))

    def _store(self, key: tuple[str, str, str], item: Object, options: WriteOptions) -> Entry:
        if options.dry_run:
            return Entry(key, self._objects.version, orjson.dumps(item), item)
        return self._objects.put(key, item)

    def _check_namespace(self, resource: Resource, namespace: str, item: Object) -> None:
        if not resource.namespaced:
            return
        found = self._objects.get("/namespaces", "", namespace)
        if found is None:
            namespaces = self._registry.find("", "v1", "namespaces")
            assert namespaces is not None
            raise not_found(namespaces.subject(namespace))
        if found.metadata.get("deletionTimestamp"):
            why = (
                f"unable to create new content in namespace {namespace} because it is being"
                " terminated"
            )
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {namespace} is being terminated",
                "field": "metadata.namespace",
            }
            raise forbidden(resource.subject(metadata_of(item).get("name", "")), why, [cause])

    def _conformed(self, resource: Resource, item: Object, options: WriteOptions) -> Object:
        """The object with the fields that its kind has; refuses or tells of the others."""
        stored = self._registry.of_storage(resource.storage) or resource
        config = options.applied
        validation = options.validation if config is None else "Warn"
        try:
            item, dropped = conformed(resource, stored, item, validation)
        except ApiError:
            if config is not None:
                self._check_typed(resource, config)
            raise
        if dropped and config is not None:
            self._check_typed(resource, config)
        if validation == "Warn":
            options.warnings += dropped
        return item

    def _check_typed(self, resource: Resource, config: Object) -> None:
        stored = self._registry.of_storage(resource.storage) or resource
        check_typed(stored, config, self._type(resource))

    def _live(self, resource: Resource, entry: Entry) -> Object:
        stored = stored_api_version(resource)
        content = entry.content
        return content if entry.api_version == stored else {**content, "apiVersion": stored}

    def _type(self, resource: Resource) -> Type:
        return self._types.of(self._registry.of_storage(resource.storage) or resource)

    def _manager(self, resource: Resource, operation: str, options: WriteOptions) -> Manager:
        subresource = options.subresource
        return Manager(options.manager, operation, resource.api_version, subresource)


def _scoped(resource: Resource, before: Object, after: Object, subresource: str) -> Object:
    """`after` with only what the endpoint may write, the rest as it was."""
    if subresource:
        path = _SUBRESOURCE_PATHS.get(subresource, [subresource])
        base = before or {k: after[k] for k in ("apiVersion", "kind", "metadata") if k in after}
        return with_value(base, path, value_at(after, path))
    if not resource.has_status:
        return after
    return with_value(after, ["status"], before.get("status"))


def _skeleton(config: Object, namespace: str, name: str) -> Object:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": config["apiVersion"], "kind": config["kind"], "metadata": metadata}


def _with_generation(resource: Resource, before: Object, after: Object) -> Object:
    generation = metadata_of(before).get("generation")
    if not resource.generation or generation is None:
        return after
    ignored = ("metadata", "status")
    old = {name: value for name, value in before.items() if name not in ignored}
    new = {name: value for name, value in after.items() if name not in ignored}
    return after if old == new else with_metadata(after, generation=generation + 1)


def _is_over(item: Object) -> bool:
    """Whether nothing keeps a deleted object any longer."""
    metadata = metadata_of(item)
    kept = metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds")
    if item.get("kind") == "Namespace" and item.get("apiVersion") == "v1":
        kept = kept or value_at(item, "spec.finalizers")
    return bool(metadata.get("deletionTimestamp")) and not kept
