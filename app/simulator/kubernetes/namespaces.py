"""What a namespace tells of the content that keeps it from going."""

from collections import Counter
from collections.abc import Iterable

from app.simulator.kubernetes.objects import Object, timestamp, value_at, with_value
from app.simulator.kubernetes.storage import Entry


def with_remaining(namespace: Object, remaining: list[Entry]) -> Object:
    """The namespace with its conditions on what remains; the same object if they are told."""
    kinds = Counter(entry.key[0].partition("/") for entry in remaining)
    shown = {
        f"{plural}.{group}" if group else plural: count
        for (group, _, plural), count in sorted(kinds.items())
    }
    finalizers = Counter(
        name for entry in remaining for name in entry.metadata.get("finalizers") or ()
    )
    told = [_condition("NamespaceContentRemaining", "SomeResourcesRemain", _content(shown))]
    if finalizers:
        message = _finalizers(sorted(finalizers.items()))
        told.append(_condition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", message))
    return namespace if _same(namespace, told) else _with_conditions(namespace, told)


def _content(shown: dict[str, int]) -> str:
    parts = (f"{name} has {count} resource instances" for name, count in shown.items())
    return f"Some resources are remaining: {', '.join(parts)}"


def _finalizers(counted: Iterable[tuple[str, int]]) -> str:
    parts = (f"{name} in {count} resource instances" for name, count in counted)
    return f"Some content in the namespace has finalizers remaining: {', '.join(parts)}"


def _condition(type_: str, reason: str, message: str) -> Object:
    return {"type": type_, "status": "True", "reason": reason, "message": message}


def _same(namespace: Object, told: list[Object]) -> bool:
    known = [
        {name: value for name, value in condition.items() if name != "lastTransitionTime"}
        for condition in value_at(namespace, "status.conditions") or ()
    ]
    return known == told


def _with_conditions(namespace: Object, told: list[Object]) -> Object:
    now = timestamp()
    conditions = [{**condition, "lastTransitionTime": now} for condition in told]
    return with_value(namespace, ["status", "conditions"], conditions)
