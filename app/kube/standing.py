"""What of an installation is in a cluster already, and as it should be."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from app.kube.applyset import ApplySet
from app.kube.client import Json, KubeClient
from app.kube.compare import differences
from app.kube.pages import pages
from app.kube.resources import Key, Kind, Resources
from app.together import together

_AT_ONCE = 4  # pages in memory; more of them are no quicker
_A_PAGE, _OF_LARGE_ONES = 250, 16
_LARGE = "CustomResourceDefinition"


class Wanted(Protocol):
    """An object that should be there: what identifies it, and the whole of it when asked for."""

    @property
    def head(self) -> Json: ...

    @property
    def body(self) -> Json: ...


Look = Callable[[Wanted, Json | None], None]


async def unchanged(
    client: KubeClient, resources: Resources, members: ApplySet, objects: Iterable[Wanted]
) -> set[Key]:
    """The keys of those `objects` that applying them again would not change."""
    same: set[Key] = set()

    def look(item: Wanted, found: Json | None) -> None:
        if found is not None:
            wanted = members.labelled(item.body)
            if next(differences(wanted, found), None) is None:
                same.add(resources.key_of(item.head))

    await look_at_all(client, resources, members, objects, look)
    return same


async def look_at_all(
    client: KubeClient,
    resources: Resources,
    members: ApplySet,
    objects: Iterable[Wanted],
    look: Look,
) -> None:
    """Call `look` with each object and what the cluster has in its place, if that is a member.

    The members are listed kind by kind and page by page: no more is in memory than a few pages.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def of_kind(kind: Kind, wanted: dict[Key, Wanted]) -> None:
        resource = resources.of(*kind)
        if resource is not None:
            size = _OF_LARGE_ONES if kind[1] == _LARGE else _A_PAGE
            listed = pages(client, resource.path(), size=size, labelSelector=members.selector)
            async for found in listed:
                if item := wanted.pop(resources.key_of({**_typed(kind), **found}), None):
                    look(item, found)
        for item in wanted.values():
            look(item, None)

    async def in_turn(kind: Kind, wanted: dict[Key, Wanted]) -> None:
        async with slots:
            await of_kind(kind, wanted)

    await together(*(in_turn(*each) for each in _by_kind(resources, objects).items()))


def _typed(kind: Kind) -> Json:
    """What the items of a list leave out."""
    return {"apiVersion": kind[0], "kind": kind[1]}


def _by_kind(resources: Resources, objects: Iterable[Wanted]) -> dict[Kind, dict[Key, Wanted]]:
    found: dict[Kind, dict[Key, Wanted]] = {}
    for item in objects:
        kind = (item.head["apiVersion"], item.head["kind"])
        found.setdefault(kind, {})[resources.key_of(item.head)] = item
    return found
