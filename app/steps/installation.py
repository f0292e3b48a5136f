"""A bundle put into a cluster, in the order in which one thing can stand on another."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from app.domain.status import Level
from app.errors import Message
from app.kube.apply import Applier
from app.kube.applyset import ApplySet
from app.kube.client import Json, KubeClient
from app.kube.drift import Drift, drift
from app.kube.patience import patiently
from app.kube.prune import Pruner
from app.kube.readiness import LIMIT, OnComponent, Readiness, readiness_keys
from app.kube.resources import Key, Resources
from app.kube.standing import unchanged
from app.kube.webhooks import Webhooks, answered
from app.kubeflow.bundle import Bundle, Item
from app.kubeflow.stages import Stages, base_of, by_component, defined, staged
from app.text import N_
from app.together import together

BASE, COMPONENTS = "kfportal-base", "kfportal-components"  # the two apply sets of an installation
_APPLIED = 0.3  # share of the second part that is over when all is applied
_CERTIFICATES = "cert-manager.io"
_WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


class Story(Protocol):
    """Who hears of an installation; the cloud's clock is theirs too."""

    async def say(self, text: str, *, level: Level = Level.INFO, **values: Any) -> None: ...

    async def progress(self, fraction: float, text: str, **values: Any) -> None: ...

    async def pause(self, seconds: float) -> None: ...


