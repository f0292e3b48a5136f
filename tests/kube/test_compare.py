"""What comparing says is what applying does, whatever is there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kube.client import MANAGER
from app.kube.compare import ABSENT, Difference, differences
from app.simulator.kubernetes.managed_fields import Manager
from tests.simulator.kubernetes.test_managed_fields import EMPTY, ONE, apply, configurations

Json = dict[str, Any]
OURS = Manager(MANAGER, "Apply", "v1")


def _filled(part: Any) -> Any:
    """Without what is empty: it counts as left out, or as one more thing to be applied."""
    if isinstance(part, dict):
        filled = {name: _filled(value) for name, value in part.items()}
        return {name: value for name, value in filled.items() if value not in ([], {})}
    return [_filled(value) for value in part] if isinstance(part, list) else part


_configurations = configurations.map(_filled)
_histories = st.lists(st.tuples(st.sampled_from([OURS, ONE]), _configurations), max_size=3)


def _after(history: list[tuple[Manager, Json]]) -> Json:
    """The object after everybody has applied what is theirs, one after the other."""
    live: Json = EMPTY
    for manager, config in history:
        live = apply(live, config, manager)
    return live


def _found(wanted: Json, live: Json) -> list[Difference]:
    return list(differences({**EMPTY, **wanted}, live))


@given(_histories, _configurations)
def test_what_was_just_applied_does_not_differ(
    history: list[tuple[Manager, Json]], wanted: Json
) -> None:
    assert _found(wanted, apply(_after(history), wanted, OURS)) == []


@given(_histories, _configurations)
def test_where_nothing_differs_applying_changes_nothing(
    history: list[tuple[Manager, Json]], wanted: Json
) -> None:
    live = _after([*history, (OURS, wanted), *history[:1]])
    if not _found(wanted, live):
        assert apply(live, wanted, OURS) == live


@given(_configurations, _configurations)
def test_what_another_took_from_us_differs(wanted: Json, theirs: Json) -> None:
    ours = apply(EMPTY, wanted, OURS)
    live = apply(ours, theirs, ONE)
    if apply(live, wanted, OURS) != live:
        assert _found(wanted, live) != []


def _live(spec: Json, **fields: Any) -> Json:
    """An object whose `spec` we applied, as FieldsV1 has it."""
    line = {"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": fields}}
    return {"metadata": {"name": "x", "managedFields": [line]}, "spec": spec}


def _wanted(spec: Json) -> Json:
    return {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": spec}


@pytest.mark.parametrize(
    ("wanted", "found", "said"),
    [
        ({"size": 2}, {"size": 3}, [(".spec.size", 2, 3)]),
        ({"size": 1}, {"size": True}, [(".spec.size", 1, True)]),
        ({"size": 1}, {}, [(".spec.size", 1, ABSENT)]),
        ({}, {"size": 3}, [(".spec.size", ABSENT, 3)]),
        ({"size": 2}, {"size": 2, "default": 1}, []),
        ({"size": []}, {"size": None}, []),
    ],
)
def test_a_field_that_differs_is_named_with_both_values(
    wanted: Json, found: Json, said: list[tuple[str, Any, Any]]
) -> None:
    live = _live(found, **{"f:size": {}})
    assert list(differences(_wanted(wanted), live)) == [Difference(*each) for each in said]


def test_an_item_of_a_merged_list_is_named_by_its_keys() -> None:
    owned: Json = {'k:{"name":"main"}': {".": {}, "f:name": {}, "f:image": {}}}
    live = _live(
        {"parts": [{"name": "sidecar"}, {"name": "main", "image": "a:2"}]}, **{"f:parts": owned}
    )
    (found,) = differences(_wanted({"parts": [{"name": "main", "image": "a:1"}]}), live)
    assert found == Difference(".spec.parts[name=main].image", "a:1", "a:2")


def test_what_is_equal_and_not_ours_differs_in_whose_it_is() -> None:
    live = {"metadata": {"name": "x"}, "spec": {"size": 2}}
    assert list(differences(_wanted({"size": 2}), live)) == [Difference(".spec.size", 2, 2)]
