"""What Google says about a project before anything is made in it: reading only.

Every answer comes through google-api-python-client and the discovery documents inside it: light
enough for the process that serves pages. Answers are kept for a minute, so that a form can ask
again with every field that is filled in.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from app.errors import PortalError, StepError, Transient
from app.google import readings
from app.google.discovery import DiscoveredApi
from app.google.errors import Refused, is_missing
from app.google.memory import Memory
from app.google.readings import Billing, Project, Quota, Size, Thing, Zone
from app.google.transport import Transport

KEPT_FOR = 60.0  # seconds
OFFERS_KEPT_FOR = 300.0  # seconds; what Google offers where changes now and then
SECOND_TRY_AFTER = 0.3  # seconds after Google could not be reached, or said to come back
_MOST_PERMISSIONS = 100  # in one question
_MOST_SERVICES = 30  # in one question
_PAGE = 500
_VERSIONS = {"cloudresourcemanager": "v3"}  # v1 for others
_BILLED = ("compute", "container", "iam")  # counted against the project, whose APIs they are
_OFF = ("has not been used in project", "or it is disabled")

P = ParamSpec("P")
T = TypeVar("T")
_Asks = Callable[Concatenate["Facts", P], Coroutine[Any, Any, T]]


class ServiceOff(PortalError):
    """The question needs an API that the project has not enabled; Google's own words."""

    def __init__(self, service: str, words: str) -> None:
        super().__init__(words)
        self.service = service


def _kept(seconds: float) -> Callable[[_Asks[P, T]], _Asks[P, T]]:
    """Answer from memory what was asked less than `seconds` ago."""

    def remembering(ask: _Asks[P, T]) -> _Asks[P, T]:
        @functools.wraps(ask)
        async def answer(facts: "Facts", /, *question: P.args, **named: P.kwargs) -> T:
            key = (ask.__name__, *question, *sorted(named.items()))
            return await facts.memory.get(key, lambda: ask(facts, *question, **named), seconds)

        return answer

    return remembering


