"""Quantities (`500m`, `1Gi`) in the one form in which the API server writes each of them."""

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

_TEXT = re.compile(r"([+-]?[0-9.]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_POWERS = {suffix: power for power, suffix in _DECIMAL.items()}
_SMALLEST = Decimal("1e-9")


@lru_cache(maxsize=4096)
def canonical_quantity(text: str) -> str:
    """The same quantity: no fraction, the largest unit; raises ValueError if it is none."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(
            "quantities must match the regular expression"
            " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        )
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix in _BINARY and suffix:
        value = number * 1024 ** _BINARY.index(suffix)
        return _binary(value) if abs(value) >= 1024 else _decimal(value, exponent=False)
    if suffix in _POWERS:
        return _decimal(number.scaleb(_POWERS[suffix]), exponent=False)
    return _decimal(number.scaleb(int(suffix[1:])), exponent=True)


def _binary(value: Decimal) -> str:
    whole, unit = int(value.to_integral_value(ROUND_CEILING)), 0
    while whole % 1024 == 0 and unit < len(_BINARY) - 1:
        whole, unit = whole // 1024, unit + 1
    return f"{whole}{_BINARY[unit]}"


def _decimal(value: Decimal, *, exponent: bool) -> str:
    whole = int((value / _SMALLEST).to_integral_value(ROUND_CEILING))
    power = -9
    while whole and whole % 1000 == 0 and power < max(_DECIMAL):
        whole, power = whole // 1000, power + 3
    if not whole:
        return "0"
    return f"{whole}e{power}" if exponent and power else f"{whole}{_DECIMAL[power]}"
