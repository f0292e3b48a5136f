"""The releases of Kubeflow that can be deployed, and which of them can be had here and now."""

import functools
import socket
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.errors import InvalidInput, Message
from app.kubeflow import renderer
from app.kubeflow.components import CATALOGUE
from app.settings import Settings

SAMPLE = "sample"
VARIANTS = ("password", "iap")  # renderings of a release, by how people sign in
_PROBE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="probe")


@dataclass(frozen=True, slots=True)
class Remote:
    """What a release's kustomizations fetch: a folder of a repository, or one file.

    `ref` is what the kustomizations call the repository's `commit`.
    """

    repository: str = ""
    ref: str = ""
    commit: str = ""
    folder: str = ""
    tree: str = ""
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One release: where it is, how a download is checked, what of it is replaced.

    `kubernetes` is the version that a cluster for it gets, `tested` are those it was tested on, and
    `leave_out` are beginnings of paths in its example that are not installed.
    """

    id: str
    label: str
    repository: str = ""
    commit: str = ""
    tree: str = ""
    kubernetes: str = "1.35"
    tested: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    remotes: tuple[Remote, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One choice of the form; `note` says what to know before choosing it, or nothing."""

    id: str
    label: str
    note: str = ""


def available_versions(settings: Settings) -> list[Version]:
    """What can be deployed from here, the best first. Cheap enough for every form."""
    versions = [
        Version(release.id, release.label, "" if is_here else "Downloaded when it is deployed.")
        for release in releases().values()
        if (is_here := _at_hand(settings, release.id)) or _can_be_rendered(settings)
    ]
    if settings.simulated:
        versions.append(
            Version(SAMPLE, "Built-in sample (not Kubeflow's release)", "Quick, for a first look.")
        )
    return versions


def release(version: str) -> Release:
    """The release called `version`; raises `InvalidInput` for one we do not know."""
    if version == SAMPLE:
        return Release(SAMPLE, "Built-in sample")
    found = releases().get(version)
    if found is None:
        text = Message("There is no Kubeflow version “%(version)s” here.", version=version)
        raise InvalidInput({"version": text})
    return found


def in_mirror(settings: Settings, version: str) -> Path | None:
    """The folder of a release's rendered files, where the settings name one that has it."""
    if settings.mirror is None:
        return None
    folder = settings.mirror / version
    return folder if (folder / "components" / "INDEX.tsv").is_file() else None


def kept(settings: Settings, version: str, variant: str) -> Path | None:
    """The file of a bundle made with `kfportal bundle build`, in the first folder that has it."""
    for folder in folders(settings):
        if (path := folder / file_name(version, variant)).is_file():
            return path
    return None


def folders(settings: Settings) -> list[Path]:
    """Where bundles are looked for, the first one first."""
    return [*settings.bundles, settings.data_dir / "bundles"]


def file_name(version: str, variant: str) -> str:
    """What the file of a bundle is called."""
    return f"kubeflow-{version}-{variant}.gz"


@functools.cache
def releases() -> dict[str, Release]:
    """Every release of the catalogue by its id, newest first."""
    return {entry["id"]: _release(entry) for entry in _catalogue()["release"]}


def _release(entry: dict[str, Any]) -> Release:
    return Release(
        id=entry["id"],
        label=entry["label"],
        repository=entry["repository"],
        commit=entry["commit"],
        tree=entry["tree"],
        kubernetes=entry["kubernetes"],
        tested=tuple(entry.get("tested", ())),
        notes=tuple(entry.get("notes", ())),
        leave_out=tuple(entry.get("leave_out", ())),
        images={image["from"]: image["to"] for image in entry.get("image", [])},
        remotes=tuple(Remote(**remote) for remote in entry.get("remote", [])),
    )


@functools.cache
def _catalogue() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(CATALOGUE.read_text())


def _at_hand(settings: Settings, version: str) -> bool:
    made = all(kept(settings, version, variant) for variant in VARIANTS)
    return made or in_mirror(settings, version) is not None


def _can_be_rendered(settings: Settings) -> bool:
    """Whether a release can be fetched and rendered here: a tool, and a network."""
    return _probe(renderer.is_there) and _probe(_connect, settings.github_url)


@functools.cache
def _probe(look: Callable[..., bool], *arguments: str) -> bool:
    """Looked at once a process, for half a second at most: a network can keep one waiting."""
    try:
        return _PROBE.submit(look, *arguments).result(timeout=0.5)
    except NotInTime:
        return False


def _connect(url: str) -> bool:
    parts = urlsplit(url)
    try:
        address = (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        socket.create_connection(address, timeout=0.5).close()
        return True
    except OSError:
        return False
