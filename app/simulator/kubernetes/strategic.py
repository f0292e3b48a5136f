"""Strategic merge patch: lists merge by the key their items are known by, with $ directives."""

from typing import Any

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.schema import Type

_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"


def strategic_merge(target: Object, patch: Object, type_: Type) -> Object:
    """`target` with a strategic merge patch."""
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    result = dict(target)
    for name, value in patch.items():
        if not name.startswith("$"):
            _merge_field(result, name, value, type_.child(name))
    _carry_out_directives(result, patch, type_)
    return result


def _merge_field(result: Object, name: str, value: Any, type_: Type) -> None:
    before = result.get(name)
    if value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
        result.pop(name, None)
    elif isinstance(value, dict):
        result[name] = strategic_merge(before if isinstance(before, dict) else {}, value, type_)
    elif isinstance(value, list) and type_.patch_key:
        result[name] = _merge_keyed(before or [], value, type_.patch_key, type_.element)
    elif isinstance(value, list) and type_.is_set:
        result[name] = [*(before or []), *(item for item in value if item not in (before or []))]
    else:
        result[name] = value


def _merge_keyed(before: list[Any], patch: list[Any], key: str, type_: Type) -> list[Any]:
    replaced = {"$patch": "replace"} in patch
    items = [] if replaced else list(before)
    added: list[Any] = []
    for change in patch:
        if change == {"$patch": "replace"}:
            continue
        position = next((i for i, it in enumerate(items) if it.get(key) == change.get(key)), None)
        if change.get("$patch") == "delete":
            items = [item for item in items if item.get(key) != change.get(key)]
        elif position is None:
            added.append(strategic_merge({}, change, type_))
        else:
            items[position] = strategic_merge(items[position], change, type_)
    return [*added, *items]


def _carry_out_directives(result: Object, patch: Object, type_: Type) -> None:
    for directive, value in patch.items():
        if directive == "$retainKeys":
            for name in [name for name in result if name not in value]:
                del result[name]
        elif directive.startswith(_DELETE):
            name = directive.removeprefix(_DELETE)
            result[name] = [item for item in result.get(name, []) if item not in value]
        elif directive.startswith(_ORDER):
            name = directive.removeprefix(_ORDER)
            if isinstance(result.get(name), list):
                result[name] = _in_order(result[name], value, type_.child(name))


def _in_order(items: list[Any], order: list[Any], type_: Type) -> list[Any]:
    """Items in the order asked for; those it does not name stay behind their neighbours."""
    key = type_.patch_key

    def known_as(item: Any) -> Any:
        return item.get(key) if key else item

    wanted = {known_as(item): position for position, item in enumerate(order)}
    ranks: list[tuple[int, int, Any]] = []
    rank = -1
    for position, item in enumerate(items):
        rank = wanted.get(known_as(item), rank)
        ranks.append((rank, position, item))
    return [item for _, _, item in sorted(ranks, key=lambda entry: entry[:2])]
