"""The components of a release: what belongs to each, what needs what, what can be left out."""

import functools
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True, slots=True)
class Component:
    """One part of Kubeflow that is installed and becomes ready as a whole.

    `manifests` are beginnings of paths in a release, `base` is what everything else stands on,
    `needs` names components by id, and `page` is the component's own path on the dashboard.
    `cpu` (in vCPU) and `memory_gib` are what its Pods ask for, sidecars included; both are 0 as
    long as no bundle of the release has been made here. `storage_gib` is what it claims on volumes.
    """

    id: str
    title: str
    manifests: tuple[str, ...] = ()
    base: bool = False
    optional: bool = False
    needs: tuple[str, ...] = ()
    page: str = ""
    cpu: float = 0.0
    memory_gib: float = 0.0
    storage_gib: float = 0.0


@functools.cache
def catalogued() -> tuple[Component, ...]:
    """Every component that the catalogue knows, in the order in which they are installed."""
    return tuple(_component(entry) for entry in tomllib.loads(CATALOGUE.read_text())["component"])


def component_of(path: str) -> Component:
    """The component that a path of the release belongs to; an unknown one is its own."""
    fitting = [
        (len(beginning), component)
        for component in catalogued()
        for beginning in component.manifests
        if path.startswith(beginning)
    ]
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    parts = path.split("/")
    name = parts[1] if len(parts) > 1 else path
    return Component(name, name, (path,))


def in_order(components: Iterable[Component]) -> list[Component]:
    """Each component once, as they are installed; those that the catalogue lacks come last."""
    places = {component.id: place for place, component in enumerate(catalogued())}
    found = {component.id: component for component in components}
    return sorted(found.values(), key=lambda component: places.get(component.id, len(places)))


def left_out(components: Iterable[Component], without: Collection[str]) -> frozenset[str]:
    """Ids of the components that really are left out, of those that somebody asks to go without.

    What another component needs stays, and so does what is not optional.
    """
    by_id = {component.id: component for component in components}
    out = {id_ for id_ in without if id_ in by_id and by_id[id_].optional}
    while needed := {need for each in by_id.values() if each.id not in out for need in each.needs}:
        if not needed & out:
            break
        out -= needed
    return frozenset(out)


def claimed_gib(components: Iterable[Component], without: Collection[str]) -> float:
    """What the components claim on volumes together, but for those that are left out."""
    found = list(components)
    out = left_out(found, without)
    return sum(component.storage_gib for component in found if component.id not in out)


def _component(entry: dict[str, Any]) -> Component:
    return Component(
        id=entry["id"],
        title=entry["title"],
        manifests=tuple(entry["manifests"]),
        base=entry.get("base", False),
        optional=entry.get("optional", False),
        needs=tuple(entry.get("needs", ())),
        page=entry.get("page", ""),
        storage_gib=entry.get("storage_gib", 0.0),
    )
