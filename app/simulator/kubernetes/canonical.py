"""Built-in objects as the API server keeps them: decoded into its types, and encoded again.

What its types do not have is dropped, and so is null; zero values that need not be written are
left out, and what always is written is filled in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import is_
from typing import Any

from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.quantities import canonical_quantity
from app.simulator.kubernetes.shapes import Field, Shape

# Where a value is: the place of what it is in, and its name or index there.
Place = tuple[Any, str | int] | None
Reader = Callable[[Any, "Findings", Place], Any]
_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MICROSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_JSON_NAMES = {str: "string", bool: "bool", dict: "object", list: "array"}


@dataclass(slots=True)
class Wrong:
    """A value of another type than its field's; `expected` is that in Go.

    What is wrong within a text of the right type is said in `why`.
    """

    path: str
    value: Any
    expected: str
    why: str = ""

    @property
    def given(self) -> str:
        """The value's type, as Go's decoder calls it."""
        return _JSON_NAMES.get(type(self.value), "number")


@dataclass(slots=True)
class Findings:
    """The fields that a type does not have, and values of wrong types."""

    unknown: list[str] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def canonical(item: Object, shape: Shape) -> tuple[Object, Findings]:
    """The object as it is kept (itself, if it is so already), and what was found on the way."""
    findings = Findings()
    kept: Object = _struct(shape)(item, findings, None)
    return kept, findings


def empty(shape: Shape) -> Object:
    """What is written of an object that says nothing."""
    return _struct(shape).empty


def blank(shape: Shape) -> Object:
    """What is there before anything is set: all that is no pointer and always written."""
    made: Object = {}
    for name, described in shape.fields.items():
        if _is_always_written(described) and not described.pointer:
            made[name] = _blank_value(described)
    return made


def _blank_value(described: Field) -> Any:
    if described.wraps:
        return None
    return blank(described.shape) if described.shape else _zero(described)


def path_of(place: Place) -> str:
    """`spec.template.spec.containers[0].image`"""
    if place is None:
        return ""
    above, name = path_of(place[0]), place[1]
    if isinstance(name, int):
        return f"{above}[{name}]"
    return f"{above}.{name}" if above else name


class _Struct:
    """Reads objects of one shape; its fields' readers are made when they are first needed."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._fields: dict[str, tuple[Reader, type | None, bool]] = {}
        self._empty: Object | None = None

    @property
    def empty(self) -> Object:
        """What is written of a value without any field."""
        if self._empty is None:
            fields = self._shape.fields.items()
            self._empty = {name: _zero(each) for name, each in fields if _is_always_written(each)}
        return self._empty

    def __call__(self, item: Any, findings: Findings, place: Place) -> Any:
        if type(item) is not dict:
            return _complain(item, self._shape.go_type, findings, place)
        changed: Object = {}
        known = self._fields or self._read_fields()
        for name, value in item.items():
            if name not in known:
                findings.unknown.append(path_of((place, name)))
                changed[name] = None
                continue
            reader, scalar, omits_empty = known[name]
            kept = value
            if type(value) is not scalar and value is not None:
                kept = reader(value, findings, (place, name))
            if kept is not value or kept is None or (omits_empty and not kept):
                changed[name] = None if omits_empty and not kept else kept
        if not changed and self.empty.keys() <= item.keys():
            return item
        return self._rebuilt(item, changed)

    def _rebuilt(self, item: Object, changed: Object) -> Object:
        """With the changed values, without those that are None, with what always is written."""
        merged = {**item, **changed}
        kept = {name: value for name, value in merged.items() if value is not None}
        return {**kept, **{name: zero for name, zero in self.empty.items() if name not in kept}}

    def _read_fields(self) -> dict[str, tuple[Reader, type | None, bool]]:
        self._fields = {
            name: (_reader(each), _SCALARS.get(each.kind) if not each.wraps else None, _omits(each))
            for name, each in self._shape.fields.items()
        }
        return self._fields


_STRUCTS: dict[str, _Struct] = {}


def _struct(shape: Shape) -> _Struct:
    return _STRUCTS.setdefault(shape.name, _Struct(shape))


def _omits(described: Field) -> bool:
    """Whether an empty value is left out. A struct has none that is, a pointer's is kept.

    A list or map that always is written is null when it is empty: the store knows no difference.
    """
    if described.wraps:
        return not described.pointer
    is_struct = described.shape is not None and not described.wraps
    return (
        bool(described.omit)
        and not described.pointer
        and (not is_struct or described.omit == "zero")
    )


def _is_always_written(described: Field) -> bool:
    if described.omit == "zero":
        return False
    if not described.omit:
        return True
    is_struct = described.shape is not None or described.kind in _STRUCT_KINDS
    return is_struct and not described.wraps and not described.pointer


def _zero(described: Field) -> Any:
    if described.wraps or described.pointer:
        return None
    if described.shape is not None:
        return _struct(described.shape).empty
    return _ZEROS.get(described.kind, 0)


