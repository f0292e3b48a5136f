"""Google's errors, as its clients raise them, become ours."""

import http.client
import json
import ssl
from typing import Any

import httplib2
import pytest
import requests
from google.api_core.exceptions import RetryError, ServiceUnavailable, from_http_response
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError
from httplib2 import Response

from app.errors import Permanent, PortalError, SignInAgain, Transient
from app.google.errors import Refused, Unavailable, hint_for, of_operation, translated
from app.google.troubles import Trouble


def _style_a(
    code: int, message: str, status: str, reason: str = "", **metadata: str
) -> dict[str, Any]:
    """The body of every API but Compute."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "metadata": metadata}]
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
    assert "roles/container.admin" in error.hint


def test_both_clients_and_both_styles_say_the_same() -> None:
    body = _style_b(403, "Required 'compute.globalAddresses.create' permission", "forbidden")
    rest, discovery = _from_rest(body), _from_discovery(body)
    assert isinstance(rest, Refused)
    assert isinstance(discovery, Refused)
    assert (rest.cause, rest.reason) == (discovery.cause, discovery.reason)


@pytest.mark.parametrize(
    ("trouble", "body"),
    [
        (
            Trouble.UNAVAILABLE,
            _style_a(503, "The service is currently unavailable.", "UNAVAILABLE"),
        ),
        (
            Trouble.RATE_LIMIT,
            _style_a(
                429,
                "Quota exceeded for quota metric 'Mutate requests' and limit 'Mutate requests per "
                "minute' of service 'serviceusage.googleapis.com' for consumer 'project_number:1'.",
                "RESOURCE_EXHAUSTED",
            ),
        ),
        (Trouble.RATE_LIMIT, _style_b(403, "Rate Limit Exceeded", "rateLimitExceeded")),
        (
            Trouble.RATE_LIMIT,
            _style_b(403, "Too many operations", "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED"),
        ),
        (
            Trouble.API_DISABLED,
            _style_a(403, "API has not been used", "PERMISSION_DENIED", "SERVICE_DISABLED"),
        ),
        (Trouble.API_DISABLED, _style_b(403, "API has not been used", "accessNotConfigured")),
        (
            Trouble.BUSY,
            _style_a(
                400, "Another activation or deactivation is in progress", "FAILED_PRECONDITION"
            ),
        ),
        (
            Trouble.BUSY,
            _style_a(
                400, "Cluster is running incompatible operation operation-1.", "INVALID_ARGUMENT"
            ),
        ),
        (Trouble.BUSY, _style_a(400, "Identity Pool does not exist (p).", "INVALID_ARGUMENT")),
        (
            Trouble.BUSY,
            _style_b(
                400,
                "The address resource 'a' is already being used by 'b'",
                "resourceInUseByAnotherResource",
            ),
        ),
        (
            Trouble.OVERTAKEN,
            _style_a(409, "There were concurrent policy changes. Please retry", "ABORTED"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value["error"]["message"][:20],
)
def test_what_passes_by_itself_is_transient(trouble: Trouble, body: dict[str, Any]) -> None:
    error = _from_rest(body)
    assert isinstance(error, Unavailable)
    assert error.trouble == trouble
    assert error.cause == body["error"]["message"]
    assert error.hint


_QUOTA = (
    "Insufficient regional quota to satisfy request: resource \"CPUS\": request requires '16.0' "
    "and is short '8.0'. project has a quota of '8.0' with '8.0' available. View and manage "
    "quotas at https://console.cloud.google.com/iam-admin/quotas?usage=USED&project=p."
)
_STOCK_OUT = (
    "Google Compute Engine: Not all instances running in IGM after 35m4s. [GCE_STOCKOUT]: "
    "Instance 'a' creation failed: The zone 'z' does not have enough resources available."
)
_ADDRESSES = "Instance 'a' creation failed: Quota 'IN_USE_ADDRESSES' exceeded.  Limit: 8.0."
_POLICY = "Constraint constraints/compute.vmExternalIpAccess violated for project 1."
_BILLING = (
    "Billing account for project '1' is not found. Billing must be enabled for activation of "
    "service(s) 'compute.googleapis.com' to proceed."
)
_OUTSIDERS = "One or more users named in the policy do not belong to a permitted customer."


@pytest.mark.parametrize(
    ("trouble", "code", "message", "hint"),
    [
        (Trouble.QUOTA, 403, _QUOTA, "quota"),
        (Trouble.QUOTA, 429, _ADDRESSES, "quota"),
        (Trouble.STOCK_OUT, 503, _STOCK_OUT, "another zone"),
        (Trouble.ORG_POLICY, 400, _POLICY, "administrator"),
        (Trouble.ORG_POLICY, 412, "Location ZONE:z violates constraint x", "administrator"),
        (Trouble.ORG_POLICY, 400, _OUTSIDERS, "administrator"),
        (Trouble.BILLING, 400, _BILLING, "billing"),
        (Trouble.NOT_FOUND, 404, "Not found: projects/p/locations/l/clusters/c.", ""),
        (Trouble.ALREADY_EXISTS, 409, "Already exists: projects/p/...", ""),
        (Trouble.OTHER, 400, 'Network "default" does not exist.', ""),
    ],
)
def test_what_does_not_pass_is_permanent_with_what_to_do(
    trouble: Trouble, code: int, message: str, hint: str
) -> None:
    error = _from_rest(_style_a(code, message, "WHATEVER"))
    assert isinstance(error, Refused)
    assert (error.trouble, error.cause, error.status) == (trouble, message, code)
    assert hint in error.hint
    assert bool(error.hint) == bool(hint)


@pytest.mark.parametrize(
    ("message", "role"),
    [
        ('Required "container.clusters.create" permission(s) for "projects/p".', "container.admin"),
        ("Required 'compute.globalAddresses.create' permission for 'x'", "compute.networkAdmin"),
        (
            "Google Compute Engine: Required 'compute.networks.get' permission for 'x'.",
            "compute.networkAdmin",
        ),
        (
            "Permission 'iam.serviceAccounts.create' denied on resource (or it may not exist).",
            "iam.serviceAccountAdmin",
        ),
        ("Policy update access denied.", "resourcemanager.projectIamAdmin"),
        (
            'The user does not have access to service account "SA". Ask a project owner to grant '
            "you the iam.serviceAccountUser role on the service account.",
            "iam.serviceAccountUser",
        ),
        (
            "Caller does not have required permission to use project p. Grant the caller",
            "serviceusage.serviceUsageAdmin",
        ),
        ("The caller does not have permission", "role Owner"),
    ],
)
def test_a_missing_permission_names_the_role_that_gives_it(message: str, role: str) -> None:
    """Trap: a missing `actAs` answers 400, and a refused policy names no permission."""
    code = 400 if "serviceAccountUser" in role else 403
    error = _from_rest(_style_a(code, message, "PERMISSION_DENIED"))
    assert isinstance(error, Refused)
    assert error.trouble == Trouble.PERMISSION
    assert role in error.hint


def test_the_permission_for_programs_wins_over_the_text() -> None:
    body = _style_a(
        403, "Denied.", "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", permission="iap.web.x"
    )
    error = _from_rest(body)
    assert isinstance(error, Refused)
    assert "roles/iap.admin" in error.hint


def test_a_project_that_is_hidden_may_be_one_that_is_not_there() -> None:
    message = (
        "Permission 'resourcemanager.projects.get' denied on resource "
        "'//cloudresourcemanager.googleapis.com/projects/x' (or it may not exist)."
    )
    error = _from_rest(_style_a(403, message, "PERMISSION_DENIED"))
    assert isinstance(error, Refused)
    assert "project's ID" in error.hint


def test_googles_own_page_comes_along_and_no_other() -> None:
    quota = _from_rest(_style_a(403, _QUOTA, "RESOURCE_EXHAUSTED"))
    assert isinstance(quota, Refused)
    assert quota.link == ("https://console.cloud.google.com/iam-admin/quotas?usage=USED&project=p")
    page = "https://console.developers.google.com/apis/api/iam.googleapis.com/overview?project=1"
    off = _style_a(403, "It is off.", "PERMISSION_DENIED", "SERVICE_DISABLED", activationUrl=page)
    disabled = _from_rest(off)
    assert isinstance(disabled, Unavailable)
    assert disabled.link == page
    other = _from_rest(_style_a(400, "See https://evil.example/x", "INVALID_ARGUMENT"))
    assert isinstance(other, Refused)
    assert not other.link


def test_a_text_alone_gives_its_hint() -> None:
    assert "another zone" in hint_for(_STOCK_OUT)
    assert not hint_for("Something nobody has seen before.")


@pytest.mark.parametrize(
    ("code", "kind"), [(8, Unavailable), (14, Unavailable), (3, Refused), (7, Refused)]
)
def test_an_operation_that_is_done_with_an_error_is_one(
    code: int, kind: type[Refused | Unavailable]
) -> None:
    """Trap: DONE is not success."""
    error = of_operation({"code": code, "message": "It went wrong."})
    assert isinstance(error, kind)
    assert str(error) == "It went wrong."


def test_a_scope_that_was_not_granted_asks_to_sign_in_again() -> None:
    """Trap: with granular consent somebody can untick cloud-platform."""
    message = "Request had insufficient authentication scopes."
    reason = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert isinstance(_from_rest(_style_a(403, message, "PERMISSION_DENIED", reason)), SignInAgain)
    assert isinstance(
        _from_discovery(_style_b(403, message, "insufficientPermissions")), SignInAgain
    )


def test_a_token_that_nobody_knows_asks_to_sign_in_again() -> None:
    body = _style_a(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
    assert isinstance(_from_rest(body), SignInAgain)


def test_google_may_say_when_to_come_back() -> None:
    body = _style_a(429, "Too many requests", "RESOURCE_EXHAUSTED")
    error = _from_rest(body, **{"retry-after": "7"})
    assert isinstance(error, Transient)
    assert error.retry_after == 7


def test_google_may_say_it_in_the_body_too() -> None:
    body = _style_a(503, "Busy", "UNAVAILABLE")
    info = "type.googleapis.com/google.rpc.RetryInfo"
    body["error"]["details"] = [{"@type": info, "retryDelay": "30s"}]
    error = _from_rest(body)
    assert isinstance(error, Transient)
    assert error.retry_after == 30


@pytest.mark.parametrize(
    "error",
    [
        RefreshError(
            "invalid_grant: Token has been expired or revoked.", {"error": "invalid_grant"}
        ),
        RefreshError("Reauthentication is needed. Please run `gcloud auth ...` to reauthenticate."),
        RefreshError("invalid_grant: Bad Request", {"error_subtype": "invalid_rapt"}),
    ],
)
def test_a_grant_that_is_over_asks_to_sign_in_again(error: RefreshError) -> None:
    """Trap: google-auth 2.62 tells of a session to be renewed in words, not by `invalid_rapt`."""
    ours = _ours(error)
    assert isinstance(ours, SignInAgain)
    assert "gcloud" not in str(ours)


def test_a_wrong_client_secret_is_not_mended_by_signing_in() -> None:
    error = RefreshError("invalid_client: The OAuth client was not found.", {})
    assert isinstance(_ours(error), Permanent)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("refused"),
        requests.ReadTimeout("slow"),
        TransportError("down"),
        ConnectionResetError(),
        TimeoutError("timed out"),
        ssl.SSLEOFError("cut off"),
        http.client.IncompleteRead(b""),
        httplib2.ServerNotFoundError("no such host"),
        RefreshError("503", retryable=True),
        RetryError("gave up", cause=None),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_lost_connection_is_transient(error: Exception) -> None:
    """Trap: REST mode leaks what requests, httplib2 and the sockets raise."""
    assert isinstance(_ours(error), Transient)


def test_a_client_that_gave_up_says_what_it_met() -> None:
    error = _ours(RetryError("gave up", cause=ServiceUnavailable("Maintenance until noon.")))
    assert isinstance(error, Unavailable)
    assert error.cause == "Maintenance until noon."


def test_an_answer_that_is_not_json_is_shown_as_it_is() -> None:
    error = _ours(HttpError(Response({"status": 502}), b"<html>Bad Gateway</html>"))
    assert isinstance(error, Transient)
    assert "Bad Gateway" in error.cause


def test_what_is_not_googles_is_left_alone() -> None:
    assert translated(KeyError("x")) is None
