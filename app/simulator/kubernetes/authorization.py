"""Whether a caller may do what it asks for: RBAC first, then IAM as on GKE."""

from collections.abc import Callable

from app.simulator.kubernetes.access import (
    NOBODY,
    Attempt,
    User,
    permission_for,
    refusal_by,
)
from app.simulator.kubernetes.errors import ApiError, Subject, forbidden, unauthorized
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.rbac import MASTERS, Rbac, groups_of
from app.simulator.kubernetes.requests import Request
from app.simulator.kubernetes.storage import Storage
from app.simulator.servers import Permits

_ADMINISTRATOR = "system:admin"


class Authorizer:
    """Knows callers by their tokens, and what each of them may do.

    `name_of` answers a token's user, or None. Whoever is known by an email may do what `permits`
    says, and everything if there is none.
    """

    def __init__(
        self,
        objects: Storage,
        name_of: Callable[[str], str | None],
        permits: Permits | None,
    ) -> None:
        self._name_of = name_of
        self._permits = permits
        self.rbac = Rbac(objects)

    def user_of(self, token: str) -> User | None:
        """Whom a token stands for, or None."""
        name = self._name_of(token)
        if name is None:
            return None
        is_trusted = name == _ADMINISTRATOR or ("@" in name and self._permits is None)
        groups = groups_of(name)
        return User(name, (MASTERS, *groups) if is_trusted else groups)

    def caller(self, request: Request, *, open_to_all: bool) -> User:
        """Who sends a request, or in whose name it is sent; raises 401 or 403."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        is_known = scheme.lower() == "bearer"
        user = self.user_of(token.strip()) if is_known else None
        if user is None and (is_known or not open_to_all):
            raise unauthorized()
        return self._impersonated(user, request) if user else NOBODY

    def check(self, user: User, attempt: Attempt) -> None:
        """Raise the 403 with which an attempt is refused, if it is."""
        why = self.why_not(user, attempt)
        if why is not None:
            raise _refused(user, attempt, why)

    def why_not(self, user: User, attempt: Attempt) -> str | None:
        """Why the user may not; None if it may."""
        if MASTERS in user.groups:
            return None
        permission = permission_for(attempt) if self.asks_iam(user) and not attempt.path else ""
        if permission and self._permits is not None and self._permits(user.name, permission):
            return None
        if self.rbac.allows(user, attempt):
            return None
        return refusal_by(permission) if permission else ""

    def asks_iam(self, user: User) -> bool:
        """Whether IAM has a say as well: for accounts of the cloud."""
        return self._permits is not None and "@" in user.name

    def _impersonated(self, user: User, request: Request) -> User:
        name = request.headers.get("impersonate-user")
        if not name:
            return user
        groups = request.impersonated_groups
        self.check(user, Attempt("impersonate", resource="users", name=name))
        for group in groups:
            self.check(user, Attempt("impersonate", resource="groups", name=group))
        known = groups_of(name)
        return User(name, tuple(dict.fromkeys((*groups, *known))))


def attempt_of(asked: Object) -> Attempt:
    """What the spec of an access review asks about."""
    path = asked.get("nonResourceAttributes")
    if path:
        return Attempt(verb=path.get("verb", ""), path=path.get("path", ""))
    given = asked.get("resourceAttributes") or {}
    names = ("verb", "group", "version", "resource", "subresource", "namespace", "name")
    return Attempt(**{name: given.get(name) or "" for name in names})


def _refused(user: User, attempt: Attempt, why: str) -> ApiError:
    if attempt.path:
        told = f'forbidden: User "{user.name}" cannot {attempt.verb} path "{attempt.path}"'
        return ApiError(403, "Forbidden", told)
    where = f'in the namespace "{attempt.namespace}"'
    scope = where if attempt.namespace else "at the cluster scope"
    told = (
        f'User "{user.name}" cannot {attempt.verb} resource "{attempt.whole_resource}" in API'
        f' group "{attempt.group}" {scope}'
    )
    subject = Subject(attempt.group, attempt.resource, "", attempt.name)
    return forbidden(subject, f"{told}: {why}" if why else told)
