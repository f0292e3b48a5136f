"""What the pages show of the endpoint chain: pure functions of its rows and the language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.chain import PATIENCE, LinkName, LinkState, links_of
from app.domain.spec import Login
from app.store.tables import Link
from app.text import N_
from app.web.i18n import Translator

_TITLES = {
    LinkName.DNS: N_("Name"),
    LinkName.ADDRESS: N_("Address"),
    LinkName.CERTIFICATE: N_("Certificate"),
    LinkName.FORWARDING: N_("Forwarding"),
    LinkName.BACKEND: N_("Backend"),
    LinkName.IAP: N_("IAP"),
    LinkName.REDIRECT: N_("Redirect"),
    LinkName.SIGN_IN: N_("Sign-in"),
    LinkName.DASHBOARD: N_("Dashboard"),
}
_NOTICED = 10.0  # seconds; what a compressed clock makes shorter needs no estimate
_STATES = {
    LinkState.WAITING: N_("Waiting"),
    LinkState.FINE: N_("Fine"),
    LinkState.FAILING: N_("Failing"),
}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as it was last seen; one that nobody has looked at yet waits, without evidence.

    `usual_seconds` is how long people wait for it; None where it is over before they look.
    """

    title: str
    state: LinkState
    state_word: str
    evidence: str
    hint: str
    usual_seconds: float | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChainView:
    """The links of an endpoint, in the order in which a request passes them."""

    links: Sequence[LinkView]
    fine: int


def chain_view(
    links: Sequence[Link], login: Login, clock_speed: float, translate: Translator
) -> ChainView:
    """The chain of an endpoint with this login."""
    seen = {link.name: link for link in links}
    views = [_link_view(name, seen.get(name), clock_speed, translate) for name in links_of(login)]
    return ChainView(views, sum(view.state == LinkState.FINE for view in views))


def link_values_in_words(values: dict[str, Any], translate: Translator) -> dict[str, Any]:
    """The values of an event that tells of a link, for a reader of this language."""
    evidence = translate.filled(values["template"], _in_words(values, translate))
    return {"link": _title(values["link"], translate), "evidence": evidence}


def _link_view(
    name: LinkName, link: Link | None, clock_speed: float, translate: Translator
) -> LinkView:
    state = link.state if link else LinkState.WAITING
    values = _in_words(link.values, translate) if link else {}
    usual = PATIENCE[name].usual / clock_speed
    return LinkView(
        title=_title(name, translate),
        state=state,
        state_word=translate.gettext(_STATES[state]),
        evidence=translate.filled(link.evidence, values) if link else "",
        hint=translate.filled(link.hint, values) if link else "",
        usual_seconds=usual if usual >= _NOTICED else None,
        checked_at=link.checked_at if link else None,
    )


def _title(name: str, translate: Translator) -> str:
    return translate.gettext(_TITLES[LinkName(name)])


def _in_words(values: dict[str, Any], translate: Translator) -> dict[str, Any]:
    """Links that are named in a text are called by their titles."""
    if "links" not in values:
        return values
    titles = [_title(name, translate) for name in str(values["links"]).split(", ")]
    return {**values, "links": ", ".join(titles)}
