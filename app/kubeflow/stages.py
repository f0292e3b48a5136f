"""In what order the objects of a bundle go into a cluster."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kubeflow.bundle import Bundle, Item, Json

Kind = tuple[str, str]  # apiVersion, kind


@dataclass(frozen=True, slots=True)
class Stages:
    """The objects of a bundle by the moment at which they can be applied.

    First `namespaces` and the CRDs of the base; when those are served, `base`. When its Pods
    are ready, whatever needs them: `base_custom` (objects of the base's own kinds, which its
    webhooks check), then the rest in the same way.
    """

    namespaces: list[Json]
    base_definitions: list[Json]
    base: list[Json]
    base_custom: list[Json]
    definitions: list[Json]
    rest: list[Json]
    custom: list[Json]


def staged(bundle: Bundle) -> Stages:
    """Sort a bundle's objects into stages; within one, the release's own order is kept."""
    own = bundle.defined_kinds
    return Stages(
        namespaces=_bodies(i for i in bundle.items if i.kind == "Namespace"),
        base_definitions=_bodies(i for i in bundle.items if i.base and _defines(i)),
        base=_bodies(i for i in bundle.items if i.base and _plain(i, own)),
        base_custom=_bodies(i for i in bundle.items if i.base and _is_own(i, own)),
        definitions=_bodies(i for i in bundle.items if not i.base and _defines(i)),
        rest=_bodies(i for i in bundle.items if not i.base and _plain(i, own)),
        custom=_bodies(i for i in bundle.items if not i.base and _is_own(i, own)),
    )


def defined(definitions: Iterable[Json]) -> set[Kind]:
    """The kinds that CRDs will serve, as (apiVersion, kind)."""
    return {
        (f"{body['spec']['group']}/{version['name']}", body["spec"]["names"]["kind"])
        for body in definitions
        for version in body["spec"]["versions"]
        if version.get("served", True)
    }


def by_component(bundle: Bundle) -> dict[str, list[Json]]:
    """The objects of each component, under its title."""
    found: dict[str, list[Json]] = {}
    for item in bundle.items:
        found.setdefault(bundle.title_of(item.component), []).append(item.body)
    return found


def base_of(bundle: Bundle) -> Bundle:
    """What is applied first, and must be ready before the rest: objects of built-in kinds."""
    own = bundle.defined_kinds
    return bundle.with_items(i for i in bundle.items if i.base and not _is_own(i, own))


def _bodies(items: Iterable[Item]) -> list[Json]:
    return [item.body for item in items]


def _defines(item: Item) -> bool:
    return item.kind == "CustomResourceDefinition"


def _is_own(item: Item, own: frozenset[Kind]) -> bool:
    return (item.key[0], item.kind) in own


def _plain(item: Item, own: frozenset[Kind]) -> bool:
    return item.kind != "Namespace" and not _defines(item) and not _is_own(item, own)
