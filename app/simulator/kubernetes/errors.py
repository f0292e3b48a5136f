"""Errors as `Status` objects, worded the way a Kubernetes API server words them."""

from dataclasses import dataclass
from typing import Any

from app.simulator.kubernetes.objects import Object

Cause = dict[str, str]


class ApiError(Exception):
    """A request that fails; `status` is the body of its answer."""

    def __init__(self, code: int, reason: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = {key: value for key, value in details.items() if value}

    @property
    def status(self) -> Object:
        """The `Status` object."""
        body: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        absent = {name for name in ("details", "reason") if not body[name]}
        return {name: value for name, value in body.items() if name not in absent}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an error is about: a resource's group, plural and kind, and an object's name."""

    group: str
    plural: str
    kind: str
    name: str

    @property
    def resource(self) -> str:
        """`deployments.apps`"""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """`Deployment.apps`"""
        return f"{self.kind}.{self.group}" if self.group else self.kind


class UnknownPath(ApiError):
    """A path outside every API group that is served; it is answered in plain text."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "404 page not found\n")


def unknown_path() -> ApiError:
    """404 for a kind that is not served, in a group that is."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def not_found(subject: Subject) -> ApiError:
    """404 for an object."""
    return _about(subject, 404, "NotFound", f'{subject.resource} "{subject.name}" not found')


def already_exists(subject: Subject) -> ApiError:
    """409 for a creation of what exists."""
    message = f'{subject.resource} "{subject.name}" already exists'
    return _about(subject, 409, "AlreadyExists", message)


def conflict(subject: Subject, why: str = "") -> ApiError:
    """409 for a write that was made from an older version."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version"
        " and try again"
    )
    message = f'Operation cannot be fulfilled on {subject.resource} "{subject.name}": {why}'
    return _about(subject, 409, "Conflict", message)


def forbidden(subject: Subject, why: str, causes: list[Cause] | None = None) -> ApiError:
    """403 for a write that the cluster's state does not admit."""
    named = f'{subject.resource} "{subject.name}"' if subject.name else subject.resource
    message = f"{named} is forbidden: {why}"
    return _about(subject, 403, "Forbidden", message, causes)


def field_cause(reason: str, field: str, message: str) -> Cause:
    """One field of an invalid object; `reason` is FieldValueRequired, FieldValueInvalid..."""
    return {"reason": reason, "message": message, "field": field}


def required(field: str, detail: str = "") -> Cause:
    """A field that is missing."""
    return field_cause(
        "FieldValueRequired", field, f"Required value{': ' if detail else ''}{detail}"
    )


def invalid_value(field: str, value: Any, detail: str) -> Cause:
    """A field whose value is refused."""
    shown = f'"{value}"' if isinstance(value, str) else value
    return field_cause("FieldValueInvalid", field, f"Invalid value: {shown}: {detail}")


def forbidden_field(field: str, detail: str) -> Cause:
    """A field that must not be as it is."""
    return field_cause("FieldValueForbidden", field, f"Forbidden: {detail}")


def invalid(subject: Subject, causes: list[Cause]) -> ApiError:
    """422 with every field that is wrong."""
    messages = [f"{cause['field']}: {cause['message']}" for cause in causes]
    told = messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
    message = f'{subject.qualified_kind} "{subject.name}" is invalid: {told}'
    error = _about(subject, 422, "Invalid", message, causes)
    error.details["kind"] = subject.kind
    return error


def bad_request(message: str) -> ApiError:
    """400"""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """401"""
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    """405"""
    return ApiError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource"
    )


def unsupported_media_type(given: str, accepted: list[str]) -> ApiError:
    """415"""
    message = (
        f"the body of the request was in an unknown format ({given or 'none'})"
        f" - accepted media types include: {', '.join(accepted)}"
    )
    return ApiError(415, "UnsupportedMediaType", message)


def not_acceptable() -> ApiError:
    """406"""
    message = (
        "only the following media types are accepted: application/json, application/yaml,"
        " application/vnd.kubernetes.protobuf"
    )
    return ApiError(406, "NotAcceptable", message)


def internal_error(error: Exception) -> ApiError:
    """500"""
    told = f"Internal error occurred: {error}"
    return ApiError(500, "InternalError", told, causes=[{"message": str(error)}])


def stopping() -> ApiError:
    """503"""
    return ApiError(503, "ServiceUnavailable", "apiserver is shutting down.")


def expired(requested: int, oldest: int) -> ApiError:
    """410 for a watch or list from a version that is no longer remembered."""
    return ApiError(410, "Expired", f"too old resource version: {requested} ({oldest})")


def apply_conflict(message: str, causes: list[Cause]) -> ApiError:
    """409 of server-side apply."""
    return ApiError(409, "Conflict", message, causes=causes)


def _about(
    subject: Subject, code: int, reason: str, message: str, causes: list[Cause] | None = None
) -> ApiError:
    return ApiError(
        code,
        reason,
        message,
        name=subject.name,
        group=subject.group,
        kind=subject.plural,
        causes=causes,
    )
