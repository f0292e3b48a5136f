"""Who may do what in a cluster beside its own RBAC: on GKE, IAM says so too.

A permission is named after the resource and the verb, as in `container.configMaps.update`.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from app.simulator.kubernetes.builtin import built_in_resources

_VERBS = {
    "watch": "list",
    "patch": "update",
    "deletecollection": "delete",
}
_CUSTOM = "thirdPartyObjects"
_SPECIAL = {
    "pods/log": "pods.getLogs",
    "pods/eviction": "pods.evict",
    "pods/exec": "pods.exec",
    "pods/attach": "pods.attach",
    "pods/portforward": "pods.portForward",
    "pods/proxy": "pods.proxy",
    "services/proxy": "services.proxy",
    "nodes/proxy": "nodes.proxy",
    "serviceaccounts/token": "serviceAccounts.createToken",
}


@dataclass(frozen=True, slots=True)
class User:
    """A caller: the name and the groups it is known by."""

    name: str
    groups: tuple[str, ...] = ()


NOBODY = User("system:anonymous", ("system:unauthenticated",))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody is about to do: a verb on a resource, or on a `path` outside resources."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def whole_resource(self) -> str:
        """`pods/log`"""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def permission_for(attempt: Attempt) -> str:
    """The permission that an attempt takes."""
    special = _SPECIAL.get(attempt.whole_resource)
    if special:
        return f"container.{special}"
    verb = _VERBS.get(attempt.verb, attempt.verb)
    if attempt.subresource in ("status", "scale", "approval"):
        verb += attempt.subresource.capitalize()
    return f"container.{_named(attempt.group, attempt.resource)}.{verb}"


def refusal_by(permission: str) -> str:
    """What GKE says after RBAC's own words."""
    return f'requires one of ["{permission}"] permission(s).'


@lru_cache(maxsize=512)
def _named(group: str, resource: str) -> str:
    kind = _kinds().get((group, resource))
    return _camel_case(resource, kind) if kind else _CUSTOM


@cache
def _kinds() -> dict[tuple[str, str], str]:
    return {(each.group, each.plural): each.kind for each in built_in_resources()}


def _camel_case(plural: str, kind: str) -> str:
    """`networkpolicies` of the kind NetworkPolicy as `networkPolicies`."""
    known = zip(plural, kind, strict=False)
    letters = [b if a == b.lower() else a for a, b in known]
    text = "".join(letters) + plural[len(letters) :]
    return text[:1].lower() + text[1:]
