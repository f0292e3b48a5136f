"""What the form accepts, what it gives back, and that secrets stay apart."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain.names import HOST_LIMIT
from app.domain.places import (
    GPUS,
    MACHINE_TYPES,
    ZONES,
    cores_of,
    is_zone,
    memory_gb_of,
    suits_kubeflow,
)
from app.domain.spec import DeploymentSpec, IapClient, draft, parse
from app.errors import InvalidInput

FORM = {
    "project": "your-project-id",
    "name": "kubeflow-test-1",
    "login": "iap",
    "zone": "asia-east1-a",
    "version": "26.03",
    "machine_type": "n1-standard-8",
    "nodes": "2",
    "disk_gb": "100",
    "oauth_client_id": "1234-abcd.apps.googleusercontent.com",
    "oauth_client_secret": "a-client-secret",
}
PASSWORD = {
    "login": "password",
    "username": "dana",
    "password": "plum tractor window",
    "password_again": "plum tractor window",
}


def refused(**changes: str) -> dict[str, str]:
    """The refused fields of the form with `changes`, each with its message."""
    with pytest.raises(InvalidInput) as problem:
        parse(FORM | changes)
    return {field: str(message) for field, message in problem.value.fields.items()}


def test_a_good_form_becomes_a_spec_and_secrets_apart() -> None:
    spec, secrets = parse(FORM)
    assert spec.names.host == "kubeflow-test-1.endpoints.your-project-id.cloud.goog"
    assert (spec.nodes, spec.disk_gb) == (2, 100)
    assert secrets.named() == {"oauth_client_secret": "a-client-secret"}
    assert "a-client-secret" not in spec.model_dump_json()
    assert "a-client-secret" not in repr(secrets)


def test_a_form_half_filled_in_says_what_is_missing_and_keeps_the_rest() -> None:
    spec, unclear = draft({"project": "your-project-id", "zone": "us-east1-b", "nodes": "many"})
    assert spec is not None
    assert (spec.project, spec.zone, spec.nodes) == ("your-project-id", "us-east1-b", 2)
    assert {"name", "login", "version", "nodes"} <= unclear
    assert "zone" not in unclear


def test_without_a_project_there_is_no_draft() -> None:
    assert draft(FORM | {"project": "X"}) == (None, frozenset({"project"}))


@given(st.dictionaries(st.sampled_from(sorted(FORM | PASSWORD)), st.text(max_size=40)))
def test_every_form_with_a_project_has_a_draft(typed: dict[str, str]) -> None:
    spec, unclear = draft(FORM | typed | {"project": FORM["project"]})
    assert spec is not None
    assert unclear <= DeploymentSpec.model_fields.keys()


def test_a_spec_cannot_be_changed() -> None:
    spec, _ = parse(FORM)
    with pytest.raises(ValidationError):
        spec.name = "other"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("project", "Your-Project"),
        ("project", "short"),
        ("project", "ends-with-hyphen-"),
        ("project", "a" * 31),
        ("name", "ab"),
        ("name", "a" * 25),
        ("name", "1-begins-with-digit"),
        ("name", "ends-"),
        ("name", "Capital"),
        ("zone", "asia-east1"),
        ("zone", "mars-north1-a"),
        ("machine_type", "n4-standard-8"),
        ("nodes", "0"),
        ("nodes", "two"),
        ("nodes", "²"),
        ("disk_gb", "10"),
        ("machine_type", "n1-standard-2"),
        ("gpu_type", "voodoo-2"),
        ("without", "katib,../etc"),
        ("iap_client", "mine"),
        ("oauth_client_id", "my client"),
        ("oauth_client_secret", ""),
        ("login", "magic"),
    ],
)
def test_a_bad_value_is_refused_at_its_own_field(field: str, value: str) -> None:
    assert list(refused(**{field: value})) == [field]


def test_all_bad_fields_are_told_at_once() -> None:
    problems = refused(project="X", name="Y", zone="Z", nodes="many")
    assert set(problems) == {"project", "name", "zone", "nodes"}


def test_a_missing_field_asks_to_be_filled_in() -> None:
    with pytest.raises(InvalidInput) as problem:
        parse({name: value for name, value in FORM.items() if name != "zone"})
    assert str(problem.value.fields["zone"]) == "Fill this in."


def test_a_host_name_that_is_too_long_says_how_short_the_name_must_be() -> None:
    message = refused(project="p" + "1" * 29, name="a" * 20)["name"]
    most = int(re.findall(r"\d+", message)[-1])
    with pytest.raises(InvalidInput):
        parse(FORM | {"project": "p" + "1" * 29, "name": "a" * (most + 1)})
    parse(FORM | {"project": "p" + "1" * 29, "name": "a" * most})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "D"}, "username"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password": "password123456", "password_again": "password123456"}, "password"),
        ({"password": "kubeflow-test-1", "password_again": "kubeflow-test-1"}, "password"),
        ({"password": "é" * 40, "password_again": "é" * 40}, "password"),
        ({"password_again": "plum tractor door"}, "password_again"),
    ],
)
def test_a_login_by_password_needs_a_good_one_twice(changes: dict[str, str], field: str) -> None:
    assert list(refused(**(PASSWORD | changes))) == [field]


def test_only_the_chosen_logins_answers_are_kept() -> None:
    spec, secrets = parse(FORM | PASSWORD)
    assert spec.oauth_client_id == ""
    assert secrets.named() == {"password": "plum tractor window"}
    spec, secrets = parse(FORM | PASSWORD | {"login": "later"})
    assert spec.username == ""
    assert secrets.named() == {}


def test_googles_own_client_needs_no_client_of_the_owners() -> None:
    spec, secrets = parse(FORM | {"iap_client": "google"})
    assert (spec.iap_client, spec.oauth_client_id) == (IapClient.GOOGLE, "")
    assert secrets.named() == {}


def test_a_gpu_comes_in_the_numbers_that_a_node_can_have() -> None:
    spec, _ = parse(FORM | {"gpu_type": "nvidia-tesla-t4", "gpus": "2"})
    assert (spec.gpu_type, spec.gpus) == ("nvidia-tesla-t4", 2)
    assert refused(gpu_type="nvidia-tesla-t4", gpus="3") == {
        "gpus": "A node can have 1, 2, 4 of this GPU."
    }


def test_without_a_gpu_its_number_counts_for_nothing() -> None:
    assert parse(FORM | {"gpu_type": "", "gpus": "many"})[0].gpus == 1


def test_ticks_that_are_not_set_come_as_nothing() -> None:
    spec, _ = parse(FORM | {"spot": "", "private_nodes": "1"})
    assert (spec.spot, spec.private_nodes) == (False, True)


def test_components_left_out_are_kept_sorted_and_once() -> None:
    spec, _ = parse(FORM | {"without": "spark,katib,spark,"})
    assert spec.without == ("katib", "spark")
    assert DeploymentSpec.model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize(
    ("machine", "cores", "memory"),
    [
        ("n1-standard-8", 8, 30),
        ("n1-highmem-4", 4, 26),
        ("n2-highmem-16", 16, 128),
        ("e2-standard-4", 4, 16),
    ],
)
def test_a_machine_types_name_says_its_size(machine: str, cores: int, memory: float) -> None:
    assert (cores_of(machine), memory_gb_of(machine)) == (cores, memory)


@given(st.sampled_from(sorted(GPUS)), st.data())
def test_every_offered_gpu_has_a_machine_that_carries_it(gpu: str, data: st.DataObject) -> None:
    count = data.draw(st.sampled_from(GPUS[gpu].counts))
    assert re.fullmatch(r"(n1|g2|a2)-\w+-\d+g?", GPUS[gpu].machine_type(count))


def test_the_offered_zones_and_machines_can_all_be_asked_for() -> None:
    assert all(is_zone(zone) for zone in ZONES)
    assert all(suits_kubeflow(machine) for machine in MACHINE_TYPES)


@given(
    st.from_regex(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", fullmatch=True),
    st.from_regex(r"[a-z][-a-z0-9]{1,22}[a-z0-9]", fullmatch=True),
)
def test_every_accepted_name_gives_valid_names_in_the_cloud(project: str, name: str) -> None:
    try:
        spec, _ = parse(FORM | {"project": project, "name": name})
    except InvalidInput:
        assert len(f"{name}.endpoints.{project}.cloud.goog") > HOST_LIMIT
        return
    names = spec.names
    assert len(names.host) <= HOST_LIMIT
    for account in (names.admin_account, names.user_account, names.node_account):
        assert re.fullmatch(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", account)
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", names.cluster)


@given(st.dictionaries(st.sampled_from(sorted(FORM | PASSWORD)), st.text(max_size=80)))
def test_nothing_typed_breaks_the_form(typed: dict[str, str]) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(parse(FORM | typed)[0], DeploymentSpec)
