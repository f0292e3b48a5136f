"""Answering get, list and watch in the form that is wanted."""

import asyncio
import random
from dataclasses import dataclass

import orjson
import yaml

from app.simulator.kubernetes.answers import Answer, json_answer
from app.simulator.kubernetes.conversion import served_bytes, served_object
from app.simulator.kubernetes.errors import (
    ApiError,
    Subject,
    bad_request,
    forbidden_field,
    invalid,
    not_found,
)
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.pages import Page, page_of
from app.simulator.kubernetes.printing.tables import (
    column_definitions,
    partial_object,
    row,
    table,
)
from app.simulator.kubernetes.requests import JSON, YAML, Form, Request, Send, wanted_form
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.selectors import Selector, selector
from app.simulator.kubernetes.storage import Change, Entry, Storage
from app.simulator.kubernetes.watch import Subscription, Watches

_BOOKMARK_SECONDS = 60.0
_INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Reader:
    """Reads objects of every resource."""

    def __init__(self, objects: Storage, watches: Watches) -> None:
        self._objects = objects
        self._watches = watches

    def find(self, resource: Resource, namespace: str, name: str) -> Entry:
        """One object; raises 404."""
        entry = self._objects.get(resource.storage, namespace, name)
        if entry is None:
            raise not_found(resource.subject(name))
        return entry

    def get(self, resource: Resource, namespace: str, name: str, request: Request) -> Answer:
        """Answer a get."""
        return shown(resource, self.find(resource, namespace, name), request)

    def list(self, resource: Resource, namespace: str | None, request: Request) -> Answer:
        """Answer a list, or a part of it."""
        form = wanted_form(request.headers.get("accept", ""))
        selected = _selector(resource, request)
        entries = self._objects.items(resource.storage, namespace)
        if not selected.admits_all:
            entries = [entry for entry in entries if selected.admits(entry)]
        page = page_of(
            entries, request, self._objects.version, is_selection=not selected.admits_all
        )
        if not form.transform and form.media_type == JSON:
            return Answer(_encoded_list(resource, page))
        items = (served_object(resource, entry) for entry in page.entries)
        if form.transform == "Table":
            include = request.query.get("includeObject", "Metadata")
            rows = [row(resource, item, include) for item in items]
            return json_answer(table(column_definitions(resource), rows, page.metadata))
        if form.transform:
            partial = [partial_object(item) for item in items]
            return json_answer(
                _list("PartialObjectMetadata", "meta.k8s.io/v1", page.metadata, partial)
            )
        whole = [item if resource.custom else _without_kind(item) for item in items]
        listed = _list(_item_kind(resource), resource.api_version, page.metadata, whole)
        return json_answer(listed, form=form)

    async def watch(
        self, resource: Resource, namespace: str | None, request: Request, send: Send
    ) -> None:
        """Answer a watch, until it times out, its client goes or the server stops."""
        form = wanted_form(request.headers.get("accept", ""))
        selected, since = _selector(resource, request), _since(request)
        begins = Beginning.of(request, since)
        encoder = _Encoder(resource, form, request.query.get("includeObject", "Metadata"))
        first = b""
        if begins.with_all:
            entries = self._objects.items(resource.storage, namespace)
            added = (Change("ADDED", entry, None) for entry in entries if selected.admits(entry))
            first = b"".join(encoder.line(change, "ADDED") for change in added)
        if begins.marks_end:
            first += encoder.bookmark(self._objects.version, _INITIAL_EVENTS_END)
        since = 0 if begins.with_all else since
        try:
            subscription = self._watches.subscribe(resource.storage, namespace, since or None)
        except ApiError as error:
            line = b'{"type":"ERROR","object":' + orjson.dumps(error.status) + b"}\n"
            await send(_watch_start(form))
            await send({"type": "http.response.body", "body": line})
            return
        try:
            await send(_watch_start(form))
            follower = _Follower(subscription, encoder, selected, request, send, self._objects)
            await follower.run(first)
        finally:
            self._watches.unsubscribe(subscription)


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a watch begins: with what is there, and a bookmark after that (a streaming list)."""

    with_all: bool
    marks_end: bool

    @classmethod
    def of(cls, request: Request, since: int) -> "Beginning":
        """As the query asks; a streaming list must say how old it may be."""
        asked = request.query.get("sendInitialEvents")
        if asked is None:
            return cls(with_all=not since, marks_end=False)
        if request.query.get("resourceVersionMatch") != "NotOlderThan":
            told = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            cause = forbidden_field("resourceVersionMatch", told)
            raise invalid(Subject("meta.k8s.io", "", "ListOptions", ""), [cause])
        is_list = request.flag("sendInitialEvents")
        return cls(with_all=is_list, marks_end=is_list and request.flag("allowWatchBookmarks"))


def shown(resource: Resource, entry: Entry, request: Request, code: int = 200) -> Answer:
    """One object in the form that is wanted."""
    form = wanted_form(request.headers.get("accept", ""))
    if form.transform == "Table":
        include = request.query.get("includeObject", "Metadata")
        rows = [row(resource, served_object(resource, entry), include)]
        metadata = {"resourceVersion": str(entry.version)}
        return json_answer(table(column_definitions(resource), rows, metadata), code)
    if form.transform:
        return json_answer(partial_object({"metadata": entry.metadata}), code)
    if form.media_type == YAML:
        body = yaml.safe_dump(served_object(resource, entry), sort_keys=True).encode()
        return Answer(body, code, YAML)
    return Answer(served_bytes(resource, entry), code)


def _selector(resource: Resource, request: Request) -> Selector:
    labels = request.query.get("labelSelector", "")
    return selector(resource, labels, request.query.get("fieldSelector", ""))


def _since(request: Request) -> int:
    given = request.query.get("resourceVersion") or "0"
    if not given.isdigit():
        raise bad_request(f'Invalid value: "{given}": strconv.ParseUint: invalid syntax')
    return int(given)


def _list(kind: str, api_version: str, metadata: Object, items: list[Object]) -> Object:
    return {
        "kind": f"{kind}List",
        "apiVersion": api_version,
        "metadata": metadata,
        "items": items,
    }


def _item_kind(resource: Resource) -> str:
    return (resource.list_kind or f"{resource.kind}List").removesuffix("List")


def _without_kind(item: Object) -> Object:
    """An item of a list of Kubernetes' own, which says the kind for all."""
    return {name: value for name, value in item.items() if name not in ("apiVersion", "kind")}


