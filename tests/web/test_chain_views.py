"""The endpoint chain as a reader sees it, on the page and in the log."""

from datetime import UTC, datetime

from app.domain.chain import Finding, LinkName, LinkState
from app.domain.findings import after, dns
from app.domain.spec import Login
from app.domain.status import EventKind
from app.store.tables import Event, Link
from app.web import i18n
from app.web.chain_views import chain_view
from app.web.rendering import ROOT
from app.web.views import event_view

NOW = datetime(2026, 11, 24, 19, 40, tzinfo=UTC)
TRANSLATORS = i18n.load(ROOT / "locales")
ENGLISH, KOREAN = TRANSLATORS["en"], TRANSLATORS["ko"]


def _link(name: LinkName, finding: Finding) -> Link:
    return Link(
        name=name,
        state=finding.state,
        evidence=finding.evidence,
        values=dict(finding.values),
        hint=finding.hint,
        since=NOW,
        checked_at=NOW,
    )


def test_links_that_nobody_has_looked_at_wait_without_evidence() -> None:
    chain = chain_view([], Login.IAP, 1, ENGLISH)
    assert [link.title for link in chain.links][:3] == ["Name", "Address", "Certificate"]
    assert {(link.state, link.evidence, link.checked_at) for link in chain.links} == {
        (LinkState.WAITING, "", None)
    }


def test_a_link_shows_what_was_seen_when_and_what_is_usual() -> None:
    links = [_link(LinkName.DNS, dns("203.0.113.7", {"203.0.113.7"}, 0))]
    chain = chain_view(links, Login.PASSWORD, 1, ENGLISH)
    first = chain.links[0]
    assert (first.evidence, first.checked_at) == ("resolves to 203.0.113.7", NOW)
    assert first.usual_seconds == 60
    assert chain.fine == 1


def test_nothing_is_called_usual_that_a_fast_clock_makes_a_moment() -> None:
    chain = chain_view([], Login.PASSWORD, 40, ENGLISH)
    usual = {link.title: link.usual_seconds for link in chain.links}
    assert usual["Certificate"] == 20 * 60 / 40
    assert usual["Name"] is None


def test_links_that_are_named_have_their_titles_in_every_language() -> None:
    links = [_link(LinkName.IAP, after([LinkName.CERTIFICATE, LinkName.DNS]))]
    shown = {
        translator.language: next(
            link.evidence
            for link in chain_view(links, Login.IAP, 1, translator).links
            if link.evidence
        )
        for translator in (ENGLISH, KOREAN)
    }
    assert shown["en"] == "after: Certificate, Name"
    assert "인증서" in shown["ko"]


def test_without_an_endpoint_there_is_no_chain() -> None:
    assert chain_view([], Login.LATER, 1, ENGLISH).links == []


def test_the_log_names_the_link_and_its_evidence_in_the_readers_language() -> None:
    values = {
        "link": "dns",
        "evidence": "resolves to 203.0.113.7",
        "template": "resolves to %(ip)s",
        "ip": "203.0.113.7",
    }
    event = Event(
        seq=1,
        at=NOW,
        step=None,
        kind=EventKind.LINK,
        level="info",
        text="%(link)s: %(evidence)s",
        values=values,
    )
    assert event_view(event, "26.03", ENGLISH).text == "Name: resolves to 203.0.113.7"
    assert event_view(event, "26.03", KOREAN).text == "이름: 주소 203.0.113.7"
