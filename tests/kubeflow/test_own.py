"""The real release made somebody's own, whoever they are and whatever they leave out."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.spec import DeploymentSpec, Login
from app.kubeflow.bundle import Bundle
from app.kubeflow.components import catalogued
from app.kubeflow.credentials import GENERATED, Credentials
from app.kubeflow.objects import containers, data_of, environment
from app.kubeflow.own import made_own, owner_of
from app.kubeflow.personal import Owner, profile_name
from app.kubeflow.reach import obstacles
from app.kubeflow.references import dangling
from app.kubeflow.stages import staged
from tests.kubeflow.real import VERSION, shipped

_PUBLIC = (
    "12341234",
    "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72",
    "user@example.com",
    "kubeflow-user-example-com",
    "15841185641784",
    "kubeflow-oidc-authservice",
    "pUBnBOY80SnXgjibTYM9ZWNzY2xreNGQok",
    "7d16fee92f8d11b8940b081b3f8b8acb",
    "minio123",
    "system:authenticated",
)
_EMAILS = st.from_regex(
    r"[A-Za-z][A-Za-z0-9._+-]{0,30}@[a-z]{1,20}(\.[a-z]{2,8}){1,2}", fullmatch=True
)
_USERNAMES = st.from_regex(r"[a-z0-9][a-z0-9._@+-]{2,40}", fullmatch=True)
_IDS = [component.id for component in catalogued()]
_quickly = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def wishes(draw: st.DrawFn) -> tuple[DeploymentSpec, str]:
    """A form that was accepted, and the address of who sent it."""
    login = draw(st.sampled_from(list(Login)))
    form: dict[str, Any] = {
        "project": "some-project",
        "name": draw(st.from_regex(r"[a-z][a-z0-9]{2,9}", fullmatch=True)),
        "login": login,
        "zone": "asia-east1-a",
        "version": VERSION,
        "without": tuple(draw(st.sets(st.sampled_from(_IDS)))),
    }
    if login == Login.IAP:
        form["oauth_client_id"] = "1-a.apps.googleusercontent.com"
    if login == Login.PASSWORD:
        form["username"] = draw(_USERNAMES)
    return DeploymentSpec.model_validate(form), draw(_EMAILS)


def _credentials() -> Credentials:
    return Credentials(
        **{name: make() for name, make in GENERATED.items()}, password_hash="$2b$12$x"
    )


def _made(spec: DeploymentSpec, email: str, mirror: str = "") -> tuple[Bundle, Owner]:
    owner = owner_of(spec, email, _credentials())
    bundle = shipped(spec.login)
    made = made_own(bundle, owner, without=spec.without, registry_mirror=mirror)
    return made.loaded(), owner


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, str):
        yield part


def _all_texts(bundle: Bundle) -> str:
    """Whatever the objects say, Secrets in plain text."""
    said = [
        text
        for item in bundle.items
        if item.kind != "CustomResourceDefinition"
        for text in _texts(
            {**item.body, "data": data_of(item.body)} if _has_data(item.kind) else item.body
        )
    ]
    return "\n".join(said)


def _has_data(kind: str) -> bool:
    return kind in ("Secret", "ConfigMap")


def _secrets(bundle: Bundle) -> dict[tuple[str, str, str], str]:
    return {
        (item.namespace, item.name, key): value
        for item in bundle.items
        if item.kind == "Secret"
        for key, value in data_of(item.body).items()
    }


@given(wishes())
@_quickly
def test_no_default_of_the_release_survives(wish: tuple[DeploymentSpec, str]) -> None:
    spec, email = wish
    made, _ = _made(spec, email)
    said = _all_texts(made)
    assert [default for default in _PUBLIC if default in said] == []
    before, after = _secrets(shipped(spec.login)), _secrets(made)
    same = {place for place, value in after.items() if before.get(place) == value}
    assert same <= {("kubeflow", "mysql-secret", "username")}
    assert "" not in after.values()


@given(wishes())
@_quickly
def test_everything_that_is_referred_to_is_there(wish: tuple[DeploymentSpec, str]) -> None:
    """But for one account that the release itself forgets."""
    spec, email = wish
    made, _ = _made(spec, email)
    assert set(dangling(made)) <= set(dangling(shipped(spec.login)))
    assert len({item.key for item in made.items}) == len(made.items)


@given(wishes())
@_quickly
def test_everything_that_must_be_called_can_be(wish: tuple[DeploymentSpec, str]) -> None:
    """The entrance's own policy is made with the load balancer."""
    spec, email = wish
    made, _ = _made(spec, email)
    assert [str(each) for each in obstacles(made.items, public=False)] == []


@given(wishes())
@_quickly
def test_the_profile_and_the_login_are_the_owners_letter_for_letter(
    wish: tuple[DeploymentSpec, str],
) -> None:
    spec, email = wish
    made, owner = _made(spec, email)
    user = spec.username if spec.login == Login.PASSWORD else email
    (profile,) = [item for item in made.items if item.kind == "Profile"]
    assert profile.body["spec"]["owner"]["name"] == user == owner.user
    assert profile.name == profile_name(user)
    for item in made.items:
        if (item.kind, item.namespace, item.name) == ("ConfigMap", "auth", "dex"):
            (static,) = yaml.safe_load(item.body["data"]["config.yaml"])["staticPasswords"]
            assert static["email"] == user


