"""Many objects applied to a cluster at once, with patience for what passes by itself."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.errors import Permanent
from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused, KubeUnavailable, in_short
from app.kube.resources import Kind, Resources
from app.together import together

AT_ONCE = 16  # 8 or 32 change nothing: the API server is the limit
LIMIT = 900.0  # seconds without any object getting through before we give up
_LONGEST_WAIT = 5.0

Pause = Callable[[float], Awaitable[None]]
Tell = Callable[[str, str], Awaitable[None]]  # the object, and what holds it up


@dataclass
class Applier:
    """Applies objects to one cluster.

    `pause` waits so many seconds of the cloud's clock; `tell` is called once for each different
    reason why something has to wait.
    """

    client: KubeClient
    resources: Resources
    pause: Pause
    tell: Tell
    limit: float = LIMIT
    _told: set[str] = field(default_factory=set)

    async def apply(
        self, objects: Sequence[Json], done: Callable[[int], None] = lambda count: None
    ) -> None:
        """Apply all, in about this order; `done` hears how many are through so far.

        Raises `Permanent` with the object and the server's words for the first that is refused
        for good, or when nothing has got through for the limit.
        """
        left: deque[Json] = deque(objects)
        waited = 0.0
        while left:
            before = len(left)
            refused = await self._round(left, len(objects), done)
            left = deque(item for item, _ in refused)
            waited = 0.0 if len(left) < before else waited
            if not left:
                return
            if waited >= self.limit:
                raise _given_up(refused)
            pause = min(_LONGEST_WAIT, max(0.5, waited / 10))
            await self.pause(pause)
            waited += pause
            await self._look_again()

    async def served(self, kinds: set[Kind]) -> None:
        """Return when every one of `kinds` is served, as after applying their CRDs."""
        waited = 0.0
        while missing := self.resources.missing(kinds):
            if waited >= self.limit:
                names = ", ".join(sorted(kind for _, kind in missing))
                raise Permanent(f"The cluster does not serve these kinds: {names}")
            await self.pause(0.5)
            waited += 0.5
            await self._look_again()

    async def _look_again(self) -> None:
        """Learn of new kinds; a server that cannot answer just now is asked the next time."""
        with suppress(KubeUnavailable):
            await self.resources.refresh()

    async def _round(
        self, left: deque[Json], total: int, done: Callable[[int], None]
    ) -> list[tuple[Json, str]]:
        """Try each object once, several at a time; those that have to wait, and why."""
        refused: list[tuple[Json, str]] = []
        through = total - len(left)

        async def work() -> None:
            nonlocal through
            while left:
                item = left.popleft()
                reason = await self._one(item)
                if reason:
                    refused.append((item, reason))
                else:
                    through += 1
                    done(through)

        await together(*(work() for _ in range(min(AT_ONCE, len(left)))))
        return refused

    async def _one(self, item: Json) -> str:
        """Apply one object; the reason if it has to wait."""
        path = self.resources.path_of(item)
        if path is None:
            return await self._wait(item, f"the kind {item['kind']} is not served yet")
        try:
            await self.client.apply(path, item)
            return ""
        except KubeUnavailable as error:
            return await self._wait(item, in_short(error))
        except KubeRefused as error:
            if error.status == 404:  # its namespace or kind is on the way
                return await self._wait(item, in_short(error))
            raise Permanent(f"{title(item)}: {error.cause}") from error

    async def _wait(self, item: Json, reason: str) -> str:
        if reason not in self._told:
            self._told.add(reason)
            await self.tell(title(item), reason)
        return reason


def title(item: Json) -> str:
    """How an object is called in a log: `Deployment kubeflow/ml-pipeline`."""
    metadata = item["metadata"]
    namespace = metadata.get("namespace", "")
    return f"{item['kind']} " + (f"{namespace}/" if namespace else "") + str(metadata["name"])


def _given_up(refused: list[tuple[Json, str]]) -> Permanent:
    item, reason = refused[0]
    others = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    return Permanent(f"{title(item)}{others}: {reason}")
