"""Compute Engine's list filters: `name = kf-1`, `name eq "kf.*"`, `labels.app:kf`, joined by AND.

Terms side by side, or in parentheses, are joined by AND too.
"""

import re

from app.simulator.google.errors import ApiError, Json

_TERM = re.compile(
    r"""\(?\s*(?P<field>[\w.-]+)\s*(?P<how>!=|=|:|\beq\b|\bne\b)\s*"""
    r"""(?:"(?P<quoted>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s()]+))\s*\)?\s*(?:AND\b\s*)?"""
)


def matching(items: list[Json], expression: str) -> list[Json]:
    """Those of the resources that satisfy the expression; INVALID_ARGUMENT if it is none."""
    terms = _terms(expression)
    return [item for item in items if all(_holds(item, *term) for term in terms)]


def _terms(expression: str) -> list[tuple[str, str, str]]:
    rest, terms = expression.strip(), []
    while rest:
        found = _TERM.match(rest)
        if found is None:
            raise ApiError(
                "INVALID_ARGUMENT",
                f"Invalid value for field 'filter': '{expression}'. Invalid list filter "
                "expression.",
            )
        value = found["quoted"] or found["single"] or found["bare"] or ""
        terms.append((found["field"], found["how"], value))
        rest = rest[found.end() :]
    return terms


def _holds(item: Json, field: str, how: str, wanted: str) -> bool:
    value = _value(item, field)
    if how in ("eq", "ne"):
        matches = value is not None and re.fullmatch(wanted, value) is not None
        return matches == (how == "eq")
    if how == ":":
        return value is not None and _has(value, wanted)
    return (value == wanted) == (how == "=")


def _value(item: Json, field: str) -> str | None:
    place, found = item, None
    for part in field.split("."):
        found = place.get(part) if isinstance(place, dict) else None
        place = found if isinstance(found, dict) else {}
    if isinstance(found, bool):
        return str(found).lower()
    return None if found is None else str(found)


def _has(value: str, wanted: str) -> bool:
    if wanted == "*":
        return True
    begins = wanted.removesuffix("*")
    return value.startswith(begins) if wanted.endswith("*") else value == wanted
