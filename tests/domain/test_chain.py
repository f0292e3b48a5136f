"""What is seen of the endpoint's links, and what follows from it."""

import pytest

from app.domain import findings
from app.domain.chain import PATIENCE, RESTS_ON, LinkName, LinkState, layers, links_of
from app.domain.findings import Answer
from app.domain.spec import Login

L, S = LinkName, LinkState
NOW, LONG = 0.0, 3 * 60 * 60.0
IP = "203.0.113.7"
CLIENT = "1234-abcd.apps.googleusercontent.com"


def test_the_links_are_those_that_the_login_needs() -> None:
    assert links_of(Login.IAP) == (
        *(L.DNS, L.ADDRESS, L.CERTIFICATE, L.FORWARDING, L.BACKEND),
        *(L.IAP, L.REDIRECT, L.DASHBOARD),
    )
    assert L.SIGN_IN in links_of(Login.PASSWORD)
    assert L.REDIRECT not in links_of(Login.PASSWORD)
    assert links_of(Login.LATER) == ()


def test_a_link_rests_on_links_before_it() -> None:
    order = list(LinkName)
    for name, others in RESTS_ON.items():
        assert all(order.index(other) < order.index(name) for other in others)


def test_links_are_looked_at_after_those_that_they_rest_on() -> None:
    groups = layers(links_of(Login.IAP))
    assert groups[1:] == [[L.IAP], [L.REDIRECT]]
    assert sorted(name for group in groups for name in group) == sorted(links_of(Login.IAP))


def test_a_link_is_late_before_a_step_gives_it_up() -> None:
    for patience in PATIENCE.values():
        assert 0 < patience.usual < patience.late < patience.limit


def test_a_name_that_resolves_to_the_address_is_fine() -> None:
    found = findings.dns(IP, {IP}, NOW)
    assert found.fine
    assert found.evidence % found.values == f"resolves to {IP}"


@pytest.mark.parametrize("addresses", [set(), {"198.51.100.9"}, {IP, "198.51.100.9"}])
def test_a_name_that_does_not_is_waited_for_and_then_fails_with_a_hint(addresses: set[str]) -> None:
    assert findings.dns(IP, addresses, NOW).state == S.WAITING
    late = findings.dns(IP, addresses, LONG)
    assert (late.state, bool(late.hint)) == (S.FAILING, True)


def test_failed_not_visible_means_not_yet_until_dns_must_have_spread() -> None:
    """The trap: it is said before DNS has spread, and repairs itself."""
    first = findings.certificate("Provisioning", ["FailedNotVisible"], "", 20 * 60)
    assert first.state == S.WAITING
    assert "FailedNotVisible" in first.evidence
    assert findings.certificate("Provisioning", ["FailedNotVisible"], "", LONG).state == S.FAILING


@pytest.mark.parametrize("state", ["FailedRateLimited", "FailedCaaForbidden", "FailedCaaChecking"])
def test_what_a_certificate_authority_refuses_is_failing_at_once_but_goes_on(state: str) -> None:
    found = findings.certificate("Provisioning", [state], "", NOW)
    assert (found.state, found.final) == (S.FAILING, False)
    assert found.hint
    assert found.evidence % found.values == state


def test_a_certificate_that_failed_for_good_ends_the_wait() -> None:
    assert findings.certificate("ProvisioningFailedPermanently", [], "", NOW).final


def test_an_active_certificate_says_until_when() -> None:
    found = findings.certificate("Active", ["Active"], "2027-02-22T10:00:00.000-08:00", NOW)
    assert found.fine
    assert "2027-02-22" in found.evidence % found.values


def test_a_certificate_of_which_nothing_is_said_yet_is_waited_for() -> None:
    assert findings.certificate("", [], "", NOW).state == S.WAITING


def test_an_address_counts_only_once_the_load_balancer_uses_it() -> None:
    assert findings.address(IP, "", NOW).state == S.WAITING
    assert findings.address(IP, IP, NOW).fine
    assert findings.address(IP, "198.51.100.9", LONG).state == S.FAILING
    assert findings.address("", "", NOW).final


