"""Making a bundle from what a release consists of; run as a program, since it takes seconds.

    python -m app.kubeflow.build mirror FOLDER VERSION VARIANT OUTPUT
    python -m app.kubeflow.build release GITHUB VERSION VARIANT OUTPUT
    python -m app.kubeflow.build sample VARIANT OUTPUT

Parsing 12 MB of YAML would hold up everything else that goes on in the portal's process.
"""

import fcntl
import gzip
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from app.errors import StepError, Transient
from app.kubeflow.bundle import Bundle, Item, Json, Key, key_of, write
from app.kubeflow.catalogue import SAMPLE, release
from app.kubeflow.components import Component, catalogued, component_of
from app.kubeflow.release import is_in, rendered_components
from app.kubeflow.survey import assembled

_VARIANT_FILES = {"password": "example-gke.yaml.gz", "iap": "example-gke-iap.yaml.gz"}


def from_mirror(folder: Path, version: str, variant: str) -> Bundle:
    """From a folder of rendered files: everything, and one file a component to sort it by.

    What is in no component's file is an addition of the mirror's and left out, and so is what
    stands in for a component that the variant has not.
    """
    paths = {
        key: path
        for key, path in _paths_of_objects(folder / "components").items()
        if is_in(variant, path) and not path.startswith(release(version).leave_out)
    }
    components = {path: component_of(path) for path in set(paths.values())}
    parts = (
        _part(components[paths[key_of(body)]], body)
        for body in _load(folder / _VARIANT_FILES[variant])
        if key_of(body) in paths
    )
    return assembled(version, variant, f"mirror {folder.name}", parts)


def from_release(version: str, variant: str, github_url: str) -> Bundle:
    """From the release itself: downloaded, checked and rendered."""
    found = release(version)
    parts = parsed(rendered_components(found, variant, github_url))
    return assembled(version, variant, f"{found.repository} {found.commit}", parts)


def parsed(rendered: Iterable[tuple[str, str]]) -> Iterator[tuple[Component, Item]]:
    """The objects of rendered components, given as path and YAML."""
    for path, text in rendered:
        component = component_of(path)
        for body in yaml.load_all(text, yaml.CSafeLoader):
            if body:
                yield _part(component, body)


def sample(variant: str) -> Bundle:
    """The built-in sample: a few objects of our own, named like Kubeflow's."""
    components = {component.id: component for component in catalogued()}
    parts: list[tuple[Component, Item]] = []
    for path in sorted((Path(__file__).parent / "sample").glob("*.yaml")):
        base = path.stem.startswith("0")
        for body in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            component = body["metadata"].get("annotations", {}).get("component", "foundation")
            if variant == "password" or component != "dex":
                parts.append((components[component], Item.of(component, base, body)))
    return assembled(SAMPLE, variant, "built-in", parts)


def main(arguments: list[str]) -> None:
    """Make the bundle that the arguments name, unless somebody else is making it just now.

    A portal that was killed leaves its builder at work; the one that is started next waits for
    what that one makes.
    """
    *order, output = arguments
    path = Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            write(_made(order), path)


def _made(order: list[str]) -> Bundle:
    match order:
        case ["mirror", folder, version, variant]:
            return from_mirror(Path(folder), version, variant)
        case ["release", github_url, version, variant]:
            return from_release(version, variant, github_url)
        case ["sample", variant]:
            return sample(variant)
        case _:
            sys.exit(__doc__)


def _paths_of_objects(folder: Path) -> dict[Key, str]:
    """For each object the path of the component that brings it, the first that does."""
    paths: dict[Key, str] = {}
    for line in (folder / "INDEX.tsv").read_text().splitlines():
        path, file, *_ = line.split("\t")
        for document in _documents(folder / file):
            paths.setdefault(key_of(_head(document)), path)
    return paths


def _documents(path: Path) -> list[str]:
    with gzip.open(path, "rt") as file:
        return [document for document in file.read().split("\n---\n") if document.strip()]


def _head(document: str) -> Json:
    """What identifies a rendered object, read off its lines: parsing it all takes seconds."""
    metadata = re.search(r"^metadata:\n((?:[ -].*\n?)*)", document, re.MULTILINE)
    block = metadata.group(1) if metadata else ""
    names = {field: _value(rf"^  {field}: *(.+)$", block) for field in ("name", "namespace")}
    return {
        "apiVersion": _value(r"^apiVersion: *(.+)$", document),
        "kind": _value(r"^kind: *(.+)$", document),
        "metadata": {field: value for field, value in names.items() if value},
    }


def _value(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return str(yaml.safe_load(found.group(1))) if found else ""


def _load(path: Path) -> Iterable[Json]:
    with gzip.open(path, "rb") as file:
        yield from (body for body in yaml.load_all(file, yaml.CSafeLoader) if body)


def _part(component: Component, body: Json) -> tuple[Component, Item]:
    return component, Item.of(component.id, component.base, body)


if __name__ == "__main__":
    os.nice(10)  # a cluster takes minutes to make: there is time, and others have less
    try:
        main(sys.argv[1:])
    except StepError as error:
        sys.stderr.write(f"{error.cause}\n{error.hint}")
        sys.exit(os.EX_TEMPFAIL if isinstance(error, Transient) else 1)
