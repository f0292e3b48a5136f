"""A release from its source: downloaded, checked against its git tree, rendered by component."""

import io
import shlex
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from app.errors import Permanent, Transient
from app.kubeflow import renderer
from app.kubeflow.catalogue import DOWNLOADS_FROM, Release
from app.kubeflow.gittree import tree_id

_ISTIO = "common/istio/istio-install/"
_SIGN_IN = ("common/oauth2-proxy", "common/dex")
_RENDER_LIMIT = 300  # seconds; two bases of the release are fetched by the tool itself


def rendered_components(release: Release, variant: str) -> Iterator[tuple[str, str]]:
    """Path and YAML of each component of a release, in its own order, made for GKE."""
    command = renderer.command()
    with tempfile.TemporaryDirectory(prefix="kubeflow-") as scratch:
        tree = Path(scratch) / "release"
        unpack(release, download(release), tree)
        for path in component_paths(tree, variant):
            yield path, _render(command, tree / path)


def download(release: Release) -> bytes:
    """The release's archive, as GitHub packs it."""
    url = f"https://{DOWNLOADS_FROM}/{release.repository}/tar.gz/{release.commit}"
    try:
        answer = httpx.get(url, timeout=120, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Transient(f"{release.label} could not be downloaded from {url}: {error}") from error
    return answer.content


def unpack(release: Release, archive: bytes, target: Path) -> None:
    """Unpack an archive, if it holds the very files of the release."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        found = tree_id(packed)
        if found != release.tree:
            raise Permanent(
                f"The download of {release.label} is not what was released: its files have the "
                f"git tree {found}, and {release.tree} was expected."
            )
        packed.extractall(target.with_suffix(".part"), filter="data")
    (top,) = target.with_suffix(".part").iterdir()
    top.rename(target)


def component_paths(tree: Path, variant: str) -> list[str]:
    """The components of the release's example, with GKE's way of installing Istio.

    Behind IAP there is no dex and no oauth2-proxy, and Istio without its patches for them.
    """
    listed = _kustomization(tree / "example")["resources"]
    paths = [
        str((tree / "example" / path).resolve().relative_to(tree.resolve())) for path in listed
    ]
    if variant == "password":
        return [f"{_ISTIO}overlays/gke" if path.startswith(_ISTIO) else path for path in paths]
    istio = _istio_behind_iap(tree)
    return [
        istio if path.startswith(_ISTIO) else path
        for path in paths
        if not path.startswith(_SIGN_IN)
    ]


def _istio_behind_iap(tree: Path) -> str:
    path = f"{_ISTIO}overlays/portal-iap"
    (tree / path).mkdir()
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../../base"],
        "components": ["../../components/gke-cni"],
    }
    (tree / path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return path


def _kustomization(folder: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return parsed


def _render(command: list[str], folder: Path) -> str:
    run = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, timeout=_RENDER_LIMIT, check=False
    )
    if run.returncode:
        raise Permanent(f"{shlex.join(command)}: {run.stderr.strip()[-1000:]}")
    return run.stdout
