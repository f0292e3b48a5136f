"""The real release, where a mirror of it is at hand."""

import asyncio
import os
from pathlib import Path

import pytest

from app.domain.spec import Login
from app.kubeflow import library
from app.kubeflow.bundle import Bundle
from app.kubeflow.catalogue import in_mirror, release
from app.kubeflow.objects import containers, data_of
from app.kubeflow.personal import personalised
from app.kubeflow.stages import staged
from app.kubeflow.tidy import tidied
from app.settings import Settings
from tests.kubeflow.objects import owner

_MIRROR = Path(os.environ.get("KFPORTAL_MIRROR", Path(__file__).parents[3] / "shared/kubeflow"))
_SETTINGS = Settings(cloud="simulated", mirror=_MIRROR)

pytestmark = pytest.mark.skipif(
    in_mirror(_SETTINGS, "26.03") is None,
    reason=f"{_MIRROR} has no release 26.03; set KFPORTAL_MIRROR",
)
_SHIPPED = (
    "12341234",
    "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9Df72",
    "user@example.com",
    "15841185641784",
    "kubeflow-oidc-authservice",
    "pUBnBOY80SnXgjibTYM9ZWNzY2xreNGQok",
    "7d16fee92f8d11b8940b081b3f8b8acb",
    "minio123",
)


@pytest.fixture(scope="module", params=[Login.PASSWORD, Login.IAP], ids=str)
def login(request: pytest.FixtureRequest) -> Login:
    found: Login = request.param
    return found


@pytest.fixture(scope="module")
def shipped(login: Login, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    settings = _SETTINGS.model_copy(update={"data_dir": tmp_path_factory.mktemp("data")})
    return asyncio.run(library.load(settings, "26.03", login))


@pytest.fixture(scope="module")
def made(shipped: Bundle, login: Login) -> Bundle:
    return tidied(personalised(shipped, owner(login)), release("26.03").images)


def _texts(bundle: Bundle) -> str:
    """Everything that a Secret, ConfigMap or Profile says, in plain text."""
    told = [
        *(data_of(i.body) for i in bundle.items if i.kind in ("Secret", "ConfigMap")),
        *(i.body for i in bundle.items if i.kind == "Profile"),
    ]
    return str(told)


def test_every_object_has_its_component(shipped: Bundle, login: Login) -> None:
    components = {item.component for item in shipped.items}
    assert {"istio", "cert-manager", "pipelines", "katib", "kserve", "trainer"} <= components
    assert ("dex" in components) == (login == Login.PASSWORD)


def test_no_default_of_the_release_survives(shipped: Bundle, made: Bundle, login: Login) -> None:
    before, after = _texts(shipped), _texts(made)
    assert "minio123" in before
    assert [text for text in _SHIPPED if text in after] == []


def test_no_image_is_one_that_must_be_replaced(made: Bundle) -> None:
    images = {c["image"] for item in made.items for c in containers(item.body)}
    assert not [i for i in images if i.startswith("gcr.io/istio-release") and "1.29.1" not in i]
    assert not [i for i in images if "k8s-staging-images/jobset" in i]
    injected = [i for i in made.items if i.name == "istio-sidecar-injector"]
    assert all('"tag": "1.28.0"' not in str(item.body) for item in injected)


def test_no_object_is_lost_between_the_stages(made: Bundle) -> None:
    stages = staged(made)
    assert sum(len(getattr(stages, name)) for name in stages.__slots__) == len(made.items)
    assert len({item.key for item in made.items}) == len(made.items)
    assert {i["metadata"]["name"] for i in stages.namespaces} >= {"kubeflow", "istio-system"}
