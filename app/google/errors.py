"""Google's errors made ours, in one place: worth another try, final, or "sign in again".

Both styles of Google's error bodies are read (`gRPC` status with details, and Compute's list of
reasons). `cause` is Google's own text; `hint` says what a person can do about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import Permanent, PortalError, SignInAgain, Transient
from app.text import N_

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import RefreshError


class Refused(Permanent):
    """Google said no; `status` is the HTTP status and `reason` Google's machine-readable word."""

    def __init__(self, cause: str, *, status: int, reason: str = "", hint: str = "") -> None:
        super().__init__(cause, hint=hint)
        self.status = status
        self.reason = reason


class Unavailable(Transient):
    """Google could not answer just now, or asks to come back later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an error answer says: HTTP status, text, and the machine-readable reason."""

    status: int
    message: str
    reason: str = ""
    retry_after: float | None = None


_SERVICE_OFF = {"SERVICE_DISABLED", "accessNotConfigured"}
_TOO_FAST = {
    "RATE_LIMIT_EXCEEDED",
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED",
}
_PASSING_TEXTS = (
    "is running incompatible operation",
    "Another activation or deactivation is in progress",
    "There were concurrent policy changes",
    "Identity Pool does not exist",
    "is not ready",
)
_HINTS = (
    ("Billing", N_("Turn on billing for the project, then try again.")),
    ("org policy", N_("Ask your organisation's administrator about this policy.")),
    ("onstraint constraints/", N_("Ask your organisation's administrator about this policy.")),
    ("iam.serviceAccountUser", N_("Ask a project owner for the role Service Account User.")),
    ("uota", N_("Ask for more quota on the project's Quotas page, or choose a smaller size.")),
    ("does not have enough resources", N_("Choose another zone, or try again later.")),
    ("STOCKOUT", N_("Choose another zone, or try again later.")),
)
_NO_PERMISSION = N_("Ask a project owner for the missing permission; the role Owner has it.")


def translated(error: Exception) -> PortalError | None:
    """Our error for what a Google client raised; None for what is not Google's.

    The clients' errors are imported here: whoever raised one has, and nobody else waits for it.
    """
    import httplib2
    import requests
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
    from googleapiclient.errors import HttpError

    if isinstance(error, RefreshError):
        return _of_refresh(error)
    if isinstance(error, HttpError):
        return of_answer(_answer_of_body(error.resp.status, error.content, error.resp))
    if isinstance(error, GoogleAPICallError):
        return of_answer(_answer_of_call(error))
    if isinstance(
        error,
        TransportError
        | RetryError
        | requests.RequestException
        | httplib2.HttpLib2Error
        | ConnectionError
        | TimeoutError,
    ):
        return Unavailable(f"Google could not be reached ({_in_a_word(error)}).")
    if isinstance(error, GoogleAuthError):
        return Permanent(str(error))
    return None


def of_answer(answer: Answer) -> PortalError:
    """Our error for an error answer, whichever client met it."""
    if answer.status == 401:
        return SignInAgain(answer.message)
    if answer.reason in _SERVICE_OFF:
        return Unavailable(answer.message, hint=N_("The API was enabled only just now."))
    if _passes_by_itself(answer):
        return Unavailable(answer.message, retry_after=answer.retry_after)
    return Refused(
        answer.message,
        status=answer.status,
        reason=answer.reason,
        hint=hint_for(answer.message) or (_NO_PERMISSION if answer.status == 403 else ""),
    )


def hint_for(message: str) -> str:
    """What a person can do about one of Google's texts, where we know it."""
    return next((hint for word, hint in _HINTS if word in message), "")


def is_missing(error: Exception) -> bool:
    """Whether Google said that there is no such thing."""
    return isinstance(error, Refused) and error.status == 404


def is_taken(error: Exception) -> bool:
    """Whether Google said that such a thing is there already."""
    return isinstance(error, Refused) and error.status == 409


def _in_a_word(error: Exception) -> str:
    """The clients' own texts name their innards; the operating system's are short."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _passes_by_itself(answer: Answer) -> bool:
    return (
        answer.status in (408, 429)
        or answer.status >= 500
        or answer.reason in _TOO_FAST
        or any(text in answer.message for text in _PASSING_TEXTS)
    )


def _of_refresh(error: "RefreshError") -> PortalError:
    """google-auth 2.62 names a session that must be renewed in words only, never by its code."""
    text = str(error.args[0]) if error.args else str(error)
    body = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Mapping) else {}
    if "Reauthentication is needed" in text or "invalid_grant" in (text, body.get("error")):
        return SignInAgain("Google asks you to sign in again.")
    if "invalid_grant" in text or "invalid_rapt" in text:
        return SignInAgain("Google asks you to sign in again.")
    if error.retryable:
        return Unavailable(f"Google could not be reached: {text}")
    return Permanent(text, hint="Check the portal's OAuth client ID and secret.")


def _answer_of_call(error: "GoogleAPICallError") -> Answer:
    import requests

    response = error.response
    if isinstance(response, requests.Response):
        return _answer_of_body(response.status_code, response.content, response.headers)
    return Answer(int(error.code or 0), str(error.message), str(error.reason or ""))


def _answer_of_body(status: int, content: bytes, headers: Mapping[str, str]) -> Answer:
    """Read an error body of either style, or take the text as it is."""
    retry_after = headers.get("retry-after", "")
    waits = float(retry_after) if retry_after.isdigit() else None
    error = _error_object(content)
    if error is None:
        text = content.decode(errors="replace").strip()[:500]
        return Answer(status, text or f"Google answered {status}.", "", waits)
    return Answer(status, str(error.get("message", "")), _reason(error), waits)


def _error_object(content: bytes) -> dict[str, Any] | None:
    import orjson

    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def _reason(error: Mapping[str, Any]) -> str:
    details = [d for d in error.get("details", ()) if isinstance(d, Mapping) and "reason" in d]
    others = [e for e in error.get("errors", ()) if isinstance(e, Mapping) and "reason" in e]
    return str((details or others or [{"reason": ""}])[0]["reason"])
