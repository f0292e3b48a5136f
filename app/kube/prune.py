"""Taking out of a cluster what belongs to an installation and is not wanted any more."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.errors import Message, Permanent
from app.kube.apply import title
from app.kube.applyset import ApplySet, Member
from app.kube.client import METADATA_LIST, KubeClient
from app.kube.errors import KubeRefused
from app.kube.patience import patiently
from app.kube.resources import Key, Resources
from app.text import N_
from app.together import together

LIMIT = 900.0  # seconds until what is deleted has to be gone
_DEFINITION, _NAMESPACE = "CustomResourceDefinition", "Namespace"
_OF_PEOPLE = {_NAMESPACE, "PersistentVolumeClaim", "Profile"}
_WEBHOOKS = {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}
_BETWEEN_LOOKS = 0.5

Pause = Callable[[float], Awaitable[None]]
Tell = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pruner:
    """Deletes members of apply sets; `pause` waits so many seconds of the cloud's clock."""

    client: KubeClient
    resources: Resources
    pause: Pause
    tell: Tell
    limit: float = LIMIT

    async def prune(self, members: ApplySet, wanted: Collection[Key]) -> None:
        """Delete the members that are not `wanted`, and wait until they are gone.

        What may hold something of the people who work in the cluster is kept, and told of:
        namespaces, claims, Profiles, and CRDs of which there are objects.
        """
        if members.is_complete(wanted):
            return
        left = [each for each in await members.members() if each.key not in wanted]
        kept = [each for each in left if each.key[1] in _OF_PEOPLE]
        definitions = [each for each in left if each.key[1] == _DEFINITION]
        await self._delete(members, [e for e in left if e not in kept and e not in definitions])
        kept += [each for each in definitions if await self._is_in_use(each)]
        await self._delete(members, [each for each in definitions if each not in kept])
        for member in kept:
            await self.tell(_kept(member))
        await members.complete(wanted, [each.key for each in kept])

    async def remove(self, members: ApplySet) -> None:
        """Delete every member, and then the set itself."""
        await self._delete(members, await members.members())
        await members.forget()

    async def _delete(self, members: ApplySet, doomed: list[Member]) -> None:
        """Delete in waves, each gone before the next: controllers outlive what they clean up."""
        for wave in _waves(doomed):
            await together(*(self._delete_one(member) for member in wave))
            await self._until_gone(members, {member.uid for member in wave})

    async def _delete_one(self, member: Member) -> None:
        with suppress(KubeRefused):  # gone already, or another object by now
            await patiently(lambda: self.client.delete(member.path, uid=member.uid))

    async def _until_gone(self, members: ApplySet, uids: set[str]) -> None:
        waited = 0.0
        while left := [each for each in await members.members() if each.uid in uids]:
            if waited >= self.limit:
                raise Permanent(f"{title_of(left[0].key)} is being deleted and does not go away.")
            await self.pause(_BETWEEN_LOOKS)
            waited += _BETWEEN_LOOKS

    async def _is_in_use(self, member: Member) -> bool:
        """Whether there are objects of the kind that a CRD defines."""
        plural, _, group = member.key[3].partition(".")
        resource = self.resources.of_plural(group, plural)
        if resource is None:
            return False
        path = resource.path()
        listed = await patiently(lambda: self.client.get(path, accept=METADATA_LIST, limit="1"))
        return bool(listed["items"])


def title_of(key: Key) -> str:
    """How an object is called in a log."""
    _, kind, namespace, name = key
    return title({"kind": kind, "metadata": {"name": name, "namespace": namespace}})


def _waves(members: Iterable[Member]) -> Iterator[list[Member]]:
    """Custom objects, webhooks, all else, CRDs, namespaces; none of them empty."""
    members = list(members)
    groups = {each.key[3].partition(".")[2] for each in members if each.key[1] == _DEFINITION}

    def wave(member: Member) -> int:
        group, kind, _, _ = member.key
        if kind in (_DEFINITION, _NAMESPACE):
            return 3 if kind == _DEFINITION else 4
        return 0 if group in groups else 1 if kind in _WEBHOOKS else 2

    for number in range(5):
        if found := [each for each in members if wave(each) == number]:
            yield found


def _kept(member: Member) -> Message:
    return Message(
        N_("%(object)s is not part of this Kubeflow any more, and is kept: it may hold your data."),
        object=title_of(member.key),
    )
