"""A release from its source: what is downloaded is what was pinned, and becomes a bundle."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.errors import Permanent, Transient
from app.kubeflow import github
from app.kubeflow.build import parsed
from app.kubeflow.catalogue import Release, Remote
from app.kubeflow.release import component_paths, rendered_components
from app.kubeflow.remotes import vendor
from app.kubeflow.renderer import is_there
from tests.kubeflow.archives import packed, serving
from tests.support.tools import missing

_MANIFESTS = "https://github.com/other/tool/releases/download/v1/manifests.yaml"
_KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def _kustomization(*resources: str) -> str:
    return _KUSTOMIZATION + "resources:\n" + "".join(f"- {each}\n" for each in resources)


def _object(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: kubeflow}}\n"


_ISTIO = "common/istio/istio-install/"
_FILES = {
    "example/kustomization.yaml": _kustomization(
        "../common/dex/overlays/oauth2-proxy",
        f"../{_ISTIO}overlays/oauth2-proxy",
        "../applications/katib",
        "../applications/renamed-since",
    ),
    "common/dex/overlays/oauth2-proxy/kustomization.yaml": _kustomization("dex.yaml"),
    "common/dex/overlays/oauth2-proxy/dex.yaml": _object("dex"),
    f"{_ISTIO}base/kustomization.yaml": _kustomization("istio.yaml"),
    f"{_ISTIO}base/istio.yaml": _object("istio"),
    f"{_ISTIO}components/gke-cni/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "commonAnnotations: {made-for: gke}\n"
    ),
    f"{_ISTIO}overlays/gke/kustomization.yaml": _kustomization("../../base"),
    "applications/katib/kustomization.yaml": _kustomization(
        "https://github.com/other/base/deep/manifests/part?ref=v2", "inner"
    ),
    "applications/katib/inner/kustomization.yaml": _kustomization(_MANIFESTS),
    "applications/renamed-since/kustomization.yaml": _kustomization("new.yaml"),
    "applications/renamed-since/new.yaml": _object("new"),
}
_BASE = {
    "deep/manifests/part/kustomization.yaml": _kustomization("../shared"),
    "deep/manifests/shared/kustomization.yaml": _kustomization("base.yaml"),
    "deep/manifests/shared/base.yaml": _object("from-a-repository"),
    "not/needed.txt": "",
}


@dataclass(frozen=True)
class GitHub:
    """A server of archives and files at GitHub's own paths."""

    url: str
    release: Release


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitHub]:
    archive, tree = packed(tmp_path / "release", _FILES)
    base, _ = packed(tmp_path / "base", _BASE)
    _, below = packed(
        tmp_path / "below",
        {name.removeprefix("deep/"): text for name, text in _BASE.items() if "deep/" in name},
        bare=True,
    )
    manifests = _object("from-a-file").encode()
    files = {
        "/kubeflow/release/archive/c1.tar.gz": archive,
        "/other/base/archive/c2.tar.gz": base,
        "/other/tool/releases/download/v1/manifests.yaml": manifests,
    }
    remotes = (
        Remote(repository="other/base", ref="v2", commit="c2", folder="deep", tree=below),
        Remote(url=_MANIFESTS, sha256=hashlib.sha256(manifests).hexdigest()),
    )
    release = Release("r", "Release R", "kubeflow/release", "c1", tree, remotes=remotes)
    with serving(files) as url:
        yield GitHub(url, release)


def _tree(served: GitHub, folder: Path) -> Path:
    archive = github.archive(served.url, served.release.repository, served.release.commit)
    github.unpack(archive, folder, tree=served.release.tree, what="Release R")
    return folder


def test_a_download_must_be_the_very_files_of_the_release(served: GitHub, tmp_path: Path) -> None:
    assert (_tree(served, tmp_path / "good") / "run.sh").is_file()
    archive = github.archive(served.url, "kubeflow/release", "c1")
    with pytest.raises(Permanent, match="not what was released"):
        github.unpack(archive, tmp_path / "bad", tree="0" * 40, what="Release R")
    assert not (tmp_path / "bad").exists()


def test_what_is_not_there_is_worth_another_try_and_says_how_to_do_without(served: GitHub) -> None:
    with pytest.raises(Transient, match="404") as failed:
        github.archive(served.url, "kubeflow/release", "unknown")
    assert "KFPORTAL_BUNDLES" in failed.value.hint


def test_a_file_must_have_its_checksum(served: GitHub) -> None:
    with pytest.raises(Permanent, match="SHA-256"):
        github.file(served.url, _MANIFESTS, "0" * 64)


def test_the_components_are_those_of_the_releases_own_example(
    served: GitHub, tmp_path: Path
) -> None:
    tree = _tree(served, tmp_path / "tree")
    assert component_paths(tree, "password") == [
        "common/dex/overlays/oauth2-proxy",
        f"{_ISTIO}overlays/gke",
        "applications/katib",
        "applications/renamed-since",
    ]
    assert component_paths(tree, "iap") == [
        f"{_ISTIO}overlays/portal-iap",
        "applications/katib",
        "applications/renamed-since",
    ]


def test_what_a_release_refers_to_elsewhere_is_brought_into_it(
    served: GitHub, tmp_path: Path
) -> None:
    tree = _tree(served, tmp_path / "tree")
    vendor(tree, ["applications/katib"], served.release, served.url)
    said = "".join(path.read_text() for path in tree.rglob("kustomization.yaml"))
    assert "https://github.com" not in said
    assert not list(tree.rglob("needed.txt"))


def test_a_reference_that_is_not_pinned_stops_the_build(served: GitHub, tmp_path: Path) -> None:
    tree = _tree(served, tmp_path / "tree")
    with pytest.raises(Permanent, match="does not pin") as stopped:
        vendor(tree, ["applications/katib"], replace(served.release, remotes=()), served.url)
    assert "catalogue" in stopped.value.hint


@pytest.mark.parametrize("variant", ["password", "iap"])
def test_a_release_becomes_a_bundle_with_nothing_but_an_entry(served: GitHub, variant: str) -> None:
    if not is_there():
        missing("neither kustomize 5.4 nor kubectl 1.31 is installed")
    rendered = list(rendered_components(served.release, variant, served.url))
    found = {item.name: component.id for component, item in parsed(rendered)}
    expected = {
        "istio": "istio",
        "from-a-repository": "katib",
        "from-a-file": "katib",
        "new": "renamed-since",
    }
    assert found == expected | ({"dex": "dex"} if variant == "password" else {})


def test_what_an_entry_leaves_out_is_not_rendered(served: GitHub) -> None:
    if not is_there():
        missing("neither kustomize 5.4 nor kubectl 1.31 is installed")
    release = replace(served.release, leave_out=("applications/katib",), remotes=())
    rendered = rendered_components(release, "password", served.url)
    assert {item.name for _, item in parsed(rendered)} == {"dex", "istio", "new"}


def test_without_a_tool_it_is_said_what_is_missing(tmp_path: Path) -> None:
    """In a process of its own: which tools there are is looked up once in each."""
    order = ["release", "http://127.0.0.1:9", "26.03", "iap", str(tmp_path / "out.gz")]
    run = subprocess.run(
        [sys.executable, "-m", "app.kubeflow.build", *order],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "no kustomize or kubectl" in run.stderr
    assert "Install kubectl 1.31 or kustomize 5.4" in run.stderr
