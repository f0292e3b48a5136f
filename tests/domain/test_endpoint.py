"""An endpoint is asked for with a login, and nothing else of the deployment changes."""

import pytest

from app.domain.endpoint import with_endpoint
from app.domain.plan import StepName, making_for, plan_for, teardown_for
from app.domain.spec import DeploymentSpec, Login
from app.errors import InvalidInput
from tests.support import samples

OWNER = "Dana.O'Neill@example.com"  # Google knows addresses that are no username of the form's
CLIENT = "1234-abcd.apps.googleusercontent.com"
IAP = {"login": "iap", "oauth_client_id": CLIENT, "oauth_client_secret": "their secret"}
PASSWORD = {
    "login": "password",
    "password": "plum tractor window",
    "password_again": "plum tractor window",
}
S = StepName


def later(**changes: object) -> DeploymentSpec:
    """A Kubeflow without an endpoint, as unusual as can be."""
    unusual: dict[str, object] = {
        "login": Login.LATER,
        "oauth_client_id": "",
        "gpu_type": "nvidia-tesla-t4",
        "gpus": 2,
        "spot": True,
        "without": ("katib", "spark"),
    }
    return samples.spec(**{**unusual, **changes})


@pytest.mark.parametrize("form", [IAP, PASSWORD], ids=["iap", "password"])
def test_only_the_login_changes(form: dict[str, str]) -> None:
    before = later()
    after, secrets = with_endpoint(before, OWNER, form)
    login = ("login", "oauth_client_id", "username", "endpoint_added")
    assert after.login == form["login"]
    assert after.model_dump(exclude=set(login)) == before.model_dump(exclude=set(login))
    assert DeploymentSpec.model_validate(after.model_dump(mode="json")) == after
    assert set(secrets.named().values()) <= set(form.values())
    assert len(secrets.named()) == 1


def test_the_owner_signs_in_as_kubeflow_knows_them() -> None:
    after, _ = with_endpoint(later(), OWNER, PASSWORD | {"username": "somebody"})
    assert after.username == OWNER


def test_nothing_but_the_login_is_read_from_the_form() -> None:
    after, _ = with_endpoint(later(), OWNER, IAP | {"name": "other", "nodes": "9", "version": "0"})
    assert (after.name, after.nodes, after.version) == ("kubeflow-test-1", 2, "26.03")


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"login"}),
        ({"login": "later"}, {"login"}),
        (
            IAP | {"oauth_client_id": "me", "oauth_client_secret": ""},
            {"oauth_client_id", "oauth_client_secret"},
        ),
        (IAP | {"oauth_client_secret": " "}, {"oauth_client_secret"}),
        (PASSWORD | {"password": "password12", "password_again": "password12"}, {"password"}),
        (PASSWORD | {"password_again": "plum"}, {"password_again"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(form: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        with_endpoint(later(), OWNER, form)
    assert set(refused.value.fields) == fields


def test_googles_own_client_needs_no_secret() -> None:
    after, secrets = with_endpoint(later(), OWNER, {"login": "iap", "iap_client": "google"})
    assert not after.own_iap_client
    assert secrets.named() == {}


def test_cluster_and_accounts_stand_while_an_endpoint_is_added() -> None:
    after, _ = with_endpoint(later(), OWNER, IAP)
    making = making_for(after)
    assert set(plan_for(after).names) - set(making.names) == {
        S.CREATE_ACCOUNTS,
        S.CREATE_CLUSTER,
        S.BIND_WORKLOAD_IDENTITY,
    }
    before: set[StepName] = set()
    for step in making:
        assert set(step.needs) <= before
        before.add(step.name)


def test_nothing_is_changed_before_the_report_has_said_that_it_will_work() -> None:
    making = making_for(with_endpoint(later(), OWNER, IAP)[0])
    for name in set(making.names) - {S.CHECK_PROJECT, S.LOAD_BUNDLE}:
        needs, seen = set(making[name].needs), set[StepName]()
        while needs - seen:
            need = (needs - seen).pop()
            seen.add(need)
            needs |= set(making[need].needs)
        assert S.CHECK_PROJECT in needs


def test_a_teardown_takes_away_what_was_there_and_what_was_added() -> None:
    asked_for_at_once = samples.spec(
        **later().model_dump() | {"login": "password", "username": "d-1"}
    )
    added, _ = with_endpoint(later(), OWNER, PASSWORD)
    assert teardown_for(added) == teardown_for(asked_for_at_once)