def test_forwarding_needs_https_on_the_address() -> None:
    assert findings.forwarding({}, IP, NOW).state == S.WAITING
    assert findings.forwarding({"80": IP}, IP, NOW).state == S.WAITING
    assert findings.forwarding({"443": "198.51.100.9"}, IP, NOW).state == S.WAITING
    assert findings.forwarding({"80": IP, "443": IP}, IP, NOW).fine


def test_one_healthy_endpoint_is_enough_and_is_counted() -> None:
    found = findings.backend(["UNHEALTHY", "HEALTHY"], NOW)
    assert found.fine
    assert found.evidence % found.values == "1 of 2 endpoints are HEALTHY"


@pytest.mark.parametrize("states", [None, [], ["UNHEALTHY"], ["UNKNOWN", "DRAINING"]])
def test_an_unhealthy_backend_is_normal_at_first_and_a_fault_later(
    states: list[str] | None,
) -> None:
    assert findings.backend(states, NOW).state == S.WAITING
    late = findings.backend(states, LONG)
    assert (late.state, "15021" in late.hint) == (S.FAILING, True)


def test_iap_is_fine_when_it_asks_to_sign_in() -> None:
    generated = Answer(302, "https://accounts.example/auth", by_iap=True)
    google = Answer(302, "https://accounts.google.com/o/oauth2/v2/auth?client_id=x")
    assert findings.iap(True, generated, True, NOW).fine
    assert findings.iap(True, google, True, NOW).fine
    assert not findings.iap(True, Answer(302, "https://elsewhere.example/"), True, NOW).fine
    assert findings.iap(False, None, True, NOW).state == S.WAITING


def test_iap_without_a_client_says_what_a_project_without_organisation_needs() -> None:
    """The trap: IAP answers 502 for ever, and looks like a backend that is not ready."""
    answer = Answer(502, by_iap=True, body="Empty Google Account OAuth client ID(s)/secret(s).")
    found = findings.iap(True, answer, False, NOW)
    assert found.state == S.FAILING
    assert "organisation" in found.hint
    assert findings.iap(True, answer, False, LONG).final
    assert not findings.iap(True, answer, True, LONG).final


def test_a_502_of_other_making_is_the_load_balancer_still_being_programmed() -> None:
    assert findings.iap(True, Answer(502), True, NOW).state == S.WAITING
    assert findings.iap(True, Answer(404), True, LONG).state == S.FAILING


def test_a_redirect_that_google_refuses_names_the_uri_to_add() -> None:
    location = f"https://accounts.google.com/o/oauth2/v2/auth?client_id={CLIENT}"
    assert findings.redirect(location, CLIENT, "", NOW).fine
    found = findings.redirect(location, CLIENT, "redirect_uri_mismatch", NOW)
    assert found.state == S.FAILING
    assert (found.hint % found.values).endswith(
        f"https://iap.googleapis.com/v1/oauth/clientIds/{CLIENT}:handleRedirect"
    )


def test_a_redirect_through_another_client_is_not_ours_yet() -> None:
    location = "https://accounts.google.com/o/oauth2/v2/auth?client_id=old"
    assert findings.redirect(location, CLIENT, "", NOW).state == S.WAITING
    assert findings.redirect(location, "", "", NOW).fine


@pytest.mark.parametrize(
    ("answer", "fine"),
    [
        (Answer(302, "/oauth2/start?rd=/"), True),
        (Answer(302, "https://host/dex/auth"), True),
        (Answer(403, body='<form action="/oauth2/start">'), True),
        (Answer(403, body="RBAC: access denied"), False),
        (Answer(502), False),
        (None, False),
    ],
)
def test_the_sign_in_page_is_told_from_other_answers(answer: Answer | None, fine: bool) -> None:
    assert findings.sign_in(answer, NOW).fine == fine


def test_the_dashboard_serves_when_all_its_replicas_do() -> None:
    assert findings.dashboard(1, 1, NOW).fine
    assert findings.dashboard(0, 1, NOW).state == S.WAITING
    assert findings.dashboard(0, 0, LONG).state == S.FAILING
