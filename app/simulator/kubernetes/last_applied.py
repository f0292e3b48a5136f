"""The way from `kubectl apply` to `kubectl apply --server-side` without conflicts.

What the annotation of client-side apply lists was kubectl's own: server-side apply by the manager
`kubectl` may take it over, and keeps the annotation up to date for those who go back.
"""

import orjson

from app.simulator.kubernetes.errors import ApiError
from app.simulator.kubernetes.fields import fields_of, paths_of
from app.simulator.kubernetes.managed_fields import owned_part
from app.simulator.kubernetes.objects import Object, metadata_of, with_value
from app.simulator.kubernetes.schema import Type

MANAGER = "kubectl"
_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def may_take_over(live: Object, type_: Type, conflict: ApiError) -> bool:
    """Whether every conflict is about what client-side apply set."""
    text = _annotations(live).get(_ANNOTATION)
    if not text:
        return False
    last = orjson.loads(text)
    own = set(paths_of(fields_of(owned_part(last), type_))) if isinstance(last, dict) else set()
    return all(cause["field"] in own for cause in conflict.details.get("causes", ()))


def with_last_applied(live: Object, merged: Object, config: Object) -> Object:
    """The object with its annotation renewed, if it had one."""
    if _ANNOTATION not in _annotations(live):
        return merged
    annotations = {**_annotations(merged), _ANNOTATION: orjson.dumps(config).decode() + "\n"}
    return with_value(merged, ["metadata", "annotations"], annotations)


def _annotations(item: Object) -> Object:
    annotations: Object = metadata_of(item).get("annotations") or {}
    return annotations
