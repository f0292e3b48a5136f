"""Google's error answers.

Style A is that of every API but Compute Engine, style B is Compute Engine's. Texts follow
recorded answers; each constructor names the situation, not the status.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.simulator.google.discovery import Problem

Json = dict[str, Any]

_HTTP_OF_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
_COMPUTE_REASON_OF_STATUS = {
    "INVALID_ARGUMENT": "invalid",
    "FAILED_PRECONDITION": "conditionNotMet",
    "UNAUTHENTICATED": "authError",
    "PERMISSION_DENIED": "forbidden",
    "NOT_FOUND": "notFound",
    "ALREADY_EXISTS": "alreadyExists",
    "ABORTED": "conditionNotMet",
    "RESOURCE_EXHAUSTED": "rateLimitExceeded",
    "INTERNAL": "internalError",
    "UNIMPLEMENTED": "notImplemented",
    "UNAVAILABLE": "backendError",
}


class ConnectionCut(Exception):
    """No answer at all: the connection is dropped."""


@dataclass
class ApiError(Exception):
    """A refusal; `status` is the canonical code's name, `compute_reason` style B's reason."""

    status: str
    message: str
    details: list[Json] = field(default_factory=list)
    compute_reason: str = ""
    compute_domain: str = "global"

    @property
    def code(self) -> int:
        """The HTTP status."""
        return _HTTP_OF_STATUS[self.status]

    def body(self, compute: bool = False) -> Json:
        """The answer's JSON, in style A, or in Compute Engine's style B."""
        return self._style_b() if compute else self._style_a()

    def _style_a(self) -> Json:
        error: Json = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def _style_b(self) -> Json:
        first = {
            "message": self.message,
            "domain": self.compute_domain,
            "reason": self.compute_reason or _COMPUTE_REASON_OF_STATUS[self.status],
        }
        return {"error": {"code": self.code, "message": self.message, "errors": [first]}}


def error_info(reason: str, domain: str, **metadata: str) -> Json:
    """The detail by which programs tell errors apart."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def invalid(message: str) -> ApiError:
    """A request that cannot be right, whatever the state of the cloud."""
    return ApiError("INVALID_ARGUMENT", message)


def malformed(problems: Sequence[Problem]) -> ApiError:
    """A request that the API's discovery document does not know; every problem is told."""
    violations = [
        {"field": each.field, "description": each.text}
        if each.field
        else {"description": each.text}
        for each in problems
    ]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
    text = "\n".join(each.text for each in problems)
    return ApiError("INVALID_ARGUMENT", text, [detail], compute_reason=problems[0].compute_reason)


def not_found(message: str) -> ApiError:
    """Something named in the request is not there."""
    return ApiError("NOT_FOUND", message)


def internal() -> ApiError:
    """The simulator's own mistake."""
    return ApiError("INTERNAL", "Internal error encountered.")


def already_exists(message: str, *details: Json) -> ApiError:
    """The name is taken."""
    return ApiError("ALREADY_EXISTS", message, list(details))


def no_credentials() -> ApiError:
    """No access token came with the request."""
    return ApiError(
        "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token, "
        "login cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        [error_info("CREDENTIALS_MISSING", "googleapis.com")],
        compute_reason="required",
    )


def bad_credentials() -> ApiError:
    """The access token is unknown, expired or revoked."""
    return ApiError(
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        [error_info("ACCESS_TOKEN_EXPIRED", "googleapis.com")],
    )


def scope_missing(service: str) -> ApiError:
    """The user did not grant cloud-platform."""
    return ApiError(
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", service=service)],
        compute_reason="insufficientPermissions",
    )


def project_denied(project: str) -> ApiError:
    """An absent project and a forbidden one answer the same."""
    resource = f"//cloudresourcemanager.googleapis.com/projects/{project}"
    return ApiError(
        "PERMISSION_DENIED",
        "Permission 'resourcemanager.projects.get' denied on resource "
        f"'{resource}' (or it may not exist).",
        [
            error_info(
                "IAM_PERMISSION_DENIED",
                "cloudresourcemanager.googleapis.com",
                resource=f"projects/{project}",
                permission="resourcemanager.projects.get",
            )
        ],
    )


