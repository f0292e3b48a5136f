"""Reading Kubernetes objects: names, owners, conditions, selectors, times."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

Object: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str]

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def key_of(obj: Mapping[str, Any]) -> Key:
    """(namespace, name); the namespace is empty for cluster-wide objects."""
    metadata = obj["metadata"]
    return metadata.get("namespace") or "", metadata["name"]


def uid(obj: Mapping[str, Any]) -> str:
    """The object's identity, different after it is made anew."""
    return str(obj["metadata"]["uid"])


def labels(obj: Mapping[str, Any]) -> dict[str, str]:
    """Labels, empty if there are none."""
    return obj["metadata"].get("labels") or {}


def annotations(obj: Mapping[str, Any]) -> dict[str, str]:
    """Annotations, empty if there are none."""
    return obj["metadata"].get("annotations") or {}


def deleting(obj: Mapping[str, Any]) -> bool:
    """Whether the object only waits for its finalizers."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def owner_reference(owner: Mapping[str, Any]) -> Object:
    """The reference by which `owner` controls what it makes."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": uid(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_reference(obj: Mapping[str, Any]) -> Object | None:
    """The owner reference that is marked as the controlling one."""
    references: list[Object] = obj["metadata"].get("ownerReferences") or []
    return next((each for each in references if each.get("controller")), None)


def condition(obj: Mapping[str, Any], type_: str) -> Object | None:
    """The condition of this type in the object's status."""
    conditions: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == type_), None)


def holds(obj: Mapping[str, Any], type_: str) -> bool:
    """Whether the condition of this type is True."""
    found = condition(obj, type_)
    return found is not None and found["status"] == "True"


def new_condition(
    obj: Mapping[str, Any],
    type_: str,
    status: bool,
    now: datetime,
    reason: str = "",
    message: str = "",
) -> Object:
    """A condition whose transition time is kept while its status is what it was."""
    before = condition(obj, type_)
    word = "True" if status else "False"
    kept = before is not None and before["status"] == word
    since = before.get("lastTransitionTime") if before and kept else None
    fresh = {"type": type_, "status": word, "lastTransitionTime": since or stamp(now)}
    fresh |= {"reason": reason} if reason else {}
    return fresh | ({"message": message} if message else {})


def pod_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the Pod counts as a ready replica."""
    return holds(pod, "Ready") and not deleting(pod)


def stamp(moment: datetime) -> str:
    """A timestamp as Kubernetes writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact_stamp(moment: datetime) -> str:
    """A timestamp with microseconds, for what must survive a restart undistorted."""
    return moment.astimezone(UTC).isoformat()


def moment_of(text: str) -> datetime:
    """The aware time that either kind of timestamp stands for."""
    return datetime.fromisoformat(text)


def digest(value: Any, length: int = 10) -> str:
    """A stable name part for a JSON value, without vowels as Kubernetes' own."""
    number = int.from_bytes(
        hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()
    )
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)


def fraction(text: str) -> float:
    """A number in [0, 1) that always is the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


def images(pod: Mapping[str, Any]) -> list[str]:
    """The images of a Pod's containers, init containers first, each once."""
    spec = pod["spec"]
    return unique(
        each["image"] for each in [*(spec.get("initContainers") or []), *spec["containers"]]
    )


def unique(values: Iterable[str]) -> list[str]:
    """The values in order, without repetitions."""
    return list(dict.fromkeys(values))
