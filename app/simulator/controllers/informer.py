"""A copy of one kind's objects that follows the API server."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import aclosing

import aiohttp

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.kinds import Kind
from app.simulator.controllers.objects import Key, Object, controller_reference, key_of

Handler = Callable[[Object, Object | None], None]

_RETRY_SECONDS = 0.25
_LOG = logging.getLogger(__name__)


class Informer:
    """Lists, then watches; lists again when the server forgot, hung up or was restarted.

    Handlers get the object that changed and its former self, None if it is new; for one that is
    gone both are its last state. What a controller has just written can be recorded at
    once, so that it never acts on a copy older than its own work.
    """

    def __init__(self, client: KubernetesClient, kind: Kind, definitions: "Informer | None"):
        self.kind = kind
        self.synced = asyncio.Event()
        self._client = client
        self._definitions = definitions
        self._objects: dict[Key, Object] = {}
        self._owned: defaultdict[str, set[Key]] = defaultdict(set)
        self._in_namespace: defaultdict[str, set[Key]] = defaultdict(set)
        self._handlers: list[Handler] = []
        self._seen = 0
        self._changed = asyncio.Event()

    def subscribe(self, handler: Handler) -> None:
        """Call `handler` for every change from now on."""
        self._handlers.append(handler)

    def get(self, key: Key) -> Object | None:
        """The object, or None; never change what is returned."""
        return self._objects.get(key)

    def all(self, namespace: str | None = None) -> list[Object]:
        """All objects, or those of one namespace."""
        keys = self._objects if namespace is None else self._in_namespace.get(namespace, ())
        return [self._objects[key] for key in keys]

    def owned_by(self, uid: str) -> list[Object]:
        """The objects whose controller has this uid."""
        return [self._objects[key] for key in self._owned.get(uid, ())]

    def record(self, obj: Object) -> None:
        """Take in what a write has answered, unless the watch was quicker."""
        version = _version(obj)
        present = self._objects.get(key_of(obj))
        if version > self._seen and (present is None or version > _version(present)):
            self._put(obj)

    async def run(self) -> None:
        """Follow the server until cancelled."""
        while True:
            try:
                await self._exists()
                await self._follow()
            except ApiError as error:
                await self._after_refusal(error)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                _LOG.debug("%s: %r, listing again", self.kind.plural, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _exists(self) -> None:
        """Wait for the CustomResourceDefinition; meanwhile there are no objects."""
        if self._definitions is None:
            return
        await self._definitions.synced.wait()
        while self._definitions.get(("", self.kind.definition)) is None:
            self._replace([])
            await self._definitions.next_change()

    async def next_change(self) -> None:
        """Wait for any change."""
        self._changed.clear()
        await self._changed.wait()

    async def _follow(self) -> None:
        listing = await self._client.list(self.kind)
        self._seen = max(self._seen, int(listing.version))
        self._replace(listing.items)
        async with aclosing(self._client.watch(self.kind, listing.version)) as events:
            async for type_, obj in events:
                if type_ == "ERROR":
                    raise ApiError(obj.get("code", 500), obj.get("reason", ""), str(obj))
                self._take(type_, obj)

    async def _after_refusal(self, error: ApiError) -> None:
        if error.status == 404:
            self._replace([])
        elif error.status not in (410, 429, 503):
            _LOG.warning("%s: %s", self.kind.plural, error)
        await asyncio.sleep(_RETRY_SECONDS)

    def _replace(self, items: list[Object]) -> None:
        kept = {key_of(item) for item in items}
        for key in [key for key in self._objects if key not in kept]:
            self._drop(key)
        for item in items:
            present = self._objects.get(key_of(item))
            if present is None or _version(item) > _version(present):
                self._put(item)
        self.synced.set()

    def _take(self, type_: str, obj: Object) -> None:
        self._seen = max(self._seen, _version(obj))
        if type_ == "BOOKMARK":
            return
        present = self._objects.get(key_of(obj))
        if present is not None and _version(obj) <= _version(present) and type_ != "DELETED":
            return
        if type_ == "DELETED":
            self._drop(key_of(obj))
        else:
            self._put(obj)

    def _put(self, obj: Object) -> None:
        key = key_of(obj)
        former = self._objects.get(key)
        self._objects[key] = obj
        self._in_namespace[key[0]].add(key)
        owner = controller_reference(obj)
        if owner is not None:
            self._owned[owner["uid"]].add(key)
        self._tell(obj, former)

    def _drop(self, key: Key) -> None:
        obj = self._objects.pop(key, None)
        if obj is None:
            return
        _discard(self._in_namespace, key[0], key)
        owner = controller_reference(obj)
        if owner is not None:
            _discard(self._owned, owner["uid"], key)
        self._tell(obj, obj)

    def _tell(self, obj: Object, former: Object | None) -> None:
        self._changed.set()
        for handler in self._handlers:
            try:
                handler(obj, former)
            except Exception:
                # one object that nobody foresaw must not stop everybody from following the rest
                _LOG.exception("%s %s cannot be handled", self.kind.plural, key_of(obj))

    def __iter__(self) -> Iterator[Object]:
        return iter(list(self._objects.values()))


def _version(obj: Object) -> int:
    return int(obj["metadata"].get("resourceVersion") or 0)


def _discard(index: defaultdict[str, set[Key]], name: str, key: Key) -> None:
    index[name].discard(key)
    if not index[name]:
        del index[name]