@dataclass
class Installation:
    """One bundle and one cluster.

    `clock_speed` is how many seconds of the cloud's clock a real one is. `gate` is held while
    objects are sent, not while anything is waited for.
    """

    client: KubeClient
    bundle: Bundle
    story: Story
    clock_speed: float = 1.0
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @cached_property
    def _stages(self) -> Stages:
        return staged(self.bundle)

    @cached_property
    def _applier(self) -> Applier:
        return Applier(self.client, Resources(self.client), self.story.pause, self._tell)

    async def base(self) -> None:
        """Apply the namespaces, cert-manager and Istio; their Pods may still be starting."""
        stages = self._stages
        part = await self._part(BASE)
        await part.apply([*stages.namespaces, *stages.base_definitions])
        await self.story.progress(0.4, N_("Installing cert-manager and Istio"))
        await self._applier.served(defined(stages.base_definitions))
        await part.apply(stages.base)

    async def components(self) -> None:
        """Apply everything else, each thing when what it needs is there, until all is ready.

        CRDs go first, while the base is starting; Certificates before what they serve; webhooks
        after what they would hold up; custom objects when the webhooks that check them answer.
        """
        stages, story = self._stages, self.story
        part = await self._part(COMPONENTS)
        await part.apply(stages.definitions)
        await story.progress(0.1, N_("Waiting for cert-manager and Istio to start"))
        await self._ready(by_component(base_of(self.bundle)), self._progress(0.1, 0.15))
        await self._applier.served(defined(stages.definitions))
        await self._certified(part)
        await story.progress(0.2, N_("Installing %(count)s objects"), count=len(stages.rest))
        await part.apply(item for item in stages.rest if item.kind not in _WEBHOOKS)
        await part.apply(item for item in stages.rest if item.kind in _WEBHOOKS)
        await self._checked(part, [item for item in stages.custom if not _is_certificate(item)])
        await story.progress(_APPLIED, N_("Waiting for Kubeflow to start"))
        await self._ready(by_component(self.bundle), self._progress(_APPLIED, 1.0))
        await self._prune()

    async def ready(self) -> None:
        """Return when every component is ready (again)."""
        await self._ready(by_component(self.bundle), _silently)

    async def drift(self) -> list[Drift]:
        """What differs in the cluster from what installing this bundle would make of it."""
        found: list[Drift] = []
        for name, objects in self._parts().items():
            members = await self._opened(name)
            found += await drift(self.client, self._applier.resources, members, objects)
        return found

    async def remove(self) -> None:
        """Take the whole installation out of the cluster again, what people made of it too."""
        for name in (COMPONENTS, BASE):
            part = await self._opened(name)
            if not part.is_new:
                await self._pruner.remove(part)

    async def _part(self, name: str) -> "_Part":
        """One of the two sets, announced, with what need not be applied again."""
        members = await self._opened(name)
        objects = self._parts()[name]
        known = [] if members.is_new else objects
        await members.announce(item.head for item in objects)
        same = await unchanged(self.client, self._applier.resources, members, known)
        if same:
            await self.story.say(
                N_("%(same)s of %(count)s objects are as they should be already."),
                same=len(same),
                count=len(objects),
            )
        return _Part(self._applier, self.gate, members, same)

    async def _opened(self, name: str) -> ApplySet:
        resources = self._applier.resources
        if not resources.age:
            await patiently(resources.refresh)
        members = ApplySet(self.client, resources, name)
        await members.open()
        return members

    def _parts(self) -> dict[str, list[Item]]:
        stages = self._stages
        base = [*stages.namespaces, *stages.base_definitions, *stages.base]
        rest = [*stages.definitions, *stages.base_custom, *stages.rest, *stages.custom]
        return {BASE: base, COMPONENTS: rest}

    async def _certified(self, part: "_Part") -> None:
        """Apply the base's own objects and all Certificates; the latter are ready then."""
        certificates = [item for item in self._stages.custom if _is_certificate(item)]
        await self._checked(part, [*self._stages.base_custom, *certificates])
        await self._ready({N_("Certificates"): [item.head for item in certificates]}, _silently)

    async def _checked(self, part: "_Part", items: list[Item]) -> None:
        """Apply custom objects, each when the webhooks that the server asks about it answer."""
        webhooks = Webhooks(item.body for item in self.bundle.items if item.kind in _WEBHOOKS)
        groups: dict[frozenset[tuple[str, str]], list[Item]] = {}
        for item in items:
            services = webhooks.services_for([item.head], self._applier.resources)
            groups.setdefault(services, []).append(item)

        async def one(services: frozenset[tuple[str, str]], its_items: list[Item]) -> None:
            await answered(self.client, services, LIMIT / self.clock_speed)
            await part.apply(its_items)

        await together(*(one(*group) for group in groups.items()))

    async def _prune(self) -> None:
        """Delete what earlier releases had. What has changed sides is in its new set by now."""
        for name, objects in self._parts().items():
            await self._pruner.prune(
                await self._opened(name),
                {self._applier.resources.key_of(item.head) for item in objects},
            )

    @cached_property
    def _pruner(self) -> Pruner:
        return Pruner(self.client, self._applier.resources, self.story.pause, self._tell)

    async def _ready(self, components: dict[str, list[Json]], on_component: OnComponent) -> None:
        limit = LIMIT / self.clock_speed
        wanted = readiness_keys(components)
        await Readiness(self.client, wanted, on_component, self._warn, limit).wait()

    def _progress(self, from_fraction: float, to_fraction: float) -> OnComponent:
        """Tell of each component, and how many are ready."""

        async def on_component(component: str, ready: int, total: int) -> None:
            await self.story.progress(
                from_fraction + (to_fraction - from_fraction) * ready / total,
                N_("%(ready)s of %(total)s components are ready; the latest is %(component)s"),
                ready=ready,
                total=total,
                component=component,
            )

        return on_component

    async def _tell(self, message: Message) -> None:
        await self.story.say(message.template, level=Level.INFO, **message.values)

    async def _warn(self, message: Message) -> None:
        await self.story.say(message.template, level=Level.WARNING, **message.values)


@dataclass(frozen=True, slots=True)
class _Part:
    """A set of objects on its way into the cluster; `same` is there already."""

    applier: Applier
    gate: asyncio.Semaphore
    members: ApplySet
    same: set[Key]

    async def apply(self, items: Iterable[Item]) -> None:
        """Apply those that differ, as members of the set; each is in memory on its way only."""
        key_of = self.applier.resources.key_of
        async with self.gate:
            await self.applier.apply(
                self.members.labelled(item.body)
                for item in items
                if key_of(item.head) not in self.same
            )


async def _silently(component: str, ready: int, total: int) -> None:
    """What was told before needs not be told again."""


def _is_certificate(item: Item) -> bool:
    return item.key[0] == _CERTIFICATES
