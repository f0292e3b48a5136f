"""The merge type of each served resource."""

from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.schema import ANY, ATOMIC, METADATA, Type, from_open_api
from app.simulator.kubernetes.shapes import Field, Shape, shape_of

_PLAIN = Type(fields={"metadata": METADATA})
_OF_SHAPES: dict[str, Type] = {}


class Types:
    """The merge type of each served resource; a CRD's is read when it is first needed."""

    def __init__(self) -> None:
        self._custom: dict[tuple[str, str, str], tuple[Resource, Type]] = {}

    def of(self, resource: Resource) -> Type:
        """The type of the resource's objects."""
        if not resource.custom:
            shape = shape_of(resource)
            return _of_shape(shape) if shape else _PLAIN
        key = (resource.group, resource.version, resource.plural)
        known = self._custom.get(key)
        if known and known[0] is resource:
            return known[1]
        read = from_open_api(resource.schema())
        read.fields["metadata"] = METADATA
        self._custom[key] = (resource, read)
        return read


def _of_shape(shape: Shape) -> Type:
    if shape.name not in _OF_SHAPES:
        made = _OF_SHAPES[shape.name] = Type(atomic=shape.atomic)
        for name, field in shape.fields.items():
            made.fields[name] = _of_field(field)
    return _OF_SHAPES[shape.name]


def _of_field(field: Field) -> Type:
    if field.either:
        return ANY
    if field.list_type == "atomic":
        return ATOMIC
    inner = _of_shape(field.shape) if field.shape else ANY
    if field.wraps == ("list",):
        return _of_list(field, inner)
    return Type(items=inner) if field.wraps == ("map",) else inner


def _of_list(field: Field, inner: Type) -> Type:
    if field.list_type == "map" and field.shape:
        fields = field.shape.fields
        keys = {name: fields[name].default for name in field.keys}
        return Type(keys=keys, items=inner, patch_key=field.patch_key)
    if field.list_type == "set":
        return Type(is_set=True, items=inner)
    return Type(patch_key=field.patch_key, items=inner)
