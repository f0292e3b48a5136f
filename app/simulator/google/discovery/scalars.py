"""Values without parts: what Google's JSON takes for each kind, made one form.

64-bit numbers stay text, as in answers. Numbers and booleans may come as text, as proto3's JSON
allows.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

WRONG = object()
"""What a reader returns for a value that is not of its kind."""
Reader = Callable[[Any], Any]

_WHOLE = re.compile(r"[+-]?\d+")
_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
_PROTO_NAMES = {"boolean": "TYPE_BOOL", "string": "TYPE_STRING"}


def proto_name(kind: str, format_: str) -> str:
    """How refusals call it: `TYPE_INT32`."""
    known = {"byte": "TYPE_BYTES", "google-datetime": "Timestamp", "google-duration": "Duration"}
    if format_ in ("google-datetime", "google-duration"):
        return f"type.googleapis.com/google.protobuf.{known[format_]}"
    if format_ in known:
        return known[format_]
    if format_ in _RANGES or format_ in ("float", "double"):
        return f"TYPE_{format_.upper()}"
    return _PROTO_NAMES.get(kind, "TYPE_STRING")


def reader(kind: str, format_: str) -> Reader:
    """What reads values of a schema's type and format."""
    if format_ in _RANGES:
        least, most = _RANGES[format_]
        as_text = kind == "string"
        return lambda value: _whole(value, least, most, as_text)
    if kind == "number":
        return _number
    if kind == "boolean":
        return _boolean
    return _TEXTS.get(format_, _text)


def enum_reader(names: list[str]) -> Reader:
    """What reads an enum's values: names, or numbers, which documents do not give."""
    known = frozenset(names)

    def read(value: Any) -> Any:
        if isinstance(value, str):
            return value if value in known else WRONG
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return value if is_number and 0 <= value < 2**31 else WRONG

    return read


def _whole(value: Any, least: int, most: int, as_text: bool) -> Any:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    else:
        return WRONG
    if not least <= number <= most:
        return WRONG
    return str(number) if as_text else number


def _number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return float(value) if isinstance(value, str) else WRONG
    except ValueError:
        return WRONG


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    # gcloud says True in queries, as Python does
    known = {"true": True, "false": False}
    return known.get(value.lower(), WRONG) if isinstance(value, str) else WRONG


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else WRONG


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return WRONG
    plain = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return WRONG
    return value


def _moment(value: Any) -> Any:
    try:
        is_moment = isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return WRONG
    return value if is_moment else WRONG


def _duration(value: Any) -> Any:
    return value if isinstance(value, str) and _DURATION.fullmatch(value) else WRONG


_TEXTS: dict[str, Reader] = {
    "byte": _bytes,
    "google-datetime": _moment,
    "google-duration": _duration,
}