def quota_project_denied(project: str) -> ApiError:
    """The caller may not let this project pay for the request."""
    return ApiError(
        "PERMISSION_DENIED",
        f"Caller does not have required permission to use project {project}. Grant the caller "
        "the roles/serviceusage.serviceUsageConsumer role, or a custom role with the "
        "serviceusage.services.use permission, by visiting "
        f"https://console.developers.google.com/iam-admin/iam/project?project={project} and "
        "then retry. Propagation of the new permission may take a few minutes.",
        [
            error_info(
                "USER_PROJECT_DENIED",
                "googleapis.com",
                consumer=f"projects/{project}",
            )
        ],
        compute_reason="USER_PROJECT_DENIED",
    )


def service_disabled(service: str, title: str, project: str) -> ApiError:
    """The API is not enabled in the project."""
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    return ApiError(
        "PERMISSION_DENIED",
        f"{title} has not been used in project {project} before or it is disabled. Enable it by "
        f"visiting {url} then retry. If you enabled this API recently, wait a few minutes for "
        "the action to propagate to our systems and retry.",
        [
            error_info(
                "SERVICE_DISABLED",
                "googleapis.com",
                service=service,
                serviceTitle=title,
                consumer=f"projects/{project}",
                containerInfo=project,
                activationUrl=url,
            )
        ],
        compute_reason="accessNotConfigured",
        compute_domain="usageLimits",
    )


def too_often(service: str, metric: str, limit: str, most: int, number: str) -> ApiError:
    """The project has asked as often as it may in a minute; Compute Engine calls that forbidden."""
    consumer = f"project_number:{number}"
    text = (
        f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service '{service}' "
        f"for consumer '{consumer}'."
    )
    detail = error_info(
        "RATE_LIMIT_EXCEEDED",
        "googleapis.com",
        service=service,
        consumer=f"projects/{number}",
        quota_limit_value=str(most),
    )
    of_compute = service == "compute.googleapis.com"
    status = "PERMISSION_DENIED" if of_compute else "RESOURCE_EXHAUSTED"
    return ApiError(status, text, [detail], "rateLimitExceeded", "usageLimits")


def billing_disabled(service: str, number: str) -> ApiError:
    """The API is enabled, and nobody pays for the project any more."""
    url = f"https://console.developers.google.com/billing/enable?project={number}"
    return ApiError(
        "PERMISSION_DENIED",
        f"This API method requires billing to be enabled. Please enable billing on project "
        f"#{number} by visiting {url} then retry. If you enabled billing for this project "
        "recently, wait a few minutes for the action to propagate to our systems and retry.",
        [
            error_info(
                "BILLING_DISABLED",
                "googleapis.com",
                service=service,
                consumer=f"projects/{number}",
            )
        ],
        compute_reason="forbidden",
        compute_domain="global",
    )


def permission_denied(service: str, permission: str, resource: str) -> ApiError:
    """The caller lacks `permission` on `resource` (`projects/P/...`), in the API's own words."""
    compute_text = f"Required '{permission}' permission for '{resource}'"
    words = {
        "compute.googleapis.com": compute_text,
        "container.googleapis.com": f'Required "{permission}" permission(s) for "{resource}".',
    }
    other = f"Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
    named = error_info("IAM_PERMISSION_DENIED", service, permission=permission, resource=resource)
    numbered = [_request_info()] if service == "container.googleapis.com" else []
    return ApiError("PERMISSION_DENIED", words.get(service, other), [*numbered, named])


def _request_info() -> Json:
    return {
        "@type": "type.googleapis.com/google.rpc.RequestInfo",
        "requestId": f"0x{secrets.token_hex(8)}",
    }
