"""The next release is an entry in the catalogue and no code: a copy of the portal with one more.

Nothing of the copy is changed but `catalogue.toml`. The release is small and has what 26.03.1 is
known to need: a component of the example user's own namespace left out, JobSet's manifests pinned,
an image replaced.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import app
from app.kubeflow.renderer import is_there
from tests.kubeflow.archives import packed, serving
from tests.support.tools import missing

_JOBSET = "/kubernetes-sigs/jobset/releases/download/v0.11.0/manifests.yaml"
_STAGING = "us-central1-docker.pkg.dev/k8s-staging-images/jobset/jobset"
_FILES = {
    "example/kustomization.yaml": ["../applications/trainer/overlays", "../applications/hub"],
    "applications/trainer/overlays/kustomization.yaml": [f"https://github.com{_JOBSET}"],
    "applications/hub/kustomization.yaml": ["https://example.org/nobody-pins-this.yaml"],
}
_LOOK = """
import json, app
from app.kubeflow import library
from app.domain.spec import Login
from app.kubeflow.bundle import read
from app.kubeflow.credentials import GENERATED, Credentials
from app.kubeflow.catalogue import available_versions, kept, release
from app.kubeflow.objects import images_of
from app.kubeflow.own import made_own
from app.kubeflow.personal import Owner
from app.settings import Settings

settings = Settings()
bundle = read(kept(settings, "26.03.1", "password"))
credentials = Credentials(**dict.fromkeys(GENERATED, "x"), password_hash="x")
made = made_own(bundle, Owner(Login.PASSWORD, "dana", credentials))
print(json.dumps({
    "from": app.__file__,
    "offered": [version.id for version in available_versions(settings)],
    "cluster": release("26.03.1").kubernetes,
    "components": [component.id for component in library.components(settings, "26.03.1")],
    "images": sorted(image for item in made.items for image in images_of(item.body)),
}))
"""


def _kustomization(resources: list[str]) -> str:
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
    return head + "".join(f"- {resource}\n" for resource in resources)


def _jobset() -> bytes:
    """One Deployment with the image that is gone."""
    labels = {"app": "jobset"}
    pod = {"containers": [{"name": "manager", "image": f"{_STAGING}:v0.11.0"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "jobset", "namespace": "kubeflow-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    return json.dumps(deployment).encode()


def _entry(tree: str) -> str:
    """What a maintainer would write."""
    checksum = hashlib.sha256(_jobset()).hexdigest()
    return f"""
[[release]]
id = "26.03.1"
label = "Kubeflow 26.03.1"
repository = "kubeflow/community-distribution"
commit = "c1"
tree = "{tree}"
kubernetes = "1.36"
tested = ["1.35", "1.36"]
notes = ["What to know of it."]
leave_out = ["applications/hub"]
[[release.image]]
from = "{_STAGING}"
to = "registry.k8s.io/jobset/jobset:v0.11.0"
[[release.remote]]
url = "https://github.com{_JOBSET}"
sha256 = "{checksum}"
"""


@dataclass(frozen=True)
class _Copy:
    """A copy of the portal's code; commands run in it."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        """What a command prints; it must succeed."""
        command = [sys.executable, *words]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[_Copy]:
    if not is_there():
        missing("neither kustomize 5.4 nor kubectl 1.31 is installed")
    files = {name: _kustomization(resources) for name, resources in _FILES.items()}
    archive, tree = packed(tmp_path / "release", files)
    folder = tmp_path / "portal"
    shutil.copytree(Path(app.__file__).parent, folder / "app")
    catalogue = folder / "app" / "kubeflow" / "catalogue.toml"
    catalogue.write_text(_entry(tree) + catalogue.read_text())
    served = {"/kubeflow/community-distribution/archive/c1.tar.gz": archive, _JOBSET: _jobset()}
    with serving(served) as url:
        own = {"PYTHONPATH": str(folder), "KFPORTAL_GITHUB_URL": url}
        own |= {"KFPORTAL_DATA_DIR": str(tmp_path / "data"), "KFPORTAL_CLOUD": "simulated"}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("KFPORTAL_")}
        yield _Copy(folder, {**kept, **own})


def test_a_release_is_added_by_its_entry_alone(copy: _Copy) -> None:
    portal = ["-c", "from app.cli import main; main()", "bundle"]
    copy.run(*portal, "build", "26.03.1", "--variant", "password")
    shown = copy.run(*portal, "show", "26.03.1")
    assert "tested on Kubernetes 1.35, 1.36; clusters get 1.36" in shown
    assert "What to know of it." in shown
    found: dict[str, Any] = json.loads(copy.run("-c", _LOOK))
    assert found["from"].startswith(str(copy.folder))
    assert found["offered"][0] == "26.03.1"
    assert found["cluster"] == "1.36"
    assert found["components"] == ["trainer"]
    assert found["images"] == ["registry.k8s.io/jobset/jobset:v0.11.0"]
