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

from app.errors import InvalidInput, Message
from app.kubeflow import renderer
from app.settings import Settings

SAMPLE = "sample"
DOWNLOADS_FROM = "codeload.github.com"
_PROBE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="probe")


@dataclass(frozen=True, slots=True)
class Release:
    """One release: where it is, how a download is checked, what of it is replaced."""

    id: str
    label: str
    repository: str = ""
    commit: str = ""
    tree: str = ""
    kubernetes: str = "1.35"
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComponentRule:
    """Which component the manifests below a path belong to."""

    path: str
    name: str
    base: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One choice of the form; `note` says what to know before choosing it, or nothing."""

    id: str
    label: str
    note: str = ""


def available_versions(settings: Settings) -> list[Version]:
    """What can be deployed from here, the best first. Cheap enough for every form."""
    versions = [
        Version(release.id, release.label, "" if mirror else "Downloaded when it is deployed.")
        for release in releases().values()
        if (mirror := in_mirror(settings, release.id)) or _can_be_rendered()
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


@functools.cache
def releases() -> dict[str, Release]:
    """Every release of the catalogue by its id, newest first."""
    return {
        entry["id"]: Release(
            id=entry["id"],
            label=entry["label"],
            repository=entry["repository"],
            commit=entry["commit"],
            tree=entry["tree"],
            kubernetes=entry["kubernetes"],
            images={image["from"]: image["to"] for image in entry.get("image", [])},
        )
        for entry in _catalogue()["release"]
    }


def component_of(path: str) -> ComponentRule:
    """The component that a path of the release belongs to; an unknown one is its own."""
    rules = [rule for rule in _rules() if path.startswith(rule.path)]
    if rules:
        return max(rules, key=lambda rule: len(rule.path))
    parts = path.split("/")
    return ComponentRule(path, parts[1] if len(parts) > 1 else path)


@functools.cache
def _rules() -> tuple[ComponentRule, ...]:
    return tuple(
        ComponentRule(entry["path"], entry["name"], entry.get("base", False))
        for entry in _catalogue()["component"]
    )


@functools.cache
def _catalogue() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text())


def _can_be_rendered() -> bool:
    """Whether a release can be fetched and rendered here: a tool, and a network."""
    return _probe(renderer.is_there) and _probe(_connect)


@functools.cache
def _probe(look: Callable[[], bool]) -> bool:
    """Looked at once a process, for half a second at most: a network can keep one waiting."""
    try:
        return _PROBE.submit(look).result(timeout=0.5)
    except NotInTime:
        return False


def _connect() -> bool:
    try:
        socket.create_connection((DOWNLOADS_FROM, 443), timeout=0.5).close()
        return True
    except OSError:
        return False
