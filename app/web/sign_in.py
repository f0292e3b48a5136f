"""Sign-in with Google: OAuth 2 with PKCE, and OpenID Connect to know who it was.

Facts it rests on: scopes must be full URLs, or the library sees a changed scope in Google's
answer; with granular consent people can untick a scope, so what was granted is read, not
assumed; the PKCE verifier lives on no object that survives the round trip, so it is stored.
"""

import asyncio
import hmac
import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from app.errors import PortalError, Transient
from app.google import identity
from app.google.endpoints import Endpoints
from app.settings import Settings
from app.store.tables import SignIn
from app.text import N_

if TYPE_CHECKING:
    from google_auth_oauthlib.flow import Flow

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
SCOPES = (
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    CLOUD_PLATFORM,
)
_ISSUERS = ("accounts.google.com", "https://accounts.google.com")
_TIMEOUT = 10.0  # seconds for each of Google's answers
_CONSENT = "consent."  # begins the state of a sign-in that asked for consent anew


class SignInFailed(PortalError):
    """A sign-in came to nothing: what happened, what to do, and Google's own words."""

    def __init__(
        self,
        title: str,
        hint: str,
        *,
        cause: str = "",
        status: int = 400,
        return_to: str = "/deployments",
        consent: bool = False,
    ) -> None:
        super().__init__(f"{title} {cause}".strip())
        self.return_to = return_to
        self.consent = consent  # the next try makes Google ask again
        self.title = title
        self.hint = hint
        self.cause = cause
        self.status = status


@dataclass(frozen=True, slots=True)
class Begun:
    """What to remember of a sign-in, and where to send the browser."""

    state: str
    code_verifier: str
    nonce: str
    location: str


@dataclass(frozen=True, slots=True)
class Account:
    """Who signed in, and the grant they gave; `refresh_token` is empty where Google sent none."""

    sub: str
    email: str
    name: str
    refresh_token: str
    scopes: str


