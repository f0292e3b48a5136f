"""In what order the objects of a bundle go into a cluster."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kubeflow.bundle import Bundle, Item, Json, Kind


@dataclass(frozen=True, slots=True)
class Stages:
    """The objects of a bundle by the moment at which they can be applied.

    First `namespaces` and the CRDs of the base; when those are served, `base`. When its Pods
    are ready, whatever needs them: `base_custom` (objects of the base's own kinds, which its
    webhooks check), then the rest in the same way.
    """

    namespaces: tuple[Item, ...]
    base_definitions: tuple[Item, ...]
    base: tuple[Item, ...]
    base_custom: tuple[Item, ...]
    definitions: tuple[Item, ...]
    rest: tuple[Item, ...]
    custom: tuple[Item, ...]


def staged(bundle: Bundle) -> Stages:
    """Sort a bundle's objects into stages; within one, the release's own order is kept."""
    own = bundle.defined_kinds
    return Stages(
        namespaces=tuple(i for i in bundle.items if i.kind == "Namespace"),
        base_definitions=tuple(i for i in bundle.items if i.base and _defines(i)),
        base=tuple(i for i in bundle.items if i.base and _plain(i, own)),
        base_custom=tuple(i for i in bundle.items if i.base and _is_own(i, own)),
        definitions=tuple(i for i in bundle.items if not i.base and _defines(i)),
        rest=tuple(i for i in bundle.items if not i.base and _plain(i, own)),
        custom=tuple(i for i in bundle.items if not i.base and _is_own(i, own)),
    )


def defined(definitions: Iterable[Item]) -> set[Kind]:
    """The kinds that CRDs will serve."""
    return {kind for item in definitions for kind in item.serves}


def by_component(bundle: Bundle) -> dict[str, list[Json]]:
    """The heads of the objects of each component, under its title."""
    found: dict[str, list[Json]] = {}
    for item in bundle.items:
        found.setdefault(bundle.title_of(item.component), []).append(item.head)
    return found


def base_of(bundle: Bundle) -> Bundle:
    """What is applied first, and must be ready before the rest: objects of built-in kinds."""
    own = bundle.defined_kinds
    return bundle.with_items(i for i in bundle.items if i.base and not _is_own(i, own))


def _defines(item: Item) -> bool:
    return item.kind == "CustomResourceDefinition"


def _is_own(item: Item, own: frozenset[Kind]) -> bool:
    return (item.key[0], item.kind) in own


def _plain(item: Item, own: frozenset[Kind]) -> bool:
    return item.kind != "Namespace" and not _defines(item) and not _is_own(item, own)
