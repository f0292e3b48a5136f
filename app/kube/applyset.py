"""Which objects belong to an installation: Kubernetes' own convention of apply sets (KEP-3659).

Every member carries a label with the id of the set. A parent object, here a ConfigMap, names the
kinds and namespaces that members have, so that any tool finds them all, and nothing else.
"""

import base64
import functools
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.kube.client import METADATA_LIST, Json, KubeClient
from app.kube.errors import KubeRefused
from app.kube.patience import patiently
from app.kube.resources import Key, Resource, Resources
from app.together import together

NAMESPACE = "kube-system"  # which every cluster has from the start
PART_OF = "applyset.kubernetes.io/part-of"
_ID = "applyset.kubernetes.io/id"
_KINDS = "applyset.kubernetes.io/contains-group-kinds"
_NAMESPACES = "applyset.kubernetes.io/additional-namespaces"
_TOOLING = "applyset.kubernetes.io/tooling"
_COMPLETE = "kfportal/complete"  # which members the set had when it was last seen to have no others
_VERSION = "kfportal/v1"

GroupKind = tuple[str, str]


def as_member(item: Json, name: str) -> Json:
    """The object as a member of the set called `name`."""
    metadata = item["metadata"]
    labels = {**(metadata.get("labels") or {}), PART_OF: _id(name)}
    return {**item, "metadata": {**metadata, "labels": labels}}


@dataclass(frozen=True, slots=True)
class Member:
    """An object of a set as it is in the cluster."""

    key: Key
    path: str
    uid: str


class ApplySet:
    """The set called `name` in one cluster."""

    def __init__(self, client: KubeClient, resources: Resources, name: str) -> None:
        self._client = client
        self._resources = resources
        self._name = name
        self._path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/{name}"
        self._parent: Json = {}
        self.id = _id(name)

    @property
    def is_new(self) -> bool:
        """Whether the cluster had no such set when it was opened: there are no members."""
        return not self._parent

    @property
    def selector(self) -> str:
        """The label selector of the members."""
        return f"{PART_OF}={self.id}"

    @property
    def group_kinds(self) -> set[GroupKind]:
        """The kinds of which the cluster may have members."""
        listed = self._annotations.get(_KINDS, "")
        kinds = (entry.partition(".") for entry in listed.split(",") if entry)
        return {(group, kind) for kind, _, group in kinds}

    async def open(self) -> None:
        """Read what the cluster says of the set."""
        try:
            self._parent = await patiently(lambda: self._client.get(self._path))
        except KubeRefused as error:
            if error.status != 404:
                raise
            self._parent = {}

    async def announce(self, objects: Iterable[Json]) -> None:
        """Say of which kinds the members are going to be, before any is applied."""
        keys = {self._resources.key_of(item) for item in objects}
        kinds = {(group, kind) for group, kind, _, _ in keys} | self.group_kinds
        namespaces = _namespaces(keys) | self._namespaces()
        if self.is_new or kinds != self.group_kinds or namespaces != self._namespaces():
            await self._write(kinds, namespaces)

    async def complete(self, keys: Collection[Key], kept: Collection[Key]) -> None:
        """Say that the members are these, those that were `kept`, and no others any more."""
        everything = {*keys, *kept}
        kinds = {(group, kind) for group, kind, _, _ in everything}
        await self._write(kinds, _namespaces(everything), _digest(keys))

    def is_complete(self, keys: Collection[Key]) -> bool:
        """Whether the set was seen to have these members and no others."""
        return self._annotations.get(_COMPLETE) == _digest(keys)

    async def members(self) -> list[Member]:
        """All members in the cluster, of whatever kind."""
        found: list[Member] = []

        async def look(group: str, kind: str, resource: Resource) -> None:
            found.extend(await self._members(group, kind, resource))

        kinds = [(*kind, self._resources.of_group(*kind)) for kind in sorted(self.group_kinds)]
        await together(
            *(look(group, kind, served) for group, kind, served in kinds if served is not None)
        )
        return sorted(found, key=lambda member: member.key)

    async def forget(self) -> None:
        """Remove the parent, when no member is left."""
        await patiently(lambda: self._client.delete(self._path))
        self._parent = {}

    def labelled(self, item: Json) -> Json:
        """The object as a member."""
        return as_member(item, self._name)

    async def _members(self, group: str, kind: str, resource: Resource) -> list[Member]:
        try:
            listed = await patiently(
                lambda: self._client.get(
                    resource.path(), accept=METADATA_LIST, labelSelector=self.selector
                )
            )
        except KubeRefused as error:
            if error.status != 404:  # the kind itself is gone
                raise
            return []
        return list(_read(group, kind, resource, listed["items"] or []))

    async def _write(
        self, kinds: Iterable[GroupKind], namespaces: Iterable[str], complete: str = ""
    ) -> None:
        annotations = {
            _TOOLING: _VERSION,
            _KINDS: ",".join(sorted(f"{kind}.{group}".rstrip(".") for group, kind in kinds)),
            _NAMESPACES: ",".join(sorted(namespaces)),
            _COMPLETE: complete,
        }
        self._parent = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self._name,
                "namespace": NAMESPACE,
                "labels": {_ID: self.id},
                "annotations": annotations,
            },
        }
        await patiently(lambda: self._client.apply(self._path, self._parent))

    @property
    def _annotations(self) -> Mapping[str, str]:
        annotations: dict[str, str] = self._parent.get("metadata", {}).get("annotations") or {}
        return annotations

    def _namespaces(self) -> set[str]:
        return set(filter(None, self._annotations.get(_NAMESPACES, "").split(",")))


@functools.cache
def _id(name: str) -> str:
    hashed = hashlib.sha256(f"{name}.{NAMESPACE}.ConfigMap.".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(hashed).decode().rstrip('=')}-v1"


def _read(group: str, kind: str, resource: Resource, items: list[Json]) -> Iterator[Member]:
    for item in items:
        metadata = item["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        key = (group, kind, namespace, name)
        yield Member(key, resource.path(namespace, name), metadata["uid"])


def _namespaces(keys: Collection[Key]) -> set[str]:
    return {namespace for _, _, namespace, _ in keys if namespace} - {NAMESPACE}


def _digest(keys: Collection[Key]) -> str:
    listed = "\n".join("/".join(key) for key in sorted(keys))
    return hashlib.sha256(listed.encode()).hexdigest()
