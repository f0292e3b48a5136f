"""What an observation says of a link of the endpoint chain: pure functions.

`waited` is how long the link has not been fine, in seconds of the cloud's own clock: what is
usual at first is a fault after a while.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from app.domain.chain import Finding, LinkName, LinkState, late
from app.domain.names import oauth_redirect_uri
from app.text import N_

_NO_CLIENT = "Empty Google Account OAuth client"
_SIGN_IN_PATHS = ("/oauth2/", "/dex/")
_TRY_AGAIN = N_("Try again: the step that makes it finds out what is missing.")
_CERTIFICATE_HINTS = {
    "FailedRateLimited": N_(
        "The certificate authority allows only so many certificates for a domain; Google goes on "
        "trying."
    ),
    "FailedCaaChecking": N_("DNS does not answer for CAA records; Google goes on trying."),
    "FailedCaaForbidden": N_(
        "A CAA record of the domain forbids Google's certificate authority: it must allow pki.goog."
    ),
    "RenewalFailed": N_("The name must go on pointing to the address, or the certificate expires."),
}
_NEVER = "ProvisioningFailedPermanently"
_REDIRECT_HINTS = {
    "redirect_uri_mismatch": N_(
        "Add this to the OAuth client's authorised redirect URIs in Google's console: %(uri)s"
    ),
    "invalid_client": N_("The OAuth client is unknown: has it been deleted, or mistyped?"),
    "deleted_client": N_("The OAuth client has been deleted: make another one."),
    "org_internal": N_(
        "The consent screen is for one organisation only: make it external, or sign in with an "
        "account of that organisation."
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor without a session got: the head of the answer and the start of its body."""

    status: int
    location: str = ""
    by_iap: bool = False
    body: str = ""


def _found(
    name: LinkName, waited: float, evidence: str, hint: str = "", **values: str | int
) -> Finding:
    """Not fine: still to be waited for, or late; the hint is for who must do something."""
    if late(name, waited):
        return Finding(LinkState.FAILING, evidence, values, hint)
    return Finding(LinkState.WAITING, evidence, values)


def _fine(evidence: str, **values: str | int) -> Finding:
    return Finding(LinkState.FINE, evidence, values)


def after(names: Collection[str]) -> Finding:
    """A link of which nothing can be seen yet, since it rests on others; their titles."""
    values = {"links": ", ".join(names)}
    return Finding(LinkState.WAITING, N_("after: %(links)s"), values, rests=True)


def dns(ip: str, found: Collection[str], waited: float) -> Finding:
    """`found` are the addresses that public DNS gives for the endpoint's name."""
    if set(found) == {ip}:
        return _fine(N_("resolves to %(ip)s"), ip=ip)
    if not found:
        return _found(LinkName.DNS, waited, N_("does not resolve yet"), _TRY_AGAIN)
    return _found(
        LinkName.DNS,
        waited,
        N_("resolves to %(found)s, not to %(ip)s"),
        N_("Another address was published for this name: try again to publish this one."),
        ip=ip,
        found=", ".join(sorted(found)),
    )


def address(reserved: str, given: str, waited: float) -> Finding:
    """`reserved` is the global address of the deployment, `given` the Ingress's; empty if none."""
    if not reserved:
        return Finding(
            LinkState.FAILING, N_("the reserved address is gone"), hint=_TRY_AGAIN, final=True
        )
    if given == reserved:
        return _fine(N_("%(ip)s, in use"), ip=reserved)
    if given:
        return _found(
            LinkName.ADDRESS,
            waited,
            N_("the load balancer uses %(given)s, not %(ip)s"),
            _TRY_AGAIN,
            given=given,
            ip=reserved,
        )
    return _found(
        LinkName.ADDRESS,
        waited,
        N_("%(ip)s, not in use yet"),
        N_("The warnings in the log say what holds the load balancer up."),
        ip=reserved,
    )


def certificate(state: str, domain_states: Sequence[str], expires: str, waited: float) -> Finding:
    """From the status of the ManagedCertificate: its own state and its domains'.

    FailedNotVisible repairs itself once DNS has spread, so at first it only means: not yet.
    """
    if state == "Active":
        return _active(expires)
    told = next((each for each in domain_states if each and each != state), state)
    if hint := _CERTIFICATE_HINTS.get(told):
        return Finding(LinkState.FAILING, "%(state)s", {"state": told}, hint)
    if _NEVER in (state, told):
        return Finding(LinkState.FAILING, "%(state)s", {"state": told}, _TRY_AGAIN, final=True)
    if told == "FailedNotVisible":
        return _found(
            LinkName.CERTIFICATE,
            waited,
            N_("FailedNotVisible: waits until DNS has spread"),
            N_("The name must resolve to the load balancer's address, seen from anywhere."),
        )
    evidence = "%(state)s" if told else N_("asked for")
    return _found(LinkName.CERTIFICATE, waited, evidence, _TRY_AGAIN, state=told)


def forwarding(ports: Mapping[str, str], ip: str, waited: float) -> Finding:
    """`ports` are those of the forwarding rules that are there, with the address of each."""
    if ports.get("443") == ip:
        listed = ", ".join(sorted(port for port, leads in ports.items() if leads == ip))
        return _fine(N_("ports %(ports)s lead in"), ports=listed)
    if ports:
        listed = ", ".join(sorted(ports))
        return _found(
            LinkName.FORWARDING,
            waited,
            N_("only ports %(ports)s lead in yet; HTTPS waits for the certificate"),
            N_("The warnings in the log say what holds the load balancer up."),
            ports=listed,
        )
    return _found(
        LinkName.FORWARDING,
        waited,
        N_("no forwarding rule yet"),
        N_("The warnings in the log say what holds the load balancer up."),
    )


