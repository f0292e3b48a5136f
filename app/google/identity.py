"""On whose behalf Google is asked: the grant of somebody who signed in, or this machine's own.

Application Default Credentials stand in for the OAuth client of a portal that one person runs
for themselves: what `gcloud auth application-default login` left, a service account's key, or
the account of the machine (Cloud Shell has its user's).
"""

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.errors import PortalError, Transient
from app.google.endpoints import Endpoints
from app.settings import Settings
from app.text import N_

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_TIMEOUT = 10.0  # seconds


class NoDefaultCredentials(PortalError):
    """This machine has no Application Default Credentials that work; Google's own words."""


class NotRevoked(PortalError):
    """Google does not know yet that a grant was taken back: why, in Google's words or ours."""


class Kind(StrEnum):
    """Where Application Default Credentials come from."""

    USER = N_("a user’s credentials")
    SERVICE_ACCOUNT = N_("a service account’s key")
    MACHINE = N_("the machine’s own account")


@dataclass(frozen=True, slots=True)
class Default:
    """Application Default Credentials, and the account that they stand for."""

    credentials: "Credentials"
    email: str
    kind: Kind

    @property
    def wants_quota_project(self) -> bool:
        """Whether Google will count calls against no project of the user's, and refuse some."""
        return self.kind == Kind.USER and not self.credentials.quota_project_id


def of_grant(settings: Settings, refresh_token: str) -> "Credentials":
    """Credentials that stand for what somebody allowed when they signed in."""
    from google.oauth2.credentials import Credentials

    return Credentials(
        token=None,
        refresh_token=refresh_token,
        token_uri=Endpoints.from_settings(settings).token,
        client_id=settings.oauth_client_id,
        client_secret=settings.oauth_client_secret.get_secret_value(),
    )


def revoke(settings: Settings, refresh_token: str) -> None:
    """Tell Google that a grant is taken back; one that Google knows no more is no error.

    Every token that came of it opens nothing from then on. Raises `NotRevoked`.
    """
    import requests

    url = Endpoints.from_settings(settings).revoke
    try:
        answer = requests.post(url, data={"token": refresh_token}, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise NotRevoked(f"Google could not be reached ({type(error).__name__}).") from error
    if not answer.ok and "invalid_token" not in answer.text:
        raise NotRevoked(f"Google answered {answer.status_code}.")


def application_default(settings: Settings) -> Default:
    """This machine's credentials; asks Google whose they are.

    Raises `NoDefaultCredentials`, and `Transient` where Google cannot be reached.
    """
    import google.auth
    import requests
    from google.auth.exceptions import GoogleAuthError, TransportError

    try:
        with warnings.catch_warnings():  # about a quota project: the portal names one itself
            warnings.simplefilter("ignore", UserWarning)
            credentials, _ = google.auth.default(scopes=[CLOUD_PLATFORM])
        credentials = _asking(settings, credentials)
        email = _email(settings, credentials)
    except (TransportError, requests.RequestException) as error:
        raise Transient(f"Google could not be reached ({type(error).__name__}).") from error
    except (GoogleAuthError, OSError, ValueError) as error:
        raise NoDefaultCredentials(str(error.args[0]) if error.args else str(error)) from error
    return Default(credentials, email, _kind(credentials))


def _asking(settings: Settings, credentials: Any) -> Any:
    """The credentials, asking for tokens where this portal's cloud is."""
    if hasattr(credentials, "with_token_uri"):
        return credentials.with_token_uri(Endpoints.from_settings(settings).token)
    return credentials


def _kind(credentials: Any) -> Kind:
    from google.oauth2 import credentials as users
    from google.oauth2 import service_account

    if isinstance(credentials, users.Credentials):
        return Kind.USER
    if isinstance(credentials, service_account.Credentials):
        return Kind.SERVICE_ACCOUNT
    return Kind.MACHINE


def _email(settings: Settings, credentials: Any) -> str:
    """Whose they are: a service account says so, for a user's Google is asked."""
    import requests
    from google.auth.transport.requests import Request

    credentials.refresh(Request())
    named = getattr(credentials, "service_account_email", "")
    if "@" in named:
        return str(named)
    answer = requests.post(
        Endpoints.from_settings(settings).token_info,
        data={"access_token": credentials.token},
        timeout=_TIMEOUT,
    )
    email = answer.json().get("email", "") if answer.ok else ""
    if not email:
        raise ValueError(
            "The credentials do not say whose they are: sign in again with "
            "gcloud auth application-default login"
        )
    return str(email)