class Facts:
    """Questions of one account about one project.

    Raise `ServiceOff`, `SignInAgain`, or what `app.google.errors` makes of Google's refusals.
    """

    def __init__(self, transport: Transport, project: str) -> None:
        self.project_id = project
        self.memory = Memory()
        self._transport = transport
        self._apis: dict[str, DiscoveredApi] = {}

    @functools.cached_property
    def _billed(self) -> Transport:
        credentials = self._transport.credentials.with_quota_project(self.project_id)
        return replace(self._transport, credentials=credentials)

    async def ready(self) -> None:
        """Have access tokens before several questions at once would each fetch one."""
        await self._transport.token()
        await self._billed.token()

    @_kept(KEPT_FOR)
    async def project(self) -> Project:
        """The project; Google refuses a missing one like one that may not be seen."""
        return readings.project(
            await self._ask(
                "cloudresourcemanager",
                lambda api: api.projects().get(name=f"projects/{self.project_id}"),
            )
        )

    @_kept(KEPT_FOR)
    async def billing(self) -> Billing:
        """Whether somebody pays for the project."""
        return readings.billing(
            await self._ask(
                "cloudbilling",
                lambda api: api.projects().getBillingInfo(name=f"projects/{self.project_id}"),
            )
        )

    @_kept(KEPT_FOR)
    async def permissions(self, wanted: tuple[str, ...]) -> frozenset[str]:
        """Those of `wanted` that the account has in the project."""
        answers = await asyncio.gather(
            *(self._permissions(part) for part in _parts(wanted, _MOST_PERMISSIONS))
        )
        return frozenset().union(*(answer.get("permissions", ()) for answer in answers))

    @_kept(KEPT_FOR)
    async def enabled(self, services: tuple[str, ...]) -> frozenset[str]:
        """Those of `services` that are enabled in the project."""
        answers = await asyncio.gather(
            *(self._services(part) for part in _parts(services, _MOST_SERVICES))
        )
        return frozenset().union(*(readings.enabled(answer) for answer in answers))

    @_kept(KEPT_FOR)
    async def deleted_members(self) -> frozenset[str]:
        """The `deleted:...` members that the project's policy still names."""
        body = {"options": {"requestedPolicyVersion": 3}}
        answer = await self._ask(
            "cloudresourcemanager",
            lambda api: api.projects().getIamPolicy(
                resource=f"projects/{self.project_id}", body=body
            ),
        )
        return readings.deleted_members(answer)

    @_kept(KEPT_FOR)
    async def region_quotas(self, region: str) -> dict[str, Quota]:
        """A region's quotas by metric."""
        return readings.quotas(
            await self._ask(
                "compute", lambda api: api.regions().get(project=self.project_id, region=region)
            )
        )

    @_kept(KEPT_FOR)
    async def project_quotas(self) -> dict[str, Quota]:
        """The quotas of the whole project by metric."""
        return readings.quotas(
            await self._ask("compute", lambda api: api.projects().get(project=self.project_id))
        )

    @_kept(OFFERS_KEPT_FOR)
    async def zones(self) -> list[Zone]:
        """Every zone that the project can use, by name."""
        items = await self._list(lambda api: api.zones())
        return sorted((readings.zone(item) for item in items), key=lambda zone: zone.name)

    @_kept(OFFERS_KEPT_FOR)
    async def machine_type(self, zone: str, name: str) -> Size | None:
        """The machine type's size, if the zone offers it."""
        return readings.maybe(
            readings.size,
            await self._find(
                "compute",
                lambda api: api.machineTypes().get(
                    project=self.project_id, zone=zone, machineType=name
                ),
            ),
        )

    @_kept(OFFERS_KEPT_FOR)
    async def machine_types(self, zone: str) -> list[Size]:
        """What the zone offers."""
        items = await self._list(lambda api: api.machineTypes(), zone=zone)
        return [readings.size(item) for item in items]

    @_kept(OFFERS_KEPT_FOR)
    async def gpus(self) -> dict[str, frozenset[str]]:
        """The GPU models of each zone that has any."""
        return readings.gpus(
            await self._ask(
                "compute",
                lambda api: api.acceleratorTypes().aggregatedList(
                    project=self.project_id, maxResults=_PAGE
                ),
            )
        )

    @_kept(KEPT_FOR)
    async def network(self, name: str) -> bool:
        """Whether there is such a network."""
        answer = await self._find(
            "compute", lambda api: api.networks().get(project=self.project_id, network=name)
        )
        return answer is not None

    @_kept(OFFERS_KEPT_FOR)
    async def versions(self, zone: str) -> tuple[str, ...]:
        """The Kubernetes versions of GKE's REGULAR channel, its default first."""
        return readings.versions(
            await self._ask(
                "container",
                lambda api: api.projects().locations().getServerConfig(name=self._in(zone)),
            )
        )

    @_kept(KEPT_FOR)
    async def cluster(self, zone: str, name: str) -> Thing | None:
        """The cluster of that name in the zone."""
        where = f"{self._in(zone)}/clusters/{name}"
        return readings.maybe(
            readings.cluster,
            await self._find(
                "container", lambda api: api.projects().locations().clusters().get(name=where)
            ),
        )

    @_kept(KEPT_FOR)
    async def address(self, name: str) -> Thing | None:
        """The global address of that name."""
        return readings.maybe(
            readings.described,
            await self._find(
                "compute",
                lambda api: api.globalAddresses().get(project=self.project_id, address=name),
            ),
        )

    @_kept(KEPT_FOR)
    async def account(self, email: str) -> Thing | None:
        """The service account of that address."""
        where = f"projects/{self.project_id}/serviceAccounts/{email}"
        return readings.maybe(
            readings.described,
            await self._find("iam", lambda api: api.projects().serviceAccounts().get(name=where)),
        )

    @_kept(KEPT_FOR)
    async def published(self, host: str) -> bool:
        """Whether Cloud Endpoints publishes the name; a deleted one answers like a missing one."""
        try:
            await self._ask("servicemanagement", lambda api: api.services().get(serviceName=host))
        except Refused as error:
            if error.status in (403, 404):
                return False
            raise
        return True

    async def _permissions(self, wanted: tuple[str, ...]) -> dict[str, Any]:
        return await self._ask(
            "cloudresourcemanager",
            lambda api: api.projects().testIamPermissions(
                resource=f"projects/{self.project_id}", body={"permissions": list(wanted)}
            ),
        )

    async def _services(self, services: tuple[str, ...]) -> dict[str, Any]:
        parent = f"projects/{self.project_id}"
        names = [f"{parent}/services/{service}" for service in services]
        return await self._ask(
            "serviceusage", lambda api: api.services().batchGet(parent=parent, names=names)
        )

    def _in(self, zone: str) -> str:
        return f"projects/{self.project_id}/locations/{zone}"

    async def _find(self, name: str, order: Callable[[Any], Any]) -> dict[str, Any] | None:
        try:
            return await self._ask(name, order)
        except Refused as error:
            if is_missing(error):
                return None
            raise

    async def _list(self, collection: Callable[[Any], Any], **where: str) -> list[dict[str, Any]]:
        """All pages of a collection of Compute Engine's."""
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"project": self.project_id, "maxResults": _PAGE, **where}
        while True:
            answer = await self._ask("compute", functools.partial(_page_of, collection, page))
            found += answer.get("items", [])
            if not answer.get("nextPageToken"):
                return found
            page["pageToken"] = answer["nextPageToken"]

    async def _ask(self, name: str, order: Callable[[Any], Any]) -> dict[str, Any]:
        try:
            return await self._twice(name, order)
        except StepError as error:
            if _is_off(error):
                raise ServiceOff(f"{name}.googleapis.com", error.cause) from error
            raise

    async def _twice(self, name: str, order: Callable[[Any], Any]) -> dict[str, Any]:
        """A single refusal for the moment is not told to anybody."""
        try:
            return await self._api(name).call(order)
        except Transient as error:
            if _is_off(error):
                raise
        await asyncio.sleep(SECOND_TRY_AFTER)
        return await self._api(name).call(order)

    def _api(self, name: str) -> DiscoveredApi:
        if name not in self._apis:
            transport = self._billed if name in _BILLED else self._transport
            url = _url(transport, name)
            self._apis[name] = DiscoveredApi(transport, name, _VERSIONS.get(name, "v1"), url)
        return self._apis[name]


def _url(transport: Transport, name: str) -> str:
    endpoints = transport.endpoints
    return {
        "cloudresourcemanager": endpoints.resource_manager,
        "cloudbilling": endpoints.billing,
        "serviceusage": endpoints.service_usage,
        "servicemanagement": endpoints.service_management,
        "compute": endpoints.compute,
        "container": endpoints.container,
        "iam": endpoints.iam,
    }[name]


def _parts(names: tuple[str, ...], most: int) -> list[tuple[str, ...]]:
    return [names[first : first + most] for first in range(0, len(names), most)]


def _page_of(collection: Callable[[Any], Any], page: dict[str, Any], api: Any) -> Any:
    return collection(api).list(**page)


def _is_off(error: StepError) -> bool:
    return any(text in error.cause for text in _OFF)