def backend(states: Sequence[str] | None, waited: float) -> Finding:
    """`states` are the backend service's endpoints' as `getHealth` gives them; None without one."""
    hint = N_(
        "The gateway's Pods must answer /healthz/ready on port 15021, and Google's health checks "
        "must reach them."
    )
    if states is None:
        return _found(LinkName.BACKEND, waited, N_("no backend service yet"), hint)
    if not states:
        return _found(LinkName.BACKEND, waited, N_("no endpoint yet"), hint)
    healthy = sum(state == "HEALTHY" for state in states)
    counts = {"healthy": healthy, "total": len(states)}
    if healthy:
        return _fine(N_("%(healthy)s of %(total)s endpoints are HEALTHY"), **counts)
    return _found(
        LinkName.BACKEND,
        waited,
        N_("%(state)s: %(healthy)s of %(total)s endpoints answer"),
        hint,
        state=states[0],
        **counts,
    )


def iap(enabled: bool, answer: Answer | None, own_client: bool, waited: float) -> Finding:
    """`enabled` is what the backend service says, `answer` what a visitor got; None if nothing."""
    if answer is not None and answer.status == 502 and _NO_CLIENT in answer.body:
        return Finding(
            LinkState.FAILING,
            N_("IAP answers 502: it has no OAuth client"),
            hint=N_("Check the OAuth client's ID and secret, then try again.")
            if own_client
            else N_(
                "A project without an organisation needs an OAuth client of its own: deploy with "
                "one."
            ),
            final=not own_client and late(LinkName.IAP, waited),
        )
    if answer is not None and _is_iap(answer):
        return _fine(N_("answers %(status)s and asks to sign in"), status=answer.status)
    if not enabled:
        return _found(LinkName.IAP, waited, N_("IAP is not on yet at the backend"), _TRY_AGAIN)
    return _not_answered(LinkName.IAP, answer, waited)


def sign_in(answer: Answer | None, waited: float) -> Finding:
    """oauth2-proxy sends to its sign-in, or shows its page (with 403) itself."""
    if answer is not None and _is_oauth2_proxy(answer):
        return _fine(N_("answers %(status)s and asks to sign in"), status=answer.status)
    return _not_answered(LinkName.SIGN_IN, answer, waited)


def redirect(location: str, client_id: str, refusal: str, waited: float) -> Finding:
    """`location` is where IAP sends a visitor; `refusal` Google's name of what it dislikes there.

    `client_id` is the one that was asked for, empty for Google's own.
    """
    used = next(iter(parse_qs(urlsplit(location).query).get("client_id", [])), "")
    if client_id and used != client_id:
        return _found(
            LinkName.REDIRECT,
            waited,
            N_("IAP still signs in with %(used)s"),
            _TRY_AGAIN,
            used=used or "-",
        )
    if not refusal:
        return _fine(N_("Google accepts the OAuth client"))
    uri = oauth_redirect_uri(client_id or used)
    hint = _REDIRECT_HINTS.get(refusal, N_("Look at the OAuth client in Google's console."))
    values: dict[str, str | int] = {"refusal": refusal, "uri": uri}
    return Finding(LinkState.FAILING, N_("Google answers: %(refusal)s"), values, hint)


def dashboard(available: int, wanted: int, waited: float) -> Finding:
    """Replicas of the central dashboard's Deployment; `wanted` 0 when it is not there."""
    counts = {"available": available, "wanted": wanted}
    if wanted and available >= wanted:
        return _fine(N_("%(available)s of %(wanted)s replicas serve"), **counts)
    hint = N_("Look at the Pods of centraldashboard in the namespace kubeflow.")
    if not wanted:
        return _found(LinkName.DASHBOARD, waited, N_("not installed yet"), hint)
    return _found(
        LinkName.DASHBOARD,
        waited,
        N_("%(available)s of %(wanted)s replicas serve"),
        hint,
        **counts,
    )


def _active(expires: str) -> Finding:
    if not expires:
        return _fine(N_("Active"))
    return _fine(N_("Active until %(day)s; Google renews it"), day=expires.partition("T")[0])


def _not_answered(name: LinkName, answer: Answer | None, waited: float) -> Finding:
    hint = N_(
        "The load balancer's settings take minutes to reach everywhere; after that, try again."
    )
    if answer is None:
        return _found(name, waited, N_("no answer yet over HTTPS"), hint)
    return _found(name, waited, N_("answers %(status)s as yet"), hint, status=answer.status)


def _is_iap(answer: Answer) -> bool:
    """IAP sends whoever has no session to Google's sign-in."""
    to_google = answer.location.startswith("https://accounts.google.com/")
    return answer.status == 302 and (answer.by_iap or to_google)


def _is_oauth2_proxy(answer: Answer) -> bool:
    redirected = 300 <= answer.status < 400 and any(
        path in answer.location for path in _SIGN_IN_PATHS
    )
    return redirected or (answer.status in (200, 403) and "/oauth2/start" in answer.body)
