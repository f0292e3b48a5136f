"""How each link of the endpoint chain is looked at."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.domain import findings
from app.domain.chain import Finding, LinkName
from app.domain.findings import Answer
from app.google.dns import addresses_of
from app.google.readings import Backend
from app.steps.context import StepContext
from app.steps.ours import cloud_of
from app.steps.sights import Sights
from app.steps.visitor import Visitor


@dataclass
class Looks:
    """One deployment's endpoint, seen from the cluster, from Google's API and from outside.

    `waited` is how long the link has not been fine, in seconds of the cloud's clock; a look that
    could not find anything out gives None. `backend` is the backend service of the last look.
    """

    context: StepContext
    sights: Sights
    visitor: Visitor
    backend: Backend | None = None
    _reserved: str = ""
    _answer: Answer | None = None

    async def at(self, name: LinkName, waited: float) -> Finding | None:
        """Look at one link."""
        return await _LOOKS[name](self, waited)

    async def dns(self, waited: float) -> Finding | None:
        found = await addresses_of(self.context.settings, self.context.names.host)
        return findings.dns(await self._address_reserved(), found, waited)

    async def address(self, waited: float) -> Finding | None:
        return findings.address(await self._address_reserved(), self.sights.address, waited)

    async def certificate(self, waited: float) -> Finding | None:
        return findings.certificate(*self.sights.certificate, waited)

    async def forwarding(self, waited: float) -> Finding | None:
        project, balancers = self.context.spec.project, cloud_of(self.context).balancers
        rules = [await balancers.forwarding_rule(project, name) for name in self.sights.rules]
        ports = {rule.ports.partition("-")[0]: rule.ip for rule in rules if rule is not None}
        return findings.forwarding(ports, await self._address_reserved(), waited)

    async def health(self, waited: float) -> Finding | None:
        """Of the backend service, by `getHealth`: the Ingress's annotation lags behind."""
        project, name = self.context.spec.project, self.sights.backend
        balancers = cloud_of(self.context).balancers
        self.backend = await balancers.backend(project, name) if name else None
        return findings.backend(self.backend.states if self.backend else None, waited)

    async def iap(self, waited: float) -> Finding | None:
        self._answer = await self.visitor.answer()
        enabled = self.backend is not None and self.backend.iap
        return findings.iap(enabled, self._answer, self.context.spec.own_iap_client, waited)

    async def redirect(self, waited: float) -> Finding | None:
        location = self._answer.location if self._answer else ""
        refusal = await self.visitor.refusal(location)
        if refusal is None:
            return None
        spec = self.context.spec
        client = spec.oauth_client_id if spec.own_iap_client else ""
        return findings.redirect(location, client, refusal, waited)

    async def sign_in(self, waited: float) -> Finding | None:
        return findings.sign_in(await self.visitor.answer(), waited)

    async def dashboard(self, waited: float) -> Finding | None:
        return findings.dashboard(*self.sights.dashboard, waited)

    async def _address_reserved(self) -> str:
        """Asked for until it is known: it does not change."""
        if not self._reserved:
            project, name = self.context.spec.project, self.context.names.address
            found = await cloud_of(self.context).compute.address(project, name)
            self._reserved = found.ip if found else ""
        return self._reserved


_LOOKS: Mapping[LinkName, Callable[[Looks, float], Awaitable[Finding | None]]] = {
    LinkName.DNS: Looks.dns,
    LinkName.ADDRESS: Looks.address,
    LinkName.CERTIFICATE: Looks.certificate,
    LinkName.FORWARDING: Looks.forwarding,
    LinkName.BACKEND: Looks.health,
    LinkName.IAP: Looks.iap,
    LinkName.REDIRECT: Looks.redirect,
    LinkName.SIGN_IN: Looks.sign_in,
    LinkName.DASHBOARD: Looks.dashboard,
}
