"""`metav1.LabelSelector`: the selectors that objects carry."""

from collections.abc import Mapping
from typing import Any


def selects(selector: Mapping[str, Any] | None, tags: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (matchLabels, matchExpressions) matches; None matches nothing."""
    if selector is None:
        return False
    exact = selector.get("matchLabels") or {}
    return all(tags.get(name) == value for name, value in exact.items()) and all(
        _expression_matches(each, tags) for each in selector.get("matchExpressions") or []
    )


def _expression_matches(expression: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    name, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return tags.get(name) in values
        case "NotIn":
            return tags.get(name) not in values
        case "Exists":
            return name in tags
        case _:
            return name not in tags
