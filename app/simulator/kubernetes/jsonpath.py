"""The small part of JSONPath that printer columns use: fields, indices, filters, wildcards."""

import re
from typing import Any

_STEP = re.compile(
    r"""\.?(?:
        \['(?P<quoted>[^']+)'\]
        |\[\?\(@\.(?P<field>[\w.\\/-]+)\s*(?P<operator>==|!=)\s*["']?(?P<value>[^"'\)]*)["']?\)\]
        |\[(?P<index>-?\d+)\]
        |\[(?P<every>\*)\]
        |(?P<name>(?:\\.|[^.\[\\])+)
    )""",
    re.VERBOSE,
)


def find(item: Any, path: str) -> list[Any]:
    """Every value at a path such as `.status.conditions[?(@.type=="Ready")].status`."""
    values = [item]
    position = 0
    path = path.strip().removeprefix("{").removesuffix("}")
    while position < len(path) and values:
        step = _STEP.match(path, position)
        if step is None or step.end() == position:
            return []
        values = [found for value in values for found in _below(value, step)]
        position = step.end()
    return values


def _below(value: Any, step: re.Match[str]) -> list[Any]:
    name = step["quoted"] or (step["name"] or "").replace("\\", "")
    if step["every"] or name == "*":
        return list(value.values()) if isinstance(value, dict) else _items(value)
    if step["field"]:
        return [item for item in _items(value) if _matches(item, step)]
    if step["index"]:
        items = _items(value)
        index = int(step["index"])
        return [items[index]] if -len(items) <= index < len(items) else []
    return [value[name]] if isinstance(value, dict) and value.get(name) is not None else []


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _matches(item: Any, step: re.Match[str]) -> bool:
    found = find(item, f".{step['field']}")
    same = bool(found) and str(found[0]) == step["value"]
    return same if step["operator"] == "==" else not same
