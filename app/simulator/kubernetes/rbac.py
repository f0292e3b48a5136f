"""Role-based access control, as the cluster's roles and bindings say it."""

from collections.abc import Iterable, Iterator

from app.simulator.kubernetes.access import Attempt, User
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.storage import Entry, Storage

GROUP = "rbac.authorization.k8s.io"
MASTERS = "system:masters"
_ACCOUNT = "system:serviceaccount:"


class Rbac:
    """Decides from the objects of one cluster."""

    def __init__(self, objects: Storage) -> None:
        self._objects = objects

    def allows(self, user: User, attempt: Attempt) -> bool:
        """Whether a rule that holds for the user covers the attempt."""
        if MASTERS in user.groups:
            return True
        return any(_covers(rule, attempt) for rule in self.rules(user, attempt.namespace))

    def rules(self, user: User, namespace: str) -> Iterator[Object]:
        """The rules that hold for the user in a namespace, or in none."""
        for binding in self._objects.items(f"{GROUP}/clusterrolebindings"):
            if _names(binding, user):
                yield from self._rules_of(binding)
        if namespace:
            for binding in self._objects.items(f"{GROUP}/rolebindings", namespace):
                if _names(binding, user):
                    yield from self._rules_of(binding)

    def _rules_of(self, binding: Entry) -> Iterable[Object]:
        role = binding.content["roleRef"]
        if role["kind"] == "ClusterRole":
            found = self._objects.get(f"{GROUP}/clusterroles", "", role["name"])
        else:
            found = self._objects.get(f"{GROUP}/roles", binding.key[1], role["name"])
        rules: list[Object] = (found.content.get("rules") if found else None) or []
        return rules


def groups_of(name: str) -> tuple[str, ...]:
    """The groups that a user of this name is in by being known."""
    if not name.startswith(_ACCOUNT):
        return ("system:authenticated",)
    namespace = name.removeprefix(_ACCOUNT).partition(":")[0]
    accounts = "system:serviceaccounts"
    return (accounts, f"{accounts}:{namespace}", "system:authenticated")


def _names(binding: Entry, user: User) -> bool:
    return any(
        _is(subject, user, binding.key[1]) for subject in binding.content.get("subjects") or ()
    )


def _is(subject: Object, user: User, namespace: str) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    if subject["kind"] == "ServiceAccount":
        home = subject.get("namespace") or namespace
        return user.name == f"{_ACCOUNT}{home}:{subject['name']}"
    return bool(subject["name"] == user.name)


def _covers(rule: Object, attempt: Attempt) -> bool:
    if not _has(rule.get("verbs"), attempt.verb):
        return False
    if attempt.path:
        return any(_is_below(attempt.path, path) for path in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames")
    return (
        _has(rule.get("apiGroups"), attempt.group)
        and _has_resource(rule.get("resources") or (), attempt)
        and (not names or attempt.name in names)
    )


def _has(listed: list[str] | None, wanted: str) -> bool:
    return listed is not None and ("*" in listed or wanted in listed)


def _has_resource(listed: Iterable[str], attempt: Attempt) -> bool:
    wanted = {"*", attempt.whole_resource}
    if attempt.subresource:
        wanted.add(f"*/{attempt.subresource}")
    return not wanted.isdisjoint(listed)


def _is_below(path: str, pattern: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