def _reader(described: Field) -> Reader:
    reader: Reader = _READERS.get(described.kind, _whole_number)
    if described.shape is not None:
        reader = _struct(described.shape)
        reader = _either(reader) if described.either else reader
    scalar = _SCALARS.get(described.kind)
    go_type = described.shape.go_type if described.shape else described.kind
    for wrap in reversed(described.wraps):
        go_type = f"[]{go_type}" if wrap == "list" else f"map[string]{go_type}"
        make = _list if wrap == "list" else _map
        reader, scalar = make(reader, scalar, go_type), None
    return reader


def _list(inner: Reader, scalar: type | None, go_type: str) -> Reader:
    def read(value: Any, findings: Findings, place: Place) -> Any:
        if type(value) is not list:
            return _complain(value, go_type, findings, place)
        if scalar is not None and set(map(type, value)) <= {scalar}:
            return value
        kept = [inner(item, findings, (place, index)) for index, item in enumerate(value)]
        return value if all(map(is_, kept, value)) else kept

    return read


def _map(inner: Reader, scalar: type | None, go_type: str) -> Reader:
    def read(value: Any, findings: Findings, place: Place) -> Any:
        if type(value) is not dict:
            return _complain(value, go_type, findings, place)
        if scalar is not None and set(map(type, value.values())) <= {scalar}:
            return value
        kept = {name: inner(item, findings, (place, name)) for name, item in value.items()}
        return value if all(map(is_, kept.values(), value.values())) else kept

    return read


def _either(inner: Reader) -> Reader:
    """A schema, a list of schemas, or anything else (a truth, a list of texts)."""
    several = _list(inner, None, "[]v1.JSONSchemaProps")

    def read(value: Any, findings: Findings, place: Place) -> Any:
        if type(value) is dict:
            return inner(value, findings, place)
        if type(value) is list and value and type(value[0]) is dict:
            return several(value, findings, place)
        return value

    return read


def _text(value: Any, findings: Findings, place: Place) -> Any:
    if value is None:
        return ""
    return value if type(value) is str else _complain(value, "string", findings, place)


def _truth(value: Any, findings: Findings, place: Place) -> Any:
    return value if type(value) is bool else _complain(value, "bool", findings, place)


def _whole_number(value: Any, findings: Findings, place: Place) -> Any:
    if type(value) is float and value.is_integer():
        return int(value)
    return value if type(value) is int else _complain(value, "int32", findings, place)


def _number(value: Any, findings: Findings, place: Place) -> Any:
    return value if type(value) in (int, float) else _complain(value, "float64", findings, place)


def _int_or_string(value: Any, findings: Findings, place: Place) -> Any:
    return value if type(value) in (int, str) else _complain(value, "int32", findings, place)


def _quantity(value: Any, findings: Findings, place: Place) -> Any:
    try:
        kept = canonical_quantity(str(value))
    except ValueError as error:
        return _complain(value, "resource.Quantity", findings, place, str(error))
    return value if kept == value else kept


def _time(value: Any, findings: Findings, place: Place) -> Any:
    if type(value) is str and _SECONDS.fullmatch(value):
        return value
    return _moment(value, "%Y-%m-%dT%H:%M:%SZ", findings, place)


def _micro_time(value: Any, findings: Findings, place: Place) -> Any:
    if type(value) is str and _MICROSECONDS.fullmatch(value):
        return value
    return _moment(value, "%Y-%m-%dT%H:%M:%S.%fZ", findings, place)


def _moment(value: Any, form: str, findings: Findings, place: Place) -> Any:
    try:
        return datetime.fromisoformat(value).astimezone(UTC).strftime(form)
    except (TypeError, ValueError) as error:
        return _complain(value, "v1.Time", findings, place, str(error))


def _anything(value: Any, findings: Findings, place: Place) -> Any:
    return value


def _complain(value: Any, expected: str, findings: Findings, place: Place, why: str = "") -> Any:
    findings.wrong.append(Wrong(path_of(place), value, expected, why))
    return value


_READERS: dict[str, Reader] = {
    "string": _text,
    "bytes": _text,
    "boolean": _truth,
    "number": _number,
    "intorstring": _int_or_string,
    "quantity": _quantity,
    "time": _time,
    "microtime": _micro_time,
    "any": _anything,
}
# Values of these types need no reader.
_SCALARS: dict[str, type] = {
    "string": str,
    "bytes": str,
    "boolean": bool,
    "int32": int,
    "int64": int,
    "int": int,
}
_STRUCT_KINDS = ("quantity", "time", "microtime", "intorstring", "any")
_ZEROS: dict[str, Any] = {
    "string": "",
    "bytes": None,
    "boolean": False,
    "quantity": "0",
    "time": None,
    "microtime": None,
    "any": None,
}
