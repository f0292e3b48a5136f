"""Files from GitHub, checked against what the catalogue pins."""

import hashlib
import io
import tarfile
from pathlib import Path

import httpx

from app.errors import Permanent, Transient
from app.kubeflow.gittree import tree_id

GITHUB = "https://github.com"
_PATIENCE = 120  # seconds for one file
_HINT = (
    "Give the portal a bundle that was made elsewhere (KFPORTAL_BUNDLES), or a mirror of GitHub "
    "(KFPORTAL_GITHUB_URL)."
)


def archive(github: str, repository: str, commit: str) -> bytes:
    """All files of a commit, as GitHub packs them."""
    return _get(f"{github}/{repository}/archive/{commit}.tar.gz")


def unpack(packed: bytes, target: Path, *, tree: str, what: str, folder: str = "") -> None:
    """Unpack a folder of an archive (all of it by default), if it is the very one pinned."""
    part = target.with_name(f"{target.name}.part")
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as files:
        found = tree_id(files, folder)
        if found != tree:
            raise Permanent(
                f"The download of {what} is not what was released: its files have the git tree "
                f"{found}, and {tree} was expected."
            )
        members = [m for m in files if _below(m.name, folder)]
        files.extractall(part, members, filter="data")
    (top,) = part.iterdir()
    target.parent.mkdir(parents=True, exist_ok=True)
    (top / folder).rename(target)


def file(github: str, url: str, sha256: str) -> bytes:
    """One file of GitHub's, if it is the very one that is pinned."""
    content = _get(url.replace(GITHUB, github, 1))
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise Permanent(
            f"The download of {url} is not what is expected: its SHA-256 is {found}, "
            f"and {sha256} is pinned."
        )
    return content


def _get(url: str) -> bytes:
    try:
        answer = httpx.get(url, timeout=_PATIENCE, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Transient(f"{url} could not be downloaded: {error}", hint=_HINT) from error
    return answer.content


def _below(name: str, folder: str) -> bool:
    inner = name.partition("/")[2]
    return not folder or inner == folder or inner.startswith(f"{folder}/")
