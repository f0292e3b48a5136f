"""Reports for the form: made as it is filled in, kept for the moment its button is pressed."""

import time
from dataclasses import dataclass
from typing import TypeVar

from app.domain.spec import DeploymentSpec
from app.errors import StepError
from app.google.facts import Facts
from app.google.transport import Transport
from app.report import Asked, Report, nothing_answered, report
from app.store.tables import User
from app.web.access import Access

GOOD_FOR = 300.0  # seconds for which a report speaks for exactly the values it was made of
K = TypeVar("K")
V = TypeVar("V")
_MOST = 1000  # reports, and projects asked about, that are kept at most


@dataclass(frozen=True, slots=True)
class _Made:
    at: float
    report: Report


class Reports:
    """Makes reports on behalf of users; raises `SignInAgain` where Google asks for it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._facts: dict[tuple[str, str], tuple[Transport, Facts]] = {}
        self._made: dict[tuple[str, str], _Made] = {}

    async def of(
        self,
        user: User,
        spec: DeploymentSpec,
        unclear: frozenset[str] = frozenset(),
        *,
        anew: bool = False,
        ours: str = "",
    ) -> Report:
        """The report on `spec`, of which the `unclear` fields are not filled in yet.

        `ours` is the id of the deployment, if it is there.
        """
        try:
            facts = await self.facts(user, spec.project)
        except StepError as error:
            return nothing_answered(error)
        if anew:
            facts.memory.forget()
        found = await report(facts, Asked(spec, user.email, unclear, ours))
        if not unclear and not ours and not found.unanswered:
            _keep(self._made, _key(user, spec), _Made(time.monotonic(), found))
        return found

    async def before_creating(self, user: User, spec: DeploymentSpec) -> Report:
        """The recent report on exactly this, or a new one."""
        made = self._made.get(_key(user, spec))
        if made is not None and time.monotonic() - made.at < GOOD_FOR:
            return made.report
        return await self.of(user, spec)

    async def facts(self, user: User, project: str) -> Facts:
        """What is known of a project, as the user sees it; an access token is there."""
        await self._access.token(user.id)
        transport = await self._access.transport(user.id)
        known = self._facts.get((user.id, project))
        if known is None or known[0] is not transport:
            known = (transport, Facts(transport, project))
            _keep(self._facts, (user.id, project), known)
        return known[1]


def _key(user: User, spec: DeploymentSpec) -> tuple[str, str]:
    return user.id, spec.model_dump_json()


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    """The oldest goes when there are too many."""
    kept.pop(key, None)
    while len(kept) >= _MOST:
        kept.pop(next(iter(kept)))
    kept[key] = value
