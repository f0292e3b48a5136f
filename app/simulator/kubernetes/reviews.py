"""Reviews: who the caller is, and what it may do (everything: access is not restricted)."""

from collections.abc import Callable

from app.simulator.kubernetes.objects import Object, value_at

_MASTERS = ["system:masters", "system:authenticated"]
_ALLOWED = {"allowed": True, "reason": "access is not restricted in this cluster"}


def review(kind: str, body: Object, user: str, user_of: Callable[[str], str | None]) -> Object:
    """The review with its status."""
    return {**body, "status": _status(kind, body, user, user_of)}


def _status(kind: str, body: Object, user: str, user_of: Callable[[str], str | None]) -> Object:
    if kind == "SelfSubjectReview":
        return {"userInfo": {"username": user, "groups": _MASTERS}}
    if kind == "SelfSubjectRulesReview":
        return {
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": False,
        }
    if kind == "TokenReview":
        known = user_of(value_at(body, "spec.token") or "")
        if known is None:
            return {"authenticated": False, "error": "invalid bearer token"}
        return {"authenticated": True, "user": {"username": known, "groups": _MASTERS[1:]}}
    return dict(_ALLOWED)
