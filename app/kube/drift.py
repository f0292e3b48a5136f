"""What in a cluster differs from what was installed, or would be, field by field."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from app.kube.apply import title
from app.kube.applyset import ApplySet, Member
from app.kube.client import Json, KubeClient
from app.kube.compare import ABSENT, Difference, differences
from app.kube.errors import KubeRefused
from app.kube.patience import patiently
from app.kube.prune import title_of
from app.kube.resources import Key, Resources
from app.kube.standing import Wanted, look_at_all
from app.together import together

_SECRET_FIELDS = (".data", ".stringData")


class Change(StrEnum):
    """What installing would do with an object."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """One field, both values as text; None where the field is not there."""

    path: str
    wanted: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class Drift:
    """One object that installing would add, change or remove; `words` are the server's refusal."""

    title: str
    change: Change
    fields: tuple[Field, ...] = ()
    words: str = ""


async def drift(
    client: KubeClient, resources: Resources, members: ApplySet, objects: Iterable[Wanted]
) -> list[Drift]:
    """Every difference between the members in the cluster and the `objects` that should be there.

    What comparing alone cannot decide is tried out on the server, which changes nothing there.
    """
    doubtful: list[tuple[Json, Json]] = []
    found_out: list[Drift] = []
    keys: set[Key] = set()

    def look(item: Wanted, found: Json | None) -> None:
        keys.add(resources.key_of(item.head))
        if found is None:
            found_out.append(Drift(title(item.head), Change.ADDED))
            return
        wanted = members.labelled(item.body)
        if next(differences(wanted, found), None) is not None:
            doubtful.append((wanted, found))

    async def decide(wanted: Json, found: Json) -> None:
        found_out.extend(await _decided(client, resources, wanted, found))

    await look_at_all(client, resources, members, objects, look)
    await together(*(decide(*pair) for pair in doubtful))
    found_out.extend(_too_many(await members.members(), keys))
    return sorted(found_out, key=lambda each: (each.change, each.title))


async def _decided(
    client: KubeClient, resources: Resources, wanted: Json, found: Json
) -> list[Drift]:
    path = resources.path_of(wanted)
    if path is None:
        return []
    try:
        after = await patiently(lambda: client.try_out(path, wanted))
    except KubeRefused as error:
        return [Drift(title(wanted), Change.REFUSED, words=error.cause)]
    left = {change.path: change.found for change in differences(wanted, after)}
    fields = tuple(
        _field(wanted, change)
        for change in differences(wanted, found)
        if change.wanted != change.found and left.get(change.path, _other) != change.found
    )
    return [Drift(title(wanted), Change.CHANGED, fields)] if fields else []


def _other() -> None:
    """Equal to no value of a field: stands for one that would be as wanted."""


def _too_many(members: list[Member], keys: set[Key]) -> list[Drift]:
    return [
        Drift(title_of(member.key), Change.REMOVED) for member in members if member.key not in keys
    ]


def _field(item: Json, change: Difference) -> Field:
    hidden = item["kind"] == "Secret" and change.path.startswith(_SECRET_FIELDS)
    show: Callable[[Any], str] = (lambda _: "•••") if hidden else _text
    return Field(
        change.path.removeprefix("."),
        None if change.wanted is ABSENT else show(change.wanted),
        None if change.found is ABSENT else show(change.found),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
