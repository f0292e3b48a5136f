"""What was taken out of an item of a list that is ours as a whole is not as it should be."""

from typing import Any

import pytest

from app.kube.client import MANAGER
from app.kube.compare import differences

Json = dict[str, Any]
ANYBODY = {"from": [{"source": {"notRequestPrincipals": ["*"]}}]}
BUT_SIGNING_IN = {**ANYBODY, "to": [{"operation": {"notPaths": ["/dex/*"]}}]}


def _differs(wanted: list[Json], found: list[Json]) -> bool:
    """Whether applying `wanted` would change what we applied and is now `found`."""
    ours = {"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": {"f:rules": {}}}}
    live = {"metadata": {"name": "x", "managedFields": [ours]}, "spec": {"rules": found}}
    sent = {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy"}
    whole = {**sent, "metadata": {"name": "x"}, "spec": {"rules": wanted}}
    return next(differences(whole, live), None) is not None


def test_an_exception_that_a_policy_no_longer_makes_is_taken_out() -> None:
    """The release's policy for passwords leaves dex's pages out, and that for IAP does not."""
    assert _differs([ANYBODY], [BUT_SIGNING_IN])
    assert _differs([BUT_SIGNING_IN], [ANYBODY])
    assert not _differs([BUT_SIGNING_IN], [BUT_SIGNING_IN])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"ports": [{"port": 80}]}, {"ports": [{"port": 80, "protocol": "TCP"}]}),
        ({"kind": "User", "name": "d"}, {"kind": "User", "name": "d", "apiGroup": "rbac"}),
        ({"resources": ["pods"]}, {"resources": ["pods"], "scope": "*"}),
        ({"name": "a", "options": {}}, {"name": "a"}),
    ],
)
def test_what_a_server_fills_in_does_not_differ(wanted: Json, found: Json) -> None:
    assert not _differs([wanted], [found])
