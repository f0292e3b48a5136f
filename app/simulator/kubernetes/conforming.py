"""Written objects in the form of their kind: what it does not have goes, what it adds comes."""

from collections.abc import Iterator

from app.simulator.kubernetes.canonical import Wrong, canonical
from app.simulator.kubernetes.errors import Cause, bad_request, invalid
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.shapes import OBJECT_META, Shape, shape, shape_of
from app.simulator.kubernetes.structural import conform


def conformed(
    resource: Resource, stored: Resource, item: Object, validation: str
) -> tuple[Object, list[str]]:
    """The object as its kind has it, and what is to be said of fields that were dropped.

    Raises 400 for values that cannot be decoded, and for unknown fields where `validation` is
    `Strict`; 422 for what a schema refuses.
    """
    item, unknown, causes = _read(stored, item)
    told = [f'unknown field "{path}"' for path in unknown]
    if told and validation == "Strict":
        raise bad_request(f"{_unhandled(resource)}: strict decoding error: {', '.join(told)}")
    if causes:
        raise invalid(resource.subject(metadata_of(item).get("name", "")), causes)
    return item, told


def _read(stored: Resource, item: Object) -> tuple[Object, list[str], list[Cause]]:
    known = shape_of(stored)
    if known is None:
        item, found = conform(item, stored.schema())
        metadata, _ = canonical(metadata_of(item), shape(OBJECT_META))
        return {**item, "metadata": metadata}, found.unknown, found.causes
    item, findings = canonical(item, known)
    if findings.wrong:
        raise bad_request(f"{_unhandled(stored)}: {undecoded(known, findings.wrong[0])}")
    return item, findings.unknown, []


def _unhandled(resource: Resource) -> str:
    return f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'


def undecoded(known: Shape, wrong: Wrong) -> str:
    """Why a value cannot be decoded, in the words of Go's decoder."""
    if wrong.why:
        return wrong.why
    names = list(_names(wrong.path))
    holder = known
    for name in names[:-1]:
        field = holder.fields.get(name)
        holder = field.shape if field and field.shape else holder
    where = f"{holder.go_name}.{'.'.join(names)}"
    into = f"Go struct field {where} of type {wrong.expected}"
    return f"json: cannot unmarshal {wrong.given} into {into}"


def _names(path: str) -> Iterator[str]:
    return (part.partition("[")[0] for part in path.split("."))