def test_the_release_as_shipped_is_cut_off_where_it_is_known_to_be() -> None:
    reached = {
        (each.call.caller.title, each.call.service) for each in obstacles(shipped(Login.IAP).items)
    }
    assert reached == {
        ("the API server", "llmisvc-webhook-server-service"),
        ("the API server", "jobset-webhook-service"),
        ("the API server", "kubeflow-trainer-controller-manager"),
        ("a Profile's Pod", "cluster-local-gateway"),
        ("a Profile's Pod", "knative-local-gateway"),
        ("a Profile's Pod", "istio-ingressgateway"),
        ("the load balancer", "istio-ingressgateway"),
    }


@pytest.fixture(params=list(Login), ids=str)
def whole(request: pytest.FixtureRequest) -> Bundle:
    form = {"project": "some-project", "name": "kf", "zone": "asia-east1-a", "version": VERSION}
    form = {"name": "kubeflow", **{k: v for k, v in form.items() if k != "name"}}
    spec = DeploymentSpec.model_validate(
        {
            **form,
            "login": request.param,
            "username": "dana",
            "oauth_client_id": "1.apps.googleusercontent.com",
        }
    )
    return _made(spec, "Dana@Example.com", "mirror.example/kf")[0]


def test_https_is_forced_and_an_empty_password_is_allowed_nowhere(whole: Bundle) -> None:
    for item in whole.items:
        if item.name.startswith("oauth2-proxy-parameters"):
            assert data_of(item.body)["FORCE_HTTPS"] == "true"
        for name in ("mysql", "katib-mysql"):
            for variables in environment(item.body, name) if item.kind == "Deployment" else ():
                assert "MYSQL_ALLOW_EMPTY_PASSWORD" not in variables


def test_istio_uses_the_folder_that_gke_can_write_to(whole: Bundle) -> None:
    (cni,) = [item for item in whole.items if item.kind == "DaemonSet"]
    paths = {
        volume["hostPath"]["path"] for volume in cni.body["spec"]["template"]["spec"]["volumes"]
    }
    assert "/home/kubernetes/bin" in paths
    assert "/opt/cni/bin" not in paths


def test_every_container_runs_an_image_of_the_mirror_that_can_be_had(whole: Bundle) -> None:
    images = {c["image"] for item in whole.items for c in containers(item.body)}
    assert [image for image in images if not image.startswith("mirror.example/kf/")] == []
    assert not [
        image for image in images if "gcr.io/istio-release" in image and ":1.29." not in image
    ]
    assert not [image for image in images if "k8s-staging-images" in image]


def test_what_the_cluster_fills_in_is_not_applied(whole: Bundle) -> None:
    for item in whole.items:
        assert "status" not in item.body
        assert not ("aggregationRule" in item.body and "rules" in item.body)
        for webhook in item.body.get("webhooks") or []:
            assert webhook["clientConfig"].get("caBundle") != ""


def test_each_optional_component_can_be_left_out_alone() -> None:
    bundle = shipped(Login.PASSWORD)
    owner = Owner(Login.PASSWORD, "dana", _credentials())
    for component in bundle.contents.components:
        if component.optional:
            made = made_own(bundle, owner, without=(component.id,))
            needed = any(component.id in other.needs for other in bundle.contents.components)
            assert (component.id in {item.component for item in made.items}) == needed
            menu = next(i for i in made.items if i.name == "centraldashboard-config")
            if component.page:
                assert (f'"{component.page}' in menu.body["data"]["links"]) == needed


def test_the_release_is_whole() -> None:
    contents = shipped(Login.PASSWORD).contents
    assert contents.objects == 675
    assert contents.storage_gib == 50
    assert round(sum(component.cpu for component in contents.components), 3) == 3.342
    assert round(sum(component.memory_gib for component in contents.components) * 1024) == 8442
    made = {item.component for item in shipped(Login.PASSWORD).items}
    assert made == {component.id for component in contents.components}
    assert {"dex", "oauth2-proxy"} & {item.component for item in shipped(Login.IAP).items} == set()


def test_no_object_is_lost_between_the_stages(whole: Bundle) -> None:
    stages = staged(whole)
    assert sum(len(getattr(stages, name)) for name in stages.__slots__) == len(whole.items)
    assert {item.name for item in stages.namespaces} >= {"kubeflow", "istio-system"}


def test_secrets_are_kept_as_they_are_read_back(whole: Bundle) -> None:
    """A comparison with what is in the cluster must find no difference for ever."""
    for item in whole.items:
        if item.kind == "Secret":
            assert "stringData" not in item.body or not _touched(item.name)
            for value in (item.body.get("data") or {}).values():
                base64.b64decode(value, validate=True)


def _touched(name: str) -> bool:
    return name in {"dex-passwords", "mlpipeline-minio-artifact", "mysql-secret"}
