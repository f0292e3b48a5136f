"""Match conditions: what of CEL is evaluated, and what is said of the rest."""

from typing import Any

import pytest

from app.simulator.kubernetes.cel import Failed, Unsupported, compiled

SCOPE: dict[str, Any] = {
    "request": {"operation": "CREATE", "userInfo": {"username": "alice", "groups": ["a", "b"]}},
    "object": {"metadata": {"name": "web-1", "labels": {"app/x": "y"}}, "spec": {"replicas": 3}},
    "oldObject": None,
}


@pytest.mark.parametrize(
    "expression",
    [
        'request.userInfo.username != "system:serviceaccount:kubeflow:katib-controller"',
        "!('system:nodes' in request.userInfo.groups)",
        "object.metadata.name.startsWith('web') && object.spec.replicas >= 3",
        "has(object.metadata.labels) && !has(object.metadata.annotations)",
        "object.metadata.labels['app/x'] == 'y'",
        "oldObject == null || oldObject.spec == object.spec",
        "request.operation in ['CREATE', 'UPDATE'] ? size(object.metadata.name) == 5 : false",
        "request.userInfo.groups.exists(g, g == 'b') && !request.userInfo.groups.all(g, g == 'b')",
        "object.metadata.name.matches('^web-[0-9]+$') && object.spec.replicas + 1 == 4",
    ],
)
def test_an_expression_holds(expression: str) -> None:
    assert compiled(expression)(SCOPE) is True


def test_one_part_may_decide_whatever_becomes_of_the_other() -> None:
    assert compiled("object.none == 1 || true")(SCOPE) is True
    assert compiled("object.none == 1 && false")(SCOPE) is False
    with pytest.raises(Failed, match="no such key: none"):
        compiled("object.none == 1 || false")(SCOPE)


@pytest.mark.parametrize(
    "expression", ["1 +", "a ** b", "object.replace('a', 'b')", "duration('1h')", "has()", "a b"]
)
def test_what_is_not_supported_is_said(expression: str) -> None:
    with pytest.raises(Unsupported):
        compiled(expression)
