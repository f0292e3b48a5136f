"""Google's errors made ours, in one place: worth another try, final, or "sign in again".

Both styles of Google's error bodies are read (`gRPC` status with details, and Compute's list of
reasons). `cause` is Google's own text; `hint` says what a person can do about it, and `link`
where. `app.google.troubles` tells the kinds apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import Permanent, PortalError, SignInAgain, Transient
from app.google.troubles import Trouble, hint_about, trouble_of
from app.text import N_

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import RefreshError


class Refused(Permanent):
    """Google said no; `status` is the HTTP status and `reason` Google's machine-readable word."""

    def __init__(
        self,
        cause: str,
        *,
        status: int,
        reason: str = "",
        trouble: Trouble = Trouble.OTHER,
        hint: str = "",
        link: str = "",
    ) -> None:
        super().__init__(cause, hint=hint, link=link)
        self.status = status
        self.reason = reason
        self.trouble = trouble


class Unavailable(Transient):
    """Google could not answer just now, or asks to come back later; `status` 0 is no answer."""

    def __init__(
        self,
        cause: str,
        *,
        status: int = 0,
        reason: str = "",
        trouble: Trouble = Trouble.UNAVAILABLE,
        hint: str = "",
        link: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(cause, hint=hint, link=link, retry_after=retry_after)
        self.status = status
        self.reason = reason
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Answer:
    """What an error answer says: HTTP status, text, and what is in it for programs.

    `permission` is the one that was missing, `link` the page that Google names; both may be "".
    """

    status: int
    message: str
    reason: str = ""
    retry_after: float | None = None
    permission: str = ""
    link: str = ""


_HTTP_OF_CODE = {
    1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400,
    12: 501, 13: 500, 14: 503, 15: 500, 16: 401,
}  # fmt: skip
_PAGE = re.compile(r"https://(?:console\.(?:cloud|developers)|cloud)\.google\.com/[^\s\"'<>]*[\w/]")


def translated(error: BaseException) -> PortalError | None:
    """Our error for what a Google client raised; None for what is not Google's.

    The clients' errors are imported here: whoever raised one has, and nobody else waits for it.
    """
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError, RefreshError
    from googleapiclient.errors import HttpError

    if isinstance(error, RetryError) and error.cause is not None:
        error = error.cause  # what the last of the client's own tries has met
    if isinstance(error, RefreshError):
        return _of_refresh(error)
    if isinstance(error, HttpError):
        return of_answer(_answer_of_body(error.resp.status, error.content, error.resp))
    if isinstance(error, GoogleAPICallError):
        return of_answer(_answer_of_call(error))
    if _never_arrived(error):
        return _out_of_reach(_in_a_word(error))
    if isinstance(error, GoogleAuthError):
        return Permanent(str(error))
    return None


def of_answer(answer: Answer) -> PortalError:
    """Our error for an error answer, whichever client met it."""
    trouble = trouble_of(answer.status, answer.message, answer.reason)
    if answer.status == 401 or trouble == Trouble.SCOPE:
        return SignInAgain(answer.message)
    kind = Unavailable if trouble.passes else Refused
    error = kind(
        answer.message,
        status=answer.status,
        reason=answer.reason,
        trouble=trouble,
        hint=hint_about(trouble, answer.message, answer.permission),
        link=answer.link or _page_in(answer.message),
    )
    if isinstance(error, Unavailable):
        error.retry_after = answer.retry_after
    return error


def of_operation(error: Mapping[str, Any]) -> PortalError:
    """Our error for the `error` of a long operation: a `google.rpc.Status`, with its gRPC code."""
    status = _HTTP_OF_CODE.get(int(error.get("code", 2)), 500)
    return of_answer(_answer_of_object(status, error, None))


def hint_for(message: str) -> str:
    """What a person can do about one of Google's texts, where we know it."""
    return hint_about(trouble_of(400, message), message)


def is_missing(error: Exception) -> bool:
    """Whether Google said that there is no such thing."""
    return isinstance(error, Refused) and error.trouble == Trouble.NOT_FOUND


def is_taken(error: Exception) -> bool:
    """Whether Google said that such a thing is there already."""
    return isinstance(error, Refused) and error.trouble == Trouble.ALREADY_EXISTS


def _never_arrived(error: BaseException) -> bool:
    """Connections that were refused, reset, cut off or too slow; the clients leak all of these."""
    from http.client import HTTPException

    import httplib2
    import requests
    from google.api_core.exceptions import RetryError
    from google.auth.exceptions import TransportError

    lost = (
        TransportError,
        RetryError,
        requests.RequestException,
        httplib2.HttpLib2Error,
        HTTPException,
        OSError,
    )
    return isinstance(error, lost)


def _out_of_reach(why: str) -> Unavailable:
    return Unavailable(
        f"Google could not be reached ({why}).", hint=hint_about(Trouble.UNAVAILABLE, why)
    )


def _in_a_word(error: BaseException) -> str:
    """The clients' own texts name their innards; the operating system's are short."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _of_refresh(error: "RefreshError") -> PortalError:
    """google-auth 2.62 names a session that must be renewed in words only, never by its code."""
    text = str(error.args[0]) if error.args else str(error)
    body = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Mapping) else {}
    over = ("eauthentication", "invalid_grant", "invalid_rapt", "rapt_required")
    if body.get("error") == "invalid_grant" or any(word in text for word in over):
        return SignInAgain("Google asks you to sign in again.")
    if error.retryable:
        return _out_of_reach(text)
    return Permanent(text, hint=N_("Check the portal's OAuth client ID and secret."))


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
    return _answer_of_object(status, error, waits)


def _answer_of_object(status: int, error: Mapping[str, Any], waits: float | None) -> Answer:
    details = _objects(error, "details")
    reasons = [d for d in details if "reason" in d] or _objects(error, "errors")
    known = [d["metadata"] for d in details if isinstance(d.get("metadata"), Mapping)]
    metadata: Mapping[str, Any] = known[0] if known else {}
    return Answer(
        status,
        str(error.get("message") or f"Google answered {status}."),
        str(reasons[0].get("reason", "")) if reasons else "",
        waits if waits is not None else _delay_in(details),
        permission=str(metadata.get("permission", "")),
        link=_page_in(str(metadata.get("activationUrl", ""))),
    )


def _objects(error: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = error.get(name)
    return [d for d in found if isinstance(d, Mapping)] if isinstance(found, list) else []


def _delay_in(details: list[Mapping[str, Any]]) -> float | None:
    """`google.rpc.RetryInfo` gives a duration such as `"30s"`."""
    given = (str(d["retryDelay"]) for d in details if "retryDelay" in d)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)s", next(given, ""))
    return float(match.group(1)) if match else None


def _page_in(text: str) -> str:
    """The page of Google's own that a text names, if any."""
    found = _PAGE.search(text)
    return found.group() if found else ""


def _error_object(content: bytes) -> dict[str, Any] | None:
    import orjson

    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None
