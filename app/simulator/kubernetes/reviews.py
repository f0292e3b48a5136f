"""Reviews: who a caller is, and what it may do."""

from app.simulator.kubernetes.access import User
from app.simulator.kubernetes.authorization import Authorizer, attempt_of
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.rbac import groups_of

_NO_RULES_OF_IAM = "webhook authorizer does not support user rule resolution"


def review(kind: str, body: Object, user: User, authorizer: Authorizer) -> Object:
    """The review with its status."""
    spec = body.get("spec") or {}
    if kind == "SelfSubjectReview":
        status: Object = {"userInfo": _shown(user)}
    elif kind == "SelfSubjectRulesReview":
        status = _rules(user, spec.get("namespace") or "", authorizer)
    elif kind == "TokenReview":
        status = _token(spec.get("token") or "", authorizer)
    elif kind == "SelfSubjectAccessReview":
        status = _access(spec, user, authorizer)
    else:
        name = spec.get("user") or ""
        groups = (*(spec.get("groups") or ()), *groups_of(name))
        status = _access(spec, User(name, groups), authorizer)
    return {**body, "status": status}


def _access(spec: Object, user: User, authorizer: Authorizer) -> Object:
    why_not = authorizer.why_not(user, attempt_of(spec))
    if why_not is None:
        return {"allowed": True}
    return {"allowed": False, "reason": why_not} if why_not else {"allowed": False}


def _token(token: str, authorizer: Authorizer) -> Object:
    user = authorizer.user_of(token)
    if user is None:
        return {"authenticated": False, "error": "invalid bearer token"}
    return {"authenticated": True, "user": _shown(user)}


def _rules(user: User, namespace: str, authorizer: Authorizer) -> Object:
    rules = list(authorizer.rbac.rules(user, namespace))
    status: Object = {
        "resourceRules": [
            {name: rule[name] for name in _RESOURCE_RULE if rule.get(name)}
            for rule in rules
            if rule.get("resources")
        ],
        "nonResourceRules": [
            {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
            for rule in rules
            if rule.get("nonResourceURLs")
        ],
        "incomplete": authorizer.asks_iam(user),
    }
    return status | {"evaluationError": _NO_RULES_OF_IAM} if status["incomplete"] else status


_RESOURCE_RULE = ("verbs", "apiGroups", "resources", "resourceNames")


def _shown(user: User) -> Object:
    return {"username": user.name, "groups": list(user.groups)}
