"""Answering create, update, patch and delete."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.simulator.kubernetes.access import User
from app.simulator.kubernetes.admission import (
    ADMISSION_GROUP,
    Admission,
    Write,
    warnings_of,
)
from app.simulator.kubernetes.answers import Answer, json_answer, success_status
from app.simulator.kubernetes.deletion import DeleteOptions, Deleter
from app.simulator.kubernetes.errors import (
    ApiError,
    bad_request,
    invalid_value,
    unsupported_media_type,
)
from app.simulator.kubernetes.incoming import require_version
from app.simulator.kubernetes.merge_types import Types
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.patches import json_patch, merge_patch
from app.simulator.kubernetes.reading import Reader, shown
from app.simulator.kubernetes.requests import APPLY_TYPES, Request, decode
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.selectors import selector
from app.simulator.kubernetes.storage import Entry, Storage
from app.simulator.kubernetes.strategic import strategic_merge
from app.simulator.kubernetes.writer import WriteOptions, Writer, Written

_JSON_PATCH = "application/json-patch+json"
_MERGE_PATCH = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"


class WriteRequests:
    """Turns requests into writes."""

    def __init__(
        self,
        objects: Storage,
        reader: Reader,
        writer: Writer,
        deleter: Deleter,
        types: Types,
        admission: Admission,
    ) -> None:
        self._objects = objects
        self._reader = reader
        self._writer = writer
        self._deleter = deleter
        self._types = types
        self._admission = admission

    async def create(self, resource: Resource, namespace: str, request: Request) -> Answer:
        """POST of an object."""
        options = write_options(request)
        item = _typed(resource, await request.object())

        def write(options: WriteOptions) -> Written:
            return self._writer.create(resource, namespace, item, options)

        written = await self._admitted(resource, namespace, None, write, options, request.user)
        answer = shown(resource, written.entry, request, 201)
        answer.warnings = options.warnings
        return answer

    async def update(
        self, resource: Resource, namespace: str, name: str, subresource: str, request: Request
    ) -> Answer:
        """PUT of an object or of one of its subresources."""
        options = write_options(request, subresource)
        item = _typed(resource, await request.object())
        found = self._reader.find(resource, namespace, name)
        require_version(resource, item)

        def write(options: WriteOptions) -> Written:
            entry = self._reader.find(resource, namespace, name)
            return self._writer.update(resource, entry, lambda _: item, options)

        written = await self._admitted(resource, namespace, found, write, options, request.user)
        answer = shown(resource, written.entry, request)
        answer.warnings = options.warnings
        return answer

    async def patch(
        self, resource: Resource, namespace: str, name: str, subresource: str, request: Request
    ) -> Answer:
        """PATCH of any kind."""
        options = write_options(request, subresource)
        kind = request.content_type
        body = decode(await request.body(), is_yaml=kind.endswith("yaml"))
        config = _config(body, request) if kind in APPLY_TYPES else None

        def write(options: WriteOptions) -> Written:
            if config is not None:
                return self._writer.apply(resource, namespace, name, config, options)
            entry = self._reader.find(resource, namespace, name)
            return self._writer.update(
                resource, entry, lambda item: self._patched(resource, item, body, kind), options
            )

        found = self._objects.get(resource.storage, namespace, name)
        written = await self._admitted(resource, namespace, found, write, options, request.user)
        answer = shown(resource, written.entry, request, 201 if written.created else 200)
        answer.warnings = options.warnings
        return answer

    async def delete(
        self, resource: Resource, namespace: str, name: str, request: Request
    ) -> Answer:
        """DELETE of an object."""
        options = await delete_options(request)
        entry = self._reader.find(resource, namespace, name)
        await self._review_deletion(resource, entry, request.user)
        entry = self._reader.find(resource, namespace, name)
        deleted = self._deleter.delete(resource, entry, options)
        if not deleted.gone:
            return shown(resource, deleted.entry, request)
        details = {"name": name, "kind": resource.plural, "uid": deleted.entry.uid}
        if resource.group:
            details["group"] = resource.group
        return json_answer(success_status(details))

    async def delete_collection(
        self, resource: Resource, namespace: str | None, request: Request
    ) -> Answer:
        """DELETE of all that is selected."""
        options = await delete_options(request)
        labels = request.query.get("labelSelector", "")
        selected = selector(resource, labels, request.query.get("fieldSelector", ""))
        for entry in self._objects.items(resource.storage, namespace):
            if selected.admits(entry):
                await self._review_deletion(resource, entry, request.user)
                self._deleter.delete(resource, entry, options)
        return self._reader.list(resource, namespace, request)

    async def _admitted(
        self,
        resource: Resource,
        namespace: str,
        found: Entry | None,
        write: Callable[[WriteOptions], Written],
        options: WriteOptions,
        user: User,
    ) -> Written:
        """Carry out a write once the webhooks that it concerns have admitted its outcome."""
        operation = "UPDATE" if found else "CREATE"
        webhooks = self._admission.concerned(resource, operation, options.subresource)
        if webhooks:
            outcome = write(replace(options, dry_run=True, warnings=[])).entry.content
            old = found.content if found else None
            subresource = options.subresource
            asked = Write(resource, operation, namespace, outcome, old, user, subresource)
            await self._admission.review(webhooks, asked)
        if resource.group == ADMISSION_GROUP:
            outcome = write(replace(options, dry_run=True, warnings=[])).entry.content
            options.warnings += warnings_of(outcome)
        return write(options)

    async def _review_deletion(self, resource: Resource, entry: Entry, user: User) -> None:
        webhooks = self._admission.concerned(resource, "DELETE")
        if webhooks:
            asked = Write(resource, "DELETE", entry.key[1], None, entry.content, user)
            await self._admission.review(webhooks, asked)

    def _patched(self, resource: Resource, item: Object, body: Any, kind: str) -> Object:
        if kind == _JSON_PATCH:
            return json_patch(item, body)
        if not isinstance(body, dict):
            raise bad_request("the patch is not an object")
        if kind == _MERGE_PATCH:
            merged: Object = merge_patch(item, body)
            return merged
        if kind == _STRATEGIC and not resource.custom:
            return strategic_merge(item, body, self._types.of(resource))
        accepted = [_JSON_PATCH, _MERGE_PATCH, APPLY_TYPES[0]]
        raise unsupported_media_type(kind, accepted)


def write_options(request: Request, subresource: str = "") -> WriteOptions:
    """What the query asks of a write."""
    agent = request.headers.get("user-agent", "").partition("/")[0] or "unknown"
    validation = request.query.get("fieldValidation", "Warn")
    if validation not in ("Ignore", "Warn", "Strict"):
        raise _invalid_option("fieldValidation", validation, "Ignore, Warn, Strict")
    if request.query.get("dryRun", "All") not in ("", "All"):
        raise _invalid_option("dryRun", request.query["dryRun"], "All")
    return WriteOptions(
        manager=request.query.get("fieldManager") or agent[:128],
        dry_run=request.query.get("dryRun") == "All",
        force=request.flag("force"),
        validation=validation,
        subresource=subresource,
    )


async def delete_options(request: Request) -> DeleteOptions:
    """What the query and the body ask of a deletion."""
    body = await request.body()
    given = decode(body, is_yaml="yaml" in request.content_type) if body.strip() else {}
    preconditions = given.get("preconditions") or {}
    grace = given.get("gracePeriodSeconds", request.query.get("gracePeriodSeconds"))
    orphan = given.get("orphanDependents", request.query.get("orphanDependents"))
    propagation = given.get("propagationPolicy") or request.query.get("propagationPolicy")
    if not propagation and orphan in (True, "true"):
        propagation = "Orphan"
    dry_run = given.get("dryRun") or request.query.get("dryRun")
    return DeleteOptions(
        propagation=propagation or "Background",
        grace_seconds=None if grace is None else int(grace),
        uid=preconditions.get("uid"),
        resource_version=preconditions.get("resourceVersion"),
        dry_run=bool(dry_run),
    )


def _typed(resource: Resource, item: Object) -> Object:
    """Kind and version may be left out of a body: the path says them."""
    return {"apiVersion": resource.api_version, "kind": resource.kind, **item}


def _config(body: Any, request: Request) -> Object:
    if not isinstance(body, dict):
        raise bad_request("the applied configuration is not an object")
    if not request.query.get("fieldManager"):
        cause = {
            "reason": "FieldValueRequired",
            "message": "Required value: is required for apply patch",
            "field": "fieldManager",
        }
        told = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required'
        raise ApiError(422, "Invalid", f"{told} for apply patch", causes=[cause])
    if not body.get("apiVersion") or not body.get("kind"):
        raise bad_request("error decoding YAML: Object 'Kind' is missing")
    return body


def _invalid_option(name: str, value: str, supported: str) -> ApiError:
    cause = invalid_value(name, value, f"supported values: {supported}")
    told = f' "" is invalid: {name}: Unsupported value: "{value}": supported values: {supported}'
    return ApiError(422, "Invalid", f"PatchOptions.meta.k8s.io{told}", causes=[cause])
