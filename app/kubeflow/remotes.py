"""What a release's kustomizations would fetch while they are rendered, fetched before and pinned.

Kustomize takes a base from `https://github.com/OWNER/NAME/PATH?ref=REF` and a file from any other
address. Both are put into the tree of the release, and the kustomizations are pointed at them: what
is rendered then is what the catalogue pins, whatever has become of a tag since.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from app.errors import Permanent
from app.kubeflow import github
from app.kubeflow.catalogue import Release, Remote

_FETCHED = "fetched"  # folder of the tree
_LISTS = ("resources", "components", "bases")
_BASE = re.compile(r"https://github\.com/([^/]+/[^/?]+)/+([^?]+)\?ref=([^&]+)")


def vendor(tree: Path, paths: list[str], release: Release, github_url: str) -> None:
    """Bring everything into `tree` that the kustomizations at `paths` refer to elsewhere."""
    seen: set[Path] = set()
    waiting = [tree / path for path in paths]
    while waiting:
        folder = waiting.pop().resolve()
        if folder in seen or not folder.is_dir():
            continue
        seen.add(folder)
        waiting += [folder / path for path in _localised(folder, tree, release, github_url)]


def kustomization(folder: Path) -> dict[str, Any]:
    """A folder's kustomization, as parsed."""
    parsed: dict[str, Any] = yaml.safe_load(_file_of(folder).read_text())
    return parsed


def _localised(folder: Path, tree: Path, release: Release, github_url: str) -> list[str]:
    """Point a kustomization at local copies; what it refers to then."""
    content = kustomization(folder)
    changed = False
    for field in _LISTS:
        for place, reference in enumerate(content.get(field) or []):
            if "://" in str(reference):
                local = _brought(reference, tree, release, github_url)
                content[field][place] = _as_seen_from(folder, local)
                changed = True
    if changed:
        _file_of(folder).write_text(yaml.safe_dump(content, sort_keys=False))
    return list(_references(content))


def _references(content: dict[str, Any]) -> Iterator[str]:
    for field in _LISTS:
        yield from content.get(field) or []


def _brought(reference: str, tree: Path, release: Release, github_url: str) -> Path:
    base = _BASE.fullmatch(reference)
    for remote in release.remotes:
        if base and (remote.repository, remote.ref) == (base[1], base[3]):
            return _folder(remote, tree, github_url) / Path(base[2]).relative_to(remote.folder)
        if not base and remote.url == reference:
            return _file(remote, tree, github_url)
    raise Permanent(
        f"{release.label} refers to {reference}, which the catalogue does not pin.",
        hint="Add it to the release's entry in app/kubeflow/catalogue.toml.",
    )


def _folder(remote: Remote, tree: Path, github_url: str) -> Path:
    target = tree / _FETCHED / remote.repository / remote.ref / remote.folder
    if not target.is_dir():
        packed = github.archive(github_url, remote.repository, remote.commit)
        what = f"{remote.repository} {remote.ref}"
        github.unpack(packed, target, tree=remote.tree, what=what, folder=remote.folder)
    return target


def _file(remote: Remote, tree: Path, github_url: str) -> Path:
    """In a folder of its own with a kustomization: a lone file outside may not be referred to."""
    target = tree / _FETCHED / remote.sha256
    if not target.is_dir():
        content = github.file(github_url, remote.url, remote.sha256)
        target.mkdir(parents=True)
        (target / "manifests.yaml").write_bytes(content)
        (target / "kustomization.yaml").write_text("resources: [manifests.yaml]\n")
    return target


def _as_seen_from(folder: Path, target: Path) -> str:
    return os.path.relpath(target.resolve(), folder)


def _file_of(folder: Path) -> Path:
    for name in ("kustomization.yaml", "kustomization.yml", "Kustomization"):
        if (folder / name).is_file():
            return folder / name
    raise Permanent(f"There is no kustomization in {folder}.")