class SignInWithGoogle:
    """The portal as an OAuth client."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http
        self._endpoints = Endpoints.from_settings(settings)
        os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
        if _is_plain_loopback(settings.public_url):
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

    async def begin(self, *, consent: bool) -> Begun:
        """Start a sign-in; raises `SignInFailed` when Google does not answer.

        Asking first keeps people from being sent to an address where nobody is.
        """
        if not self._settings.oauth_client_id:
            raise SignInFailed(
                N_("This portal has no OAuth client yet."),
                N_("Its operator sets KFPORTAL_OAUTH_CLIENT_ID and KFPORTAL_OAUTH_CLIENT_SECRET."),
                status=503,
            )
        try:
            await self._http.get(self._endpoints.certs, timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        return await asyncio.to_thread(self._begin, consent)

    async def own(self, host: str) -> Account:
        """The account of this machine's Application Default Credentials, for one person here.

        `host` is the name that the browser used: another site's name may be made to lead here.
        """
        if not self._settings.loopback:
            raise SignInFailed(
                N_("Without an OAuth client the portal serves this machine only."),
                N_(
                    "Bind it to 127.0.0.1, or set KFPORTAL_OAUTH_CLIENT_ID and "
                    "KFPORTAL_OAUTH_CLIENT_SECRET."
                ),
                status=403,
            )
        if not _is_ours(host, self._settings.public_url):
            raise SignInFailed(
                N_("Without an OAuth client the portal serves this machine only."),
                N_("Open it at the address that it was given."),
                status=403,
            )
        return await asyncio.to_thread(self._own)

    async def finish(self, query: Mapping[str, str], begun: SignIn | None, browser: str) -> Account:
        """The account behind the answer that the browser brought back."""
        begun = _check_answer(query, begun, browser)
        return await asyncio.to_thread(self._finish, query["code"], begun)

    def _own(self) -> Account:
        try:
            found = identity.application_default(self._settings)
        except identity.NoDefaultCredentials as error:
            raise SignInFailed(
                N_("This machine has no Application Default Credentials that work."),
                N_(
                    "Run “gcloud auth application-default login” on it, or give the portal an "
                    "OAuth client."
                ),
                cause=str(error),
                status=503,
            ) from error
        except Transient as error:
            raise _unreachable(error) from error
        return Account(f"adc:{found.email}", found.email, found.email, "", CLOUD_PLATFORM)

    def _begin(self, consent: bool) -> Begun:
        state = (_CONSENT if consent else "") + secrets.token_urlsafe(32)
        nonce = secrets.token_urlsafe(32)
        flow = self._flow(autogenerate_code_verifier=True)
        prompt = {"prompt": "consent"} if consent else {}
        location, _ = flow.authorization_url(state=state, nonce=nonce, **prompt)
        return Begun(state, flow.code_verifier, nonce, location)

    def _finish(self, code: str, begun: SignIn) -> Account:
        import requests
        from google.auth.exceptions import TransportError
        from oauthlib.oauth2 import OAuth2Error

        flow = self._flow(code_verifier=begun.code_verifier, autogenerate_code_verifier=False)
        try:
            flow.fetch_token(code=code, timeout=_TIMEOUT)
            _check_scopes(flow)
            claims = self._verified(flow.credentials.id_token, begun.nonce)
        except (requests.RequestException, TransportError) as error:
            raise _unreachable(error) from error
        except OAuth2Error as error:
            raise _refused(error.description or error.error or str(error)) from error
        return _account(flow, claims)

    def _flow(self, **options: Any) -> "Flow":
        from google_auth_oauthlib.flow import Flow

        client = {
            "client_id": self._settings.oauth_client_id,
            "client_secret": self._settings.oauth_client_secret.get_secret_value(),
            "auth_uri": self._endpoints.authorize,
            "token_uri": self._endpoints.token,
        }
        return Flow.from_client_config(
            {"web": client},
            scopes=list(SCOPES),
            redirect_uri=f"{self._settings.public_url.rstrip('/')}/auth/callback",
            **options,
        )

    def _verified(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        """The claims, once signature, issuer, audience, nonce and address are as they must be."""
        import jwt
        from google.auth.exceptions import GoogleAuthError, TransportError
        from google.auth.transport.requests import Request
        from google.oauth2.id_token import verify_token

        try:
            claims: Mapping[str, Any] = verify_token(
                id_token,
                partial(Request(), timeout=_TIMEOUT),
                audience=self._settings.oauth_client_id,
                certs_url=self._endpoints.certs,
                clock_skew_in_seconds=10,
            )
        except TransportError:
            raise
        except (ValueError, GoogleAuthError, jwt.PyJWTError) as error:
            raise _refused(str(error)) from error
        _check_claims(claims, nonce)
        return claims


def asked_for_consent(state: str) -> bool:
    """Whether the sign-in of this state made Google ask for consent anew."""
    return state.startswith(_CONSENT)


def _is_ours(host: str, public_url: str) -> bool:
    """Whether a request was addressed to this machine, or to the address that people are given."""
    return _is_plain_loopback(f"http://{host}") or host == urlsplit(public_url).netloc


def _is_plain_loopback(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http":
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check_answer(query: Mapping[str, str], begun: SignIn | None, browser: str) -> SignIn:
    if begun is None:
        raise SignInFailed(
            N_("This sign-in is over or was never begun."),
            N_("A sign-in lasts ten minutes and works once. Please sign in again."),
        )
    if not hmac.compare_digest(begun.browser.encode(), browser.encode()):
        raise SignInFailed(
            N_("This sign-in was begun in another browser."),
            N_("Please begin and finish it in the same one, with cookies allowed."),
        )
    if query.get("error") == "access_denied":
        raise SignInFailed(
            N_("You did not allow the portal to sign you in."),
            N_("Nothing was changed. Sign in again and choose “Allow” to go on."),
        )
    if "code" not in query:
        raise _refused(query.get("error_description") or query.get("error") or "no code")
    return begun


def _check_scopes(flow: "Flow") -> None:
    granted = flow.credentials.granted_scopes or ()
    names = granted.split() if isinstance(granted, str) else granted
    if CLOUD_PLATFORM not in names:
        raise SignInFailed(
            N_("You did not allow the portal to work with Google Cloud."),
            N_(
                "Without it nothing can be deployed. Sign in again and tick “See, edit, "
                "configure and delete your Google Cloud data”."
            ),
            status=403,
            consent=True,
        )


def _check_claims(claims: Mapping[str, Any], nonce: str) -> None:
    if claims.get("iss") not in _ISSUERS:
        raise _refused(f"the ID token was issued by {claims.get('iss')!r}")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _refused("the ID token belongs to another sign-in")
    if not claims.get("email_verified"):
        raise SignInFailed(
            N_("Google has not verified this account's e-mail address."),
            N_("Verify it in your Google account, or use another account."),
            status=403,
        )


def _account(flow: "Flow", claims: Mapping[str, Any]) -> Account:
    email = str(claims["email"])
    return Account(
        sub=str(claims["sub"]),
        email=email,
        name=str(claims.get("name", "") or email),
        refresh_token=flow.credentials.refresh_token or "",
        scopes=" ".join(SCOPES),
    )


def _refused(cause: str) -> SignInFailed:
    return SignInFailed(
        N_("Google did not accept this sign-in."), N_("Please sign in again."), cause=cause
    )


def _unreachable(error: Exception) -> SignInFailed:
    return SignInFailed(
        N_("Google cannot be reached at the moment."),
        N_("Nothing was changed or lost. Wait a moment, then try again."),
        cause=str(error) or type(error).__name__,
        status=502,
    )
