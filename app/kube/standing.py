"""What of an installation is in a cluster already, and as it should be."""

import asyncio
from collections.abc import Callable, Iterable

from app.kube.applyset import ApplySet
from app.kube.client import Json, KubeClient
from app.kube.compare import differences
from app.kube.patience import patiently
from app.kube.resources import Key, Kind, Resources
from app.together import together

_AT_ONCE = 4  # lists in memory; more of them are no quicker

Look = Callable[[Json, Json | None], None]


async def unchanged(
    client: KubeClient, resources: Resources, members: ApplySet, objects: Iterable[Json]
) -> set[Key]:
    """The keys of those `objects` that applying them again would not change."""
    same: set[Key] = set()

    def look(wanted: Json, found: Json | None) -> None:
        if found is not None and next(differences(wanted, found), None) is None:
            same.add(resources.key_of(wanted))

    if not members.is_new:
        await look_at_all(client, resources, members, objects, look)
    return same


async def look_at_all(
    client: KubeClient,
    resources: Resources,
    members: ApplySet,
    objects: Iterable[Json],
    look: Look,
) -> None:
    """Call `look` with each object and what the cluster has in its place, if that is a member.

    Lists the members kind by kind, a few kinds at a time, and lets go of each list again.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def of_kind(kind: Kind, wanted: list[Json]) -> None:
        resource = resources.of(*kind)
        async with slots:
            listed: list[Json] = []
            if resource is not None:
                path = resource.path()
                answer = await patiently(lambda: client.get(path, labelSelector=members.selector))
                listed = answer["items"] or []
            found = {resources.key_of({**_typed(kind), **item}): item for item in listed}
            for item in wanted:
                look(item, found.get(resources.key_of(item)))

    await together(*(of_kind(kind, wanted) for kind, wanted in _by_kind(objects).items()))


def _typed(kind: Kind) -> Json:
    """What the items of a list leave out."""
    return {"apiVersion": kind[0], "kind": kind[1]}


def _by_kind(objects: Iterable[Json]) -> dict[Kind, list[Json]]:
    found: dict[Kind, list[Json]] = {}
    for item in objects:
        found.setdefault((item["apiVersion"], item["kind"]), []).append(item)
    return found
