"""A release from its source: downloaded, checked against its git tree, rendered by component."""

import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from app.errors import Permanent
from app.kubeflow import github, renderer
from app.kubeflow.catalogue import Release
from app.kubeflow.components import component_of
from app.kubeflow.remotes import kustomization, vendor

_ISTIO = "common/istio/istio-install/"
_SIGN_IN = ("oauth2-proxy", "dex")  # components that IAP stands in for
_RENDER_LIMIT = 300  # seconds


def rendered_components(
    release: Release, variant: str, github_url: str = github.GITHUB
) -> Iterator[tuple[str, str]]:
    """Path and YAML of each component of a release, in its own order, made for GKE."""
    renderer.command()  # whoever cannot render need not download
    with tempfile.TemporaryDirectory(prefix="kubeflow-") as scratch:
        tree = Path(scratch) / "release"
        packed = github.archive(github_url, release.repository, release.commit)
        github.unpack(packed, tree, tree=release.tree, what=release.label)
        yield from rendered_tree(tree, release, variant, github_url)


def rendered_tree(
    tree: Path, release: Release, variant: str, github_url: str = github.GITHUB
) -> Iterator[tuple[str, str]]:
    """The same of a release's files as they are; what they refer to elsewhere is added to them."""
    command = renderer.command()
    paths = [p for p in component_paths(tree, variant) if not p.startswith(release.leave_out)]
    vendor(tree, paths, release, github_url)
    for path in paths:
        yield path, _render(command, tree / path)


def component_paths(tree: Path, variant: str) -> list[str]:
    """The components of the release's example, with GKE's way of installing Istio.

    Behind IAP there is no dex and no oauth2-proxy, and Istio without its patches for them.
    """
    listed = kustomization(tree / "example")["resources"]
    paths = [
        str((tree / "example" / path).resolve().relative_to(tree.resolve())) for path in listed
    ]
    if variant == "password":
        return [f"{_ISTIO}overlays/gke" if path.startswith(_ISTIO) else path for path in paths]
    istio = _istio_behind_iap(tree)
    return [istio if path.startswith(_ISTIO) else path for path in paths if is_in(variant, path)]


def is_in(variant: str, path: str) -> bool:
    """Whether a component of the release's example is part of a variant."""
    return variant == "password" or component_of(path).id not in _SIGN_IN


def _istio_behind_iap(tree: Path) -> str:
    path = f"{_ISTIO}overlays/portal-iap"
    (tree / path).mkdir(exist_ok=True)
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../../base"],
        "components": ["../../components/gke-cni"],
    }
    (tree / path / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return path


def _render(command: list[str], folder: Path) -> str:
    run = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, timeout=_RENDER_LIMIT, check=False
    )
    if run.returncode:
        raise Permanent(f"{shlex.join(command)} {folder.name}: {run.stderr.strip()[-1000:]}")
    return run.stdout
