"""What applying an object again would change, told from the object in the cluster alone.

The server notes in `metadata.managedFields` which fields we applied, and takes one from us as soon
as anybody else changes it. An object is as it should be if what we would send is contained in it,
we own all of that, and we own nothing more. What cannot be decided so (a quantity that the server
writes differently, an unusual default within a list) counts as different: applying it does no harm.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from app.kube.client import MANAGER, Json

_IDENTITY = {"name", "namespace", "creationTimestamp"}
# What servers fill in within lists that they do not merge; anything more there was taken out of
# what we apply, and applying takes it out of the cluster.
_FILLED_IN = {"apiGroup", "apiVersion", "creationTimestamp", "expirationSeconds", "kind"}
_FILLED_IN |= {"protocol", "scope", "status", "volumeMode"}
Owned = Mapping[str, Any] | None  # FieldsV1 below a field of ours; None where it is not ours


class Absent(Enum):
    """The value of a field that is not there."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that applying the object would write: `wanted` ours, `found` the cluster's.

    Equal values differ in whose they are.
    """

    path: str
    wanted: Any
    found: Any


def differences(wanted: Json, found: Json) -> Iterator[Difference]:
    """Where the object in the cluster is not what we would apply; none if all is well."""
    sent = {key: value for key, value in wanted.items() if key not in ("apiVersion", "kind")}
    metadata = sent.pop("metadata")
    sent["metadata"] = {key: value for key, value in metadata.items() if key not in _IDENTITY}
    if not sent["metadata"]:
        del sent["metadata"]
    yield from _differences("", sent, found, _ours(found))


def _ours(found: Json) -> Owned:
    for entry in found["metadata"].get("managedFields") or []:
        applied = entry.get("operation") == "Apply" and not entry.get("subresource")
        if applied and entry.get("manager") == MANAGER:
            fields: Json = entry.get("fieldsV1") or {}
            return fields
    return None


def _differences(path: str, wanted: Any, found: Any, owned: Owned) -> Iterator[Difference]:
    if owned == {}:  # owned whole, with all that is in it
        if not _contains(found, wanted):
            yield Difference(path, wanted, found)
    elif isinstance(wanted, dict) and isinstance(found, dict):
        yield from _of_maps(path, wanted, found, owned)
    elif isinstance(wanted, list) and isinstance(found, list) and owned is not None:
        yield from _of_lists(path, wanted, found, owned)
    elif owned is None or not _contains(found, wanted):
        yield Difference(path, wanted, found)


def _of_maps(path: str, wanted: Json, found: Json, owned: Owned) -> Iterator[Difference]:
    for name, value in wanted.items():
        below = None if owned is None else owned.get(f"f:{name}")
        yield from _differences(f"{path}.{name}", value, found.get(name, ABSENT), below)
    for field in owned or ():
        name = field.removeprefix("f:")
        if field.startswith("f:") and name not in wanted and name in found:
            yield Difference(f"{path}.{name}", ABSENT, found[name])


def _of_lists(
    path: str, wanted: list[Any], found: list[Any], owned: Mapping[str, Any]
) -> Iterator[Difference]:
    """Lists that the server merges, of maps by their keys, of values as sets, in our order."""
    left = {entry: below for entry, below in owned.items() if entry[:2] in ("k:", "v:")}
    places: dict[str, int] = {}
    for item in wanted:
        entry = next((entry for entry in left if _is_of(entry, item)), None)
        place = next((n for n, other in enumerate(found) if entry and _is_of(entry, other)), None)
        here = ABSENT if place is None else found[place]
        name = _name(entry, item)
        yield from _differences(f"{path}[{name}]", item, here, left.pop(entry) if entry else None)
        if place is not None:
            places[name] = place
    yield from _of_order(path, places)
    for entry in left:
        for other in found:
            if _is_of(entry, other):
                yield Difference(f"{path}[{_name(entry, other)}]", ABSENT, other)


def _of_order(path: str, places: Mapping[str, int]) -> Iterator[Difference]:
    """Items by their names, in our order, and where each is: applying puts them in our order."""
    in_place = sorted(places, key=places.__getitem__)
    if in_place != list(places):
        yield Difference(path, list(places), in_place)


def _is_of(entry: str, item: Any) -> bool:
    """Whether an entry of FieldsV1 (`k:{"name":"main"}`, `v:"a"`) names this list item.

    A key that the item leaves out has been filled in by the server.
    """
    named = _named(entry)
    if entry.startswith("v:"):
        return bool(item == named)
    return isinstance(item, dict) and all(
        item.get(key, value) == value for key, value in named.items()
    )


@functools.lru_cache(maxsize=4096)
def _named(entry: str) -> Any:
    """What an entry names; each is asked for once for every item of its list."""
    return json.loads(entry[2:])


def _name(entry: str | None, item: Any) -> str:
    """How a list's item is called in a path."""
    keys = _named(entry) if entry and entry.startswith("k:") else item
    if not isinstance(keys, dict):
        return str(keys)
    named = keys if entry else {key: keys[key] for key in ("name", "type") if key in keys}
    return ",".join(f"{key}={value}" for key, value in named.items())


def _contains(found: Any, wanted: Any) -> bool:
    """Whether all of `wanted` is there; the server may have filled in more.

    What is ours and empty is left out by the server.
    """
    if found is ABSENT or found is None:
        return not wanted
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_contains(found.get(key, ABSENT), value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        pairs = zip(found, wanted, strict=False)
        return len(wanted) == len(found) and all(_is_item(*pair) for pair in pairs)
    return bool(wanted == found and isinstance(wanted, bool) == isinstance(found, bool))


def _is_item(found: Any, wanted: Any) -> bool:
    """Whether an item of a list that is ours as a whole holds all of `wanted`, and no more."""
    if not isinstance(wanted, dict) or not isinstance(found, dict):
        return _contains(found, wanted)
    return not found.keys() - wanted.keys() - _FILLED_IN and all(
        _is_item(found.get(key, ABSENT), value) for key, value in wanted.items()
    )
