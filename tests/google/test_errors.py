"""Google's errors, as its clients raise them, become ours."""

import json
from typing import Any

import pytest
import requests
from google.api_core.exceptions import from_http_response
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError
from httplib2 import Response

from app.errors import Permanent, PortalError, SignInAgain, Transient
from app.google.errors import Refused, translated


def _style_a(code: int, message: str, status: str, reason: str = "") -> dict[str, Any]:
    """The body of every API but Compute."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    return {"error": error}


def _style_b(code: int, message: str, reason: str) -> dict[str, Any]:
    """The body of Compute."""
    errors = [{"domain": "global", "reason": reason, "message": message}]
    return {"error": {"errors": errors, "code": code, "message": message}}


def _from_rest(body: dict[str, Any], **headers: str) -> PortalError:
    """As the google-cloud clients raise it."""
    response = requests.Response()
    response.status_code = body["error"]["code"]
    response._content = json.dumps(body).encode()
    response.headers.update(headers)
    response.request = requests.Request("GET", "https://x.googleapis.com/v1/y").prepare()
    return _ours(from_http_response(response))


def _from_discovery(body: dict[str, Any]) -> PortalError:
    """As google-api-python-client raises it."""
    answer = Response({"status": body["error"]["code"]})
    return _ours(HttpError(answer, json.dumps(body).encode()))


def _ours(error: Exception) -> PortalError:
    found = translated(error)
    assert found is not None
    return found


def test_a_refusal_keeps_googles_own_words_and_nothing_of_the_client() -> None:
    message = 'Required "container.clusters.create" permission(s) for "projects/p".'
    error = _from_rest(_style_a(403, message, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED"))
    assert isinstance(error, Refused)
    assert (error.cause, error.status, error.reason) == (message, 403, "IAM_PERMISSION_DENIED")
    assert "permission" in error.hint


def test_both_clients_and_both_styles_say_the_same() -> None:
    body = _style_b(403, "Required 'compute.globalAddresses.create' permission", "forbidden")
    rest, discovery = _from_rest(body), _from_discovery(body)
    assert isinstance(rest, Refused)
    assert isinstance(discovery, Refused)
    assert (rest.cause, rest.reason) == (discovery.cause, discovery.reason)


@pytest.mark.parametrize(
    "body",
    [
        _style_a(503, "The service is currently unavailable.", "UNAVAILABLE"),
        _style_a(429, "Quota exceeded for quota metric 'Mutate requests'", "RESOURCE_EXHAUSTED"),
        _style_a(403, "API has not been used before", "PERMISSION_DENIED", "SERVICE_DISABLED"),
        _style_b(403, "Rate Limit Exceeded", "rateLimitExceeded"),
        _style_b(403, "API has not been used before", "accessNotConfigured"),
        _style_a(400, "Another activation or deactivation is in progress", "FAILED_PRECONDITION"),
        _style_a(400, "Cluster is running incompatible operation operation-1.", "INVALID_ARGUMENT"),
        _style_a(409, "There were concurrent policy changes. Please retry", "ABORTED"),
    ],
    ids=lambda body: body["error"]["message"][:30],
)
def test_what_passes_by_itself_is_transient(body: dict[str, Any]) -> None:
    assert isinstance(_from_rest(body), Transient)


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Insufficient regional quota to satisfy request", "quota"),
        ("Constraint constraints/compute.vmExternalIpAccess violated", "administrator"),
        ("Google Compute Engine does not have enough resources available", "another zone"),
        ("Billing must be enabled for activation of service(s)", "billing"),
    ],
)
def test_a_hint_says_what_to_do(message: str, hint: str) -> None:
    error = _from_rest(_style_a(400, message, "FAILED_PRECONDITION"))
    assert isinstance(error, Permanent)
    assert hint in error.hint


def test_google_may_say_when_to_come_back() -> None:
    body = _style_a(429, "Too many requests", "RESOURCE_EXHAUSTED")
    error = _from_rest(body, **{"retry-after": "7"})
    assert isinstance(error, Transient)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    "error",
    [
        RefreshError(
            "invalid_grant: Token has been expired or revoked.", {"error": "invalid_grant"}
        ),
        RefreshError("Reauthentication is needed. Please run `gcloud auth ...` to reauthenticate."),
    ],
)
def test_a_grant_that_is_over_asks_to_sign_in_again(error: RefreshError) -> None:
    assert isinstance(_ours(error), SignInAgain)


def test_a_wrong_client_secret_is_not_mended_by_signing_in() -> None:
    error = RefreshError("invalid_client: The OAuth client was not found.", {})
    assert isinstance(_ours(error), Permanent)


@pytest.mark.parametrize(
    "error",
    [requests.ConnectionError("refused"), TransportError("down"), ConnectionResetError()],
    ids=lambda error: type(error).__name__,
)
def test_a_lost_connection_is_transient(error: Exception) -> None:
    assert isinstance(_ours(error), Transient)


def test_an_answer_that_is_not_json_is_shown_as_it_is() -> None:
    error = _ours(HttpError(Response({"status": 502}), b"<html>Bad Gateway</html>"))
    assert isinstance(error, Transient)
    assert "Bad Gateway" in error.cause


def test_what_is_not_googles_is_left_alone() -> None:
    assert translated(KeyError("x")) is None
