"""The clients of one owner, each made when it is first needed."""

import asyncio
from dataclasses import replace
from functools import cached_property

from app.errors import SignInAgain
from app.google import identity
from app.google.accounts import Accounts
from app.google.balancers import Balancers
from app.google.clusters import Clusters
from app.google.compute import Compute
from app.google.dns_names import PublishedNames
from app.google.endpoints import Endpoints
from app.google.facts import Facts
from app.google.firewalls import Firewalls
from app.google.iap import Iap
from app.google.projects import Projects
from app.google.routers import Routers
from app.google.services import Services
from app.google.transport import Transport
from app.settings import Settings


class Cloud:
    """Google Cloud as one owner sees it; `app.google.errors` says what its calls raise."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._of_project: dict[str, Cloud] = {}

    @classmethod
    def for_grant(cls, settings: Settings, refresh_token: str) -> "Cloud":
        """The cloud of the owner who allowed what `refresh_token` stands for."""
        credentials = identity.of_grant(settings, refresh_token)
        return cls(Transport(credentials, Endpoints.from_settings(settings)))

    @classmethod
    async def for_default(cls, settings: Settings, email: str) -> "Cloud":
        """The cloud of this machine's own credentials, which must be those of `email`."""
        try:
            found = await asyncio.to_thread(identity.application_default, settings)
        except identity.NoDefaultCredentials as error:
            raise SignInAgain(str(error)) from error
        if found.email != email:
            raise SignInAgain(f"the credentials are those of {found.email}")
        return cls(Transport(found.credentials, Endpoints.from_settings(settings)))

    def billed_to(self, project: str) -> "Cloud":
        """The same owner, with calls counted against `project`'s quota.

        Only once the project's services are enabled: before, Google refuses the calls.
        """
        if project not in self._of_project:
            credentials = self._transport.credentials.with_quota_project(project)
            credentials.expiry = self._transport.credentials.expiry  # which the copy forgets
            self._of_project[project] = Cloud(replace(self._transport, credentials=credentials))
        return self._of_project[project]

    async def settled(self) -> None:
        """Wait until no call is on its way, of any caller that was cancelled."""
        for cloud in (self, *self._of_project.values()):
            await cloud._transport.settled()

    async def token(self, instead_of: str = "") -> str:
        """An access token of the owner's, for the clusters' Kubernetes APIs."""
        return await self._transport.token(instead_of)

    def facts(self, project: str) -> Facts:
        """Questions about `project`, asked before anything is made in it."""
        return Facts(self._transport, project)

    @cached_property
    def projects(self) -> Projects:
        return Projects(self._transport)

    @cached_property
    def services(self) -> Services:
        return Services(self._transport)

    @cached_property
    def compute(self) -> Compute:
        return Compute(self._transport)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self._transport)

    @cached_property
    def names(self) -> PublishedNames:
        return PublishedNames(self._transport)

    @cached_property
    def clusters(self) -> Clusters:
        return Clusters(self._transport)

    @cached_property
    def iap(self) -> Iap:
        return Iap(self._transport)

    @cached_property
    def balancers(self) -> Balancers:
        return Balancers(self._transport)

    @cached_property
    def firewalls(self) -> Firewalls:
        return Firewalls(self._transport)

    @cached_property
    def routers(self) -> Routers:
        return Routers(self._transport)
