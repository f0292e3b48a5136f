"""Authorization requests and codes: from a client's redirect to the moment it redeems the code."""

import base64
import hashlib
import re
import secrets
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from app.simulator.google.cloud import Cloud, OAuthClient, stamp
from app.simulator.google.errors import Json

IDENTITY = (
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
)
_SHORT = {"email": IDENTITY[1], "profile": IDENTITY[2]}
_KEPT = timedelta(minutes=10)
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]*\.apps\.googleusercontent\.com")
_GATEKEEPER = "/_gcp_gatekeeper/authenticate"


class BadRequest(Exception):
    """A request that Google answers with a page of its own, never with a redirect.

    `code` is Google's name of the error, `status` the HTTP status its page names.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def registered(cloud: Cloud, client_id: str) -> OAuthClient | None:
    """The client, if it is one that was registered with a secret."""
    return next((c for c in cloud.oauth_clients if c.client_id == client_id), None)


def check_client(cloud: Cloud, client_id: str, redirect_uri: str) -> None:
    """Refuse unknown clients and redirects that are not registered for the client.

    A registered client may come back to `/auth/callback` on loopback; any other well-formed
    client is one of IAP's, which come back to IAP's own addresses.
    """
    if not _CLIENT_ID.fullmatch(client_id):
        raise BadRequest(401, "invalid_client", "The OAuth client was not found.")
    is_ours = registered(cloud, client_id) is not None
    parts = urlsplit(redirect_uri)
    on_loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if is_ours and on_loopback and parts.path == "/auth/callback":
        return
    if parts.scheme in ("http", "https") and _is_of_iap(client_id, redirect_uri):
        return
    raise BadRequest(
        400,
        "redirect_uri_mismatch",
        f"The redirect URI in the request, {redirect_uri or '(none)'}, does not match the ones "
        "authorized for the OAuth client.",
    )


def begin(cloud: Cloud, query: dict[str, str]) -> str:
    """Keep a checked authorization request; returns its id."""
    if query.get("response_type", "code") != "code":
        raise BadRequest(400, "unsupported_response_type", "Only the code flow is offered.")
    scopes = _scopes(query.get("scope", ""))
    if not scopes:
        raise BadRequest(400, "invalid_request", "Missing required parameter: scope")
    method = query.get("code_challenge_method", "plain")
    if query.get("code_challenge") and method not in ("S256", "plain"):
        raise BadRequest(400, "invalid_request", f"Invalid code_challenge_method: {method}")
    request_id = secrets.token_urlsafe(18)
    request = {
        "client": query["client_id"],
        "redirect_uri": query["redirect_uri"],
        "state": query.get("state"),
        "nonce": query.get("nonce"),
        "scopes": scopes,
        "offline": query.get("access_type") == "offline",
        "prompt": query.get("prompt", "").split(),
        "challenge": query.get("code_challenge", ""),
        "method": method,
        "email": None,
        "expires_at": stamp(cloud.now() + _KEPT),
    }
    cloud.state.put("auth_requests", request_id, request)
    return request_id


def pending(cloud: Cloud, request_id: str) -> Json:
    """An authorization request that is still open."""
    request = cloud.state.get("auth_requests", request_id)
    if request is None or cloud.passed(request["expires_at"]):
        raise BadRequest(400, "invalid_request", "This sign-in took too long. Please start again.")
    return request


def choose_account(cloud: Cloud, request_id: str, email: str) -> Json:
    """Note who signs in."""
    request = {**pending(cloud, request_id), "email": email}
    cloud.state.put("auth_requests", request_id, request)
    return request


def needs_consent(cloud: Cloud, request: Json) -> bool:
    """Whether the account must still agree: not for what it has granted, nor for IAP's clients."""
    if _is_of_iap(request["client"], request["redirect_uri"]):
        return False
    if "consent" in request["prompt"]:
        return True
    given = cloud.state.get("consents", f"{request['email']} {request['client']}")
    return given is None or not set(request["scopes"]) <= set(given["scopes"])


def approve(cloud: Cloud, request_id: str, ticked: list[str]) -> str:
    """Grant identity and the `ticked` scopes; returns where the browser goes, with a code."""
    request = pending(cloud, request_id)
    granted = [s for s in request["scopes"] if s in IDENTITY or s in ticked]
    cloud.state.delete("auth_requests", request_id)
    code = "4/0A" + secrets.token_urlsafe(40)
    key = f"{request['email']} {request['client']}"
    first = cloud.state.get("consents", key) is None or "consent" in request["prompt"]
    cloud.state.put("codes", code, {**request, "granted": granted, "first": first})
    cloud.state.put("consents", key, {"scopes": granted})
    answer = {"state": request["state"], "iss": "https://accounts.google.com", "code": code}
    return _back(request, {**answer, "scope": " ".join(granted), "authuser": "0"})


def refuse(cloud: Cloud, request_id: str) -> str:
    """The account said no; returns where the browser goes, with `access_denied`."""
    request = pending(cloud, request_id)
    cloud.state.delete("auth_requests", request_id)
    return _back(request, {"error": "access_denied", "state": request["state"]})


def redeem(cloud: Cloud, code: str, client_id: str, redirect_uri: str) -> Json | None:
    """What a code stands for, once and within ten minutes; None otherwise."""
    granted = cloud.state.get("codes", code)
    if granted is None or cloud.passed(granted["expires_at"]):
        return None
    if granted["client"] != client_id or granted["redirect_uri"] != redirect_uri:
        return None
    cloud.state.delete("codes", code)
    return granted


def verifies(granted: Json, verifier: str) -> bool:
    """Whether a PKCE verifier is the one whose challenge came with the request (RFC 7636)."""
    challenge = granted["challenge"]
    if not challenge:
        return True
    if granted["method"] == "plain":
        return secrets.compare_digest(verifier, challenge)
    digest = hashlib.sha256(verifier.encode()).digest()
    computed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(computed, challenge)


def _is_of_iap(client_id: str, redirect_uri: str) -> bool:
    handler = f"https://iap.googleapis.com/v1/oauth/clientIds/{client_id}:handleRedirect"
    return redirect_uri == handler or urlsplit(redirect_uri).path == _GATEKEEPER


def _scopes(text: str) -> list[str]:
    return list(dict.fromkeys(_SHORT.get(scope, scope) for scope in text.split()))


def _back(request: Json, answer: dict[str, str | None]) -> str:
    query = urlencode({key: value for key, value in answer.items() if value is not None})
    separator = "&" if "?" in request["redirect_uri"] else "?"
    return f"{request['redirect_uri']}{separator}{query}"
