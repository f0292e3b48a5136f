"""*View YAML*, and the credentials that it masks."""

import re
from html import unescape

import httpx
import pytest
import yaml

from app.domain.spec import DeploymentSpec, Login
from app.kubeflow.build import sample
from app.settings import Settings
from app.store import steps
from app.store.database import Database
from app.web.manifests import MASK, parts_of
from tests.kubeflow.real import VERSION, shipped
from tests.web.portal import Browser, text_of

_PASSWORD = "correct-horse-battery-11"


def _spec(**changes: object) -> DeploymentSpec:
    form = {
        "project": "your-project-id",
        "name": "kubeflow-test-1",
        "login": "iap",
        "oauth_client_id": "1234-abcd.apps.googleusercontent.com",
        "zone": "asia-east1-a",
        "version": "sample",
    }
    return DeploymentSpec.model_validate(form | changes)


@pytest.fixture
def created(dana: Browser) -> str:
    """The address of a deployment of the sample with a password."""
    answer = dana.create(
        version="sample",
        login="password",
        username="dana",
        password=_PASSWORD,
        password_again=_PASSWORD,
    )
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["location"])


def _documents(answer: httpx.Response) -> list[dict[str, object]]:
    return [body for body in yaml.safe_load_all(answer.text) if body]


def test_the_download_holds_every_object_and_no_secret(dana: Browser, created: str) -> None:
    answer = dana.get(f"{created}/yaml/download")
    assert answer.headers["content-disposition"] == 'attachment; filename="kubeflow-test-1.yaml"'
    kinds = {str(body["kind"]) for body in _documents(answer)}
    assert {"Namespace", "Deployment", "Secret", "Profile", "Ingress", "BackendConfig"} <= kinds
    assert _PASSWORD not in answer.text
    for body in _documents(answer):
        values = body.get("data") or {}
        if body["kind"] == "Secret" and isinstance(values, dict):
            assert set(values.values()) <= {MASK}


def test_the_page_shows_one_component_at_a_time(dana: Browser, created: str) -> None:
    overview = dana.get(f"{created}/yaml")
    assert "Choose a component" in text_of(overview)
    assert f'href="{created}/yaml?component=notebooks"' in overview.text
    shown = unescape(dana.get(f"{created}/yaml", params={"component": "dex"}).text)
    assert "email: dana" in shown
    assert MASK in shown
    istio = text_of(dana.get(f"{created}/yaml", params={"component": "istio"}))
    assert "2 definitions of kinds (CRDs) are left out here" in istio
    assert "kind: CustomResourceDefinition" not in istio


def test_a_component_that_is_not_there_is_not_found(dana: Browser, created: str) -> None:
    assert dana.get(f"{created}/yaml", params={"component": "no-such"}).status_code == 404


def test_nobody_else_sees_yaml_or_credentials(
    dana: Browser, created: str, settings: Settings
) -> None:
    with Browser(settings.public_url) as stranger:
        stranger.sign_in("eve@example.com")
        for path in ("yaml", "yaml/download", "credentials"):
            assert stranger.get(f"{created}/{path}").status_code == 404
        csrf = _csrf(stranger.get("/deployments"))
        assert stranger.post(f"{created}/credentials", data={"csrf": csrf}).status_code == 404


async def test_credentials_are_shown_on_demand_only(
    dana: Browser, created: str, store: Database
) -> None:
    deployment_id = created.rpartition("/")[2]
    async with store.write() as tx:
        await steps.keep_secret(tx, deployment_id, "store_secret_key", "the-generated-one")
    page = dana.get(f"{created}/credentials")
    assert "Object store: secret key" in text_of(page)
    assert "the-generated-one" not in page.text
    shown = dana.post(f"{created}/credentials", data={"csrf": _csrf(page)})
    assert "the-generated-one" in shown.text
    assert _PASSWORD not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert dana.post(f"{created}/credentials", data={"csrf": "forged"}).status_code == 403


def test_what_a_deployment_does_not_use_is_not_offered(dana: Browser) -> None:
    """Behind IAP nobody signs in with dex; a component that was left out has no password."""
    created = dana.create(version="sample", without="katib").headers["location"]
    said = text_of(dana.get(f"{created}/credentials"))
    assert "Object store" in said
    assert "Katib" not in said
    assert "Sign-in" not in said


def test_a_bundle_that_cannot_be_had_says_why(dana: Browser) -> None:
    """The mirror of these tests holds an index and nothing else."""
    created = dana.create().headers["location"]
    answer = dana.get(f"{created}/yaml")
    assert answer.status_code == 503
    assert "example-gke-iap.yaml.gz" in text_of(answer)
    assert dana.get(f"{created}/yaml/download").headers["location"] == f"{created}/yaml"
    form = dana.form() | {"project": "your-project-id", "version": "26.03", "login": "iap"}
    preview = dana.post("/yaml", data=form)
    assert preview.status_code == 503
    assert "example-gke-iap.yaml.gz" in text_of(preview)


def test_a_form_shows_what_it_would_apply_before_anything_is_made(dana: Browser) -> None:
    form = dana.form() | {"project": "your-project-id", "name": "kf-preview", "version": "sample"}
    secret = "GOCSPX-of-the-client"
    answer = dana.post("/yaml", data={**form, "login": "iap", "oauth_client_secret": secret})
    assert answer.headers["content-disposition"] == 'attachment; filename="kf-preview.yaml"'
    hosts = [body["spec"] for body in _documents(answer) if body["kind"] == "ManagedCertificate"]
    assert hosts == [{"domains": ["kf-preview.endpoints.your-project-id.cloud.goog"]}]
    assert secret not in answer.text
    assert "kf-preview" not in dana.get("/deployments").text


def test_a_form_without_a_project_is_asked_for_one(dana: Browser) -> None:
    answer = dana.post("/yaml", data=dana.form() | {"version": "sample"})
    assert answer.status_code == 422
    assert "Fill this in." in text_of(answer)
    assert dana.post("/yaml", data={"csrf": "forged"}).status_code == 403


@pytest.mark.parametrize("login", list(Login))
def test_the_endpoint_is_part_of_what_is_shown(login: Login) -> None:
    spec = _spec(login=login, username="dana")
    variant = "iap" if login == Login.IAP else "password"
    parts = {part.id: part for part in parts_of(sample(variant), spec, "dana@example.com")}
    kinds = [body["kind"] for body in parts["endpoint"].objects] if "endpoint" in parts else []
    expected = ["NetworkPolicy", "BackendConfig", "FrontendConfig", "ManagedCertificate", "Ingress"]
    if login == Login.LATER:
        assert kinds == []
    elif login == Login.IAP:
        assert kinds == ["Secret", *expected, "RequestAuthentication"]
    else:
        assert kinds == expected


def test_the_real_release_is_shown_as_it_is_applied() -> None:
    bundle = shipped(Login.PASSWORD)
    spec = _spec(version=VERSION, login="password", username="dana", without=("katib",))
    parts = {part.id: part for part in parts_of(bundle, spec, "dana@example.com")}
    assert "katib" not in parts
    assert "minio123" not in parts["pipelines"].text
    secrets = [b for part in parts.values() for b in part.objects if b["kind"] == "Secret"]
    assert {v for secret in secrets for v in (secret.get("data") or {}).values()} == {MASK}
    assert len(list(yaml.safe_load_all(parts["pipelines"].text))) > 100


def _csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return unescape(found[1])
