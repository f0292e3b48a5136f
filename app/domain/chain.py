"""The endpoint chain: what must be fine between a browser and Kubeflow, link by link."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.spec import Login

MINUTE = 60.0  # all times here are seconds of the cloud's own clock


class LinkName(StrEnum):
    """The links in the order in which a request passes them."""

    DNS = "dns"
    ADDRESS = "address"
    CERTIFICATE = "certificate"
    FORWARDING = "forwarding"
    BACKEND = "backend"
    IAP = "iap"
    REDIRECT = "redirect"
    SIGN_IN = "sign-in"
    DASHBOARD = "dashboard"


class LinkState(StrEnum):
    """`failing` is not fine although it should be by now, or says itself that it cannot be."""

    WAITING = "waiting"
    FINE = "fine"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at a link has found.

    `evidence` and `hint` are English templates over the same `values`; `evidence` holds the
    words that were observed. `final`: waiting any longer changes nothing. `rests`: nothing was
    seen, since the link rests on others that are not fine.
    """

    state: LinkState
    evidence: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    hint: str = ""
    final: bool = False
    rests: bool = False

    @property
    def fine(self) -> bool:
        return self.state == LinkState.FINE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a link usually takes; when to call it failing; when a step gives it up. Seconds.

    Sources: published creation logs and threads (certificates 15 to 60 minutes, an Ingress's
    address 1 to 5, health 1 to 3 after the Pods); the rest are estimates.
    """

    usual: float
    late: float
    limit: float


PATIENCE = {
    LinkName.DNS: Patience(1 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    LinkName.ADDRESS: Patience(3 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    LinkName.CERTIFICATE: Patience(20 * MINUTE, 60 * MINUTE, 120 * MINUTE),
    LinkName.FORWARDING: Patience(3 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    LinkName.BACKEND: Patience(3 * MINUTE, 15 * MINUTE, 45 * MINUTE),
    LinkName.IAP: Patience(5 * MINUTE, 15 * MINUTE, 45 * MINUTE),
    LinkName.REDIRECT: Patience(5 * MINUTE, 15 * MINUTE, 60 * MINUTE),
    LinkName.SIGN_IN: Patience(5 * MINUTE, 15 * MINUTE, 45 * MINUTE),
    LinkName.DASHBOARD: Patience(5 * MINUTE, 20 * MINUTE, 45 * MINUTE),
}

_BEHIND_IAP = frozenset({LinkName.IAP, LinkName.REDIRECT})
# What a link rests on: while that is not fine there is nothing to see of the link itself.
RESTS_ON: Mapping[LinkName, frozenset[LinkName]] = {
    LinkName.IAP: frozenset(
        {LinkName.DNS, LinkName.CERTIFICATE, LinkName.FORWARDING, LinkName.BACKEND}
    ),
    LinkName.SIGN_IN: frozenset(
        {LinkName.DNS, LinkName.CERTIFICATE, LinkName.FORWARDING, LinkName.BACKEND}
    ),
    LinkName.REDIRECT: frozenset({LinkName.IAP}),
}


def links_of(login: Login) -> tuple[LinkName, ...]:
    """The links of an endpoint with this login; none without an endpoint."""
    if login == Login.LATER:
        return ()
    unwanted = {LinkName.SIGN_IN} if login == Login.IAP else _BEHIND_IAP
    return tuple(name for name in LinkName if name not in unwanted)


def layers(names: Collection[LinkName]) -> list[list[LinkName]]:
    """The links in groups, each of which rests on groups before it only."""
    groups: list[list[LinkName]] = []
    left = list(names)
    while left:
        group = [name for name in left if not RESTS_ON.get(name, frozenset()) & set(left)]
        groups.append(group)
        left = [name for name in left if name not in group]
    return groups


def late(name: LinkName, waited: float) -> bool:
    """Whether a link that has not been fine for `waited` seconds should be by now."""
    return waited > PATIENCE[name].late