def _encoded_list(resource: Resource, page: Page) -> bytes:
    listed = _list(_item_kind(resource), resource.api_version, page.metadata, [])
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    # as every stored object begins, see `with_metadata`
    prefix = b"{" if resource.custom else orjson.dumps(head)[:-1] + b","
    items = (served_bytes(resource, entry) for entry in page.entries)
    bare = (b"{" + item[len(prefix) :] if item.startswith(prefix) else item for item in items)
    return orjson.dumps(listed)[:-2] + b",".join(bare) + b"]}"


def _watch_start(form: Form) -> dict[str, object]:
    media_type = form.media_type if form.media_type == JSON else f"{JSON};stream=watch"
    headers = [(b"content-type", media_type.encode()), (b"cache-control", b"no-cache, private")]
    return {"type": "http.response.start", "status": 200, "headers": headers}


class _Encoder:
    """Watch events as lines, each made once for all who want it in the same form."""

    def __init__(self, resource: Resource, form: Form, include: str) -> None:
        self._resource = resource
        self._form = form
        self._include = include

    def line(self, change: Change, type_: str) -> bytes:
        """The line of one change, shown as an event of `type_`."""
        key = f"{type_} {self._resource.api_version} {self._form.transform} {self._include}"
        if key not in change.lines:
            body = self._body(change.entry)
            change.lines[key] = b'{"type":"%s","object":%s}\n' % (type_.encode(), body)
        return change.lines[key]

    def bookmark(self, version: int, annotation: str = "") -> bytes:
        """The line that tells a watcher how far it is."""
        metadata: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotation:
            metadata["annotations"] = {annotation: "true"}
        item: Object = {
            "kind": self._resource.kind,
            "apiVersion": self._resource.api_version,
            "metadata": metadata,
        }
        if self._form.transform == "Table":
            metadata = {"resourceVersion": str(version)}
            item = table(column_definitions(self._resource), [], metadata)
        elif self._form.transform:
            item |= {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        return b'{"type":"BOOKMARK","object":%s}\n' % orjson.dumps(item)

    def _body(self, entry: Entry) -> bytes:
        if not self._form.transform:
            return served_bytes(self._resource, entry)
        item = served_object(self._resource, entry)
        if self._form.transform != "Table":
            return orjson.dumps(partial_object(item))
        columns = column_definitions(self._resource)
        metadata = {"resourceVersion": str(metadata_of(item).get("resourceVersion", ""))}
        return orjson.dumps(table(columns, [row(self._resource, item, self._include)], metadata))


class _Follower:
    """Sends a subscription's changes to one client."""

    def __init__(
        self,
        subscription: Subscription,
        encoder: _Encoder,
        selected: Selector,
        request: Request,
        send: Send,
        objects: Storage,
    ) -> None:
        self._subscription = subscription
        self._encoder = encoder
        self._selected = selected
        self._request = request
        self._send = send
        self._objects = objects
        self._bookmarks = request.flag("allowWatchBookmarks")
        asked = request.query.get("timeoutSeconds", "")
        self._seconds = float(asked) if asked.isdigit() else random.uniform(1800, 3600)

    async def run(self, first: bytes) -> None:
        """Send until there is a reason to end, then end the answer."""
        await self._write(first)
        gone = asyncio.ensure_future(self._disconnected())
        try:
            await self._follow(gone)
        finally:
            gone.cancel()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self, gone: "asyncio.Future[None]") -> None:
        clock = asyncio.get_running_loop().time
        end = clock() + self._seconds
        while True:
            await self._write(b"".join(self._lines(self._subscription.take())))
            left = end - clock()
            if self._subscription.closed or left <= 0 or gone.done():
                return
            arrival = asyncio.ensure_future(self._subscription.wait())
            pause = min(left, _BOOKMARK_SECONDS)
            done, _ = await asyncio.wait(
                (arrival, gone), timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )
            arrival.cancel()
            if not done and self._bookmarks:
                await self._write(self._encoder.bookmark(self._objects.version))

    async def _disconnected(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    async def _write(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    def _lines(self, changes: list[Change]) -> list[bytes]:
        shown_as = ((change, self._type(change)) for change in changes)
        return [self._encoder.line(change, type_) for change, type_ in shown_as if type_]

    def _type(self, change: Change) -> str:
        """The event's type for this watch: an object may enter or leave what is selected."""
        if self._selected.admits_all:
            return change.type
        before = self._selected.admits(change.previous)
        if change.type == "DELETED":
            return "DELETED" if before else ""
        after = self._selected.admits(change.entry)
        if after:
            return "MODIFIED" if before else "ADDED"
        return "DELETED" if before else ""
