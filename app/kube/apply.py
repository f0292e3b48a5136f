"""Many objects applied to a cluster at once, with patience for what passes by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from app.errors import Message, Permanent
from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused, KubeUnavailable, hindrance
from app.kube.pace import Pace
from app.kube.resources import Kind, Resources
from app.text import N_
from app.together import one_of

LIMIT = 900.0  # seconds without any object getting through before we give up
UNKNOWN_LIMIT = 120.0  # the same for a kind that the cluster does not serve
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_BETWEEN_LOOKS = 0.2

Pause = Callable[[float], Awaitable[None]]
Tell = Callable[[Message], Awaitable[None]]


@dataclass
class Applier:
    """Applies objects to one cluster.

    `pause` waits so many seconds of the cloud's clock; `tell` is called once for each different
    reason why something has to wait. All limits are in seconds of that clock, to which the real
    ones come that the server took to refuse.
    """

    client: KubeClient
    resources: Resources
    pause: Pause
    tell: Tell
    limit: float = LIMIT
    unknown_limit: float = UNKNOWN_LIMIT
    pace: Pace = field(default_factory=Pace)
    _through: int = 0
    _told: set[str] = field(default_factory=set)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def apply(
        self, objects: Iterable[Json], done: Callable[[int], None] = lambda count: None
    ) -> None:
        """Apply all, begun in this order; `done` hears how many are through so far.

        Objects are taken from the iterable one by one, as places come free. Raises `Permanent`
        with the object and the server's words for the first that is refused for good, or when
        nothing has got through for the limit.
        """
        before = self._through
        with one_of():
            async with asyncio.TaskGroup() as group:
                for item in objects:
                    place = await self.pace.begin()
                    group.create_task(
                        self._until_through(item, place, lambda: done(self._through - before))
                    )

    async def served(self, kinds: set[Kind]) -> None:
        """Return when every one of `kinds` is served, as after applying their CRDs."""
        waited = 0.0
        while missing := self.resources.missing(kinds):
            if waited >= self.limit:
                names = ", ".join(sorted(kind for _, kind in missing))
                raise Permanent(f"The cluster does not serve these kinds: {names}")
            await self._look_again()
            if self.resources.missing(kinds):
                await self.pause(_BETWEEN_LOOKS)
                waited += _BETWEEN_LOOKS

    async def _until_through(self, item: Json, place: int, done: Callable[[], None]) -> None:
        """Apply one object, again and again while what holds it up may pass."""
        waited, seen, pause = 0.0, self._through, _FIRST_PAUSE
        begun = time.monotonic()
        while (held_up := await self._tried(item, place)) is not None:
            waited += time.monotonic() - begun  # a webhook may take its time
            await self._say(held_up.message)
            if waited >= self._patience(held_up):
                raise _given_up(item, held_up, waited)
            pause = min(_LONGEST_PAUSE, max(pause * 1.5, held_up.retry_after))
            await self.pause(pause)
            waited, seen = (waited + pause, seen) if seen == self._through else (0.0, self._through)
            if held_up.look_again:
                await self._look_again()
            place, begun = await self.pace.begin(), time.monotonic()
        self._through += 1
        done()

    async def _tried(self, item: Json, place: int) -> "_HeldUp | None":
        """Apply one object and give its place back; what holds it up, if anything does."""
        too_much = False
        try:
            held_up = await self._one(item)
            too_much = held_up is not None and held_up.too_much
        finally:
            await self.pace.end(place, too_much=too_much)
        return held_up

    async def _one(self, item: Json) -> "_HeldUp | None":
        path = self.resources.path_of(item)
        if path is None:
            return _unknown(item)
        try:
            await self.client.apply(path, item)
        except KubeUnavailable as error:
            return _HeldUp(
                hindrance(title(item), error),
                error.cause,
                too_much=error.status == 429,
                retry_after=error.retry_after or 0.0,
            )
        except KubeRefused as error:
            if error.status == 404:  # its namespace or kind is on the way
                return _HeldUp(hindrance(title(item), error), error.cause, look_again=True)
            raise refused(item, error) from error
        return None

    def _patience(self, held_up: "_HeldUp") -> float:
        return min(self.limit, self.unknown_limit) if held_up.unknown else self.limit

    async def _look_again(self) -> None:
        """Learn of new kinds; a server that cannot answer just now is asked the next time."""
        known = self.resources.age
        async with self._looking:
            if self.resources.age == known:
                with suppress(KubeUnavailable):
                    await self.resources.refresh()

    async def _say(self, message: Message) -> None:
        reason = message.template % {**message.values, "object": ""}
        if reason not in self._told:
            self._told.add(reason)
            await self.tell(message)


@dataclass(frozen=True, slots=True)
class _HeldUp:
    """Why an object has to wait: `message` for the log, `cause` in the server's words."""

    message: Message
    cause: str
    too_much: bool = False
    unknown: bool = False
    look_again: bool = False
    retry_after: float = 0.0


def title(item: Json) -> str:
    """How an object is called in a log: `Deployment kubeflow/ml-pipeline`."""
    metadata = item["metadata"]
    namespace = metadata.get("namespace", "")
    return f"{item['kind']} " + (f"{namespace}/" if namespace else "") + str(metadata["name"])


def refused(item: Json, error: KubeRefused) -> Permanent:
    """What to tell of an object that the server refused for good: object, field, its words."""
    about = title(item) + (f" ({error.field})" if error.field else "")
    return Permanent(f"{about}: {error.cause}", hint=error.hint)


def _unknown(item: Json) -> _HeldUp:
    kind = f"{item['kind']} ({item['apiVersion']})"
    return _HeldUp(
        Message(
            N_("%(object)s waits: the cluster does not serve the kind %(kind)s yet."),
            object=title(item),
            kind=kind,
        ),
        f"the cluster does not serve the kind {kind}: its CustomResourceDefinition is missing",
        unknown=True,
        look_again=True,
    )


def _given_up(item: Json, held_up: _HeldUp, waited: float) -> Permanent:
    return Permanent(f"{title(item)}: after {waited:.0f} s still: {held_up.cause}")
