"""What holds for server-side apply whatever is applied."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.simulator.kubernetes.fields import difference, fields_of, intersection, union
from app.simulator.kubernetes.managed_fields import Manager, Managers, owned_part
from app.simulator.kubernetes.schema import ANY, Type, list_map, struct

NOW = "2026-11-24T00:00:00Z"
ITEM = struct(values=Type(is_set=True))
TYPE = struct(spec=struct(parts=list_map(ITEM, name=None), tags=Type(is_set=True)))
ONE, TWO = (Manager(name, "Apply", "v1") for name in ("one", "two"))

_names = st.sampled_from(["a", "b", "c"])
_sets = st.lists(_names, unique=True)
_parts = st.lists(
    st.fixed_dictionaries({"name": _names}, optional={"size": st.integers(0, 2), "values": _sets}),
    unique_by=lambda part: part["name"],
)
_specs = st.fixed_dictionaries(
    {},
    optional={
        "parts": _parts,
        "tags": _sets,
        "labels": st.dictionaries(_names, _names),
        "list": st.lists(st.integers(0, 2)),
        "size": st.integers(0, 2),
    },
)
configurations = st.fixed_dictionaries({}, optional={"spec": _specs})
EMPTY = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}}


def apply(live: dict[str, Any], config: dict[str, Any], manager: Manager) -> dict[str, Any]:
    managers = Managers.read(live)
    merged = managers.apply(live, {**EMPTY, **config}, TYPE, manager, True, NOW)
    metadata = {**merged["metadata"], "managedFields": managers.lines()}
    return {**merged, "metadata": metadata}


def has(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(name in value and has(value[name], item) for name, item in wanted.items())
    if not wanted or not isinstance(wanted, list):
        return isinstance(wanted, list) or bool(value == wanted)
    if isinstance(wanted[0], dict):
        found = {item["name"]: item for item in value}
        return all(has(found[item["name"]], item) for item in wanted)
    return value == wanted or set(wanted) <= set(value)


@given(configurations, configurations)
def test_what_is_applied_with_force_is_there(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = apply(apply(EMPTY, first, ONE), second, TWO)
    assert has(live, second)


@given(configurations, configurations)
def test_applying_again_changes_nothing(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = apply(apply(EMPTY, first, ONE), second, TWO)
    assert apply(live, second, TWO) == live


@given(configurations, configurations)
def test_an_only_manager_leaves_what_it_applied_last(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    live = apply(apply(EMPTY, first, ONE), second, ONE)
    fresh = apply(EMPTY, second, ONE)
    assert fields_of(owned_part(live), TYPE) == fields_of(owned_part(fresh), TYPE)


@given(configurations, configurations)
def test_sets_of_fields_add_and_subtract(first: dict[str, Any], second: dict[str, Any]) -> None:
    one, two = fields_of(first, TYPE) or None, fields_of(second, TYPE) or None
    both = intersection(one, two)
    assert union(one, two) == union(two, one)
    assert union(difference(one, two), both) == one
    assert difference(union(one, two), two) == difference(one, two)
    assert intersection(one, one) == one


def test_fields_written_without_types_merge_by_key() -> None:
    managers = Managers()
    managers.update({}, {"data": {"x": "1"}}, ANY, Manager("hand", "Update", "v1"), NOW)
    assert managers.lines()[0]["fieldsV1"] == {"f:data": {".": {}, "f:x": {}}}
