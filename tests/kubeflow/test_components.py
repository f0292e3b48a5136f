"""What belongs to a component, and what can be left out."""

import pytest

from app.domain.spec import Login
from app.kubeflow.components import (
    Component,
    catalogued,
    claimed_gib,
    component_of,
    in_order,
    left_out,
)
from tests.kubeflow.real import shipped


def test_components_are_told_by_the_longest_path() -> None:
    assert component_of("common/istio/istio-install/base").id == "istio"
    assert component_of("common/istio/kubeflow-istio-resources/base").id == "foundation"
    assert component_of("applications/new-thing/overlays").title == "new-thing"


def test_every_need_is_a_component_that_can_be_left_out() -> None:
    known = {component.id: component for component in catalogued()}
    for component in known.values():
        assert all(known[need].optional for need in component.needs)


@pytest.mark.parametrize(
    ("without", "out"),
    [
        ((), set()),
        (("kserve",), {"kserve"}),
        (("knative",), set()),
        (("knative", "kserve"), {"knative", "kserve"}),
        (("poddefaults", "notebooks"), {"notebooks"}),
        (
            ("poddefaults", "notebooks", "tensorboards"),
            {"poddefaults", "notebooks", "tensorboards"},
        ),
        (("istio", "profiles", "never-heard-of"), set()),
    ],
)
def test_what_a_component_needs_is_kept(without: tuple[str, ...], out: set[str]) -> None:
    assert left_out(catalogued(), without) == out


def test_needs_are_kept_along_the_whole_chain() -> None:
    a = Component("a", "A", optional=True, needs=("b",))
    b = Component("b", "B", optional=True, needs=("c",))
    c = Component("c", "C", optional=True)
    assert left_out([a, b, c], ("b", "c")) == set()
    assert left_out([a, b, c], ("a", "b")) == {"a", "b"}


def test_a_component_that_the_catalogue_lacks_is_installed_last() -> None:
    found = in_order([component_of("applications/hub/x"), component_of("common/istio/x")])
    assert [component.id for component in found] == ["istio", "hub"]


def test_what_components_claim_is_as_in_the_release() -> None:
    """The form's estimate is made before there is a bundle."""
    claims = {each.id: each.storage_gib for each in shipped(Login.PASSWORD).contents.components}
    assert {each.id: each.storage_gib for each in catalogued() if each.id in claims} == claims


def test_who_is_left_out_claims_nothing() -> None:
    assert claimed_gib(catalogued(), ()) == 50
    assert claimed_gib(catalogued(), ("katib",)) == 40
