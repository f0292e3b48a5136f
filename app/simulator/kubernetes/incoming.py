"""What a client sends, checked against the path and the object it is sent for."""

from app.simulator.kubernetes.conversion import to_stored
from app.simulator.kubernetes.errors import bad_request, conflict, invalid, required
from app.simulator.kubernetes.objects import Object, metadata_of, with_metadata, without_nulls
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Entry


def received(resource: Resource, namespace: str, item: Object, *, drop_nulls: bool) -> Object:
    """A client's object in its stored version; refuses one that belongs elsewhere."""
    if not isinstance(item, dict):
        raise bad_request("the object provided is not an object")
    _check_kind(resource, item)
    _check_parts(resource, item)
    given = metadata_of(item).get("namespace")
    if given and not resource.namespaced:
        item = with_metadata(item, namespace=None)
    elif given and given != namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    item = without_nulls(item) if drop_nulls else item
    return to_stored(resource, item)


def check_versions(resource: Resource, entry: Entry, item: Object) -> None:
    """Refuse a write of another object, or one made from an older version."""
    metadata = metadata_of(item)
    subject = resource.subject(entry.key[2])
    if metadata.get("name") not in (None, "", entry.key[2]):
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL"
            f" ({entry.key[2]})"
        )
    if metadata.get("resourceVersion") not in (None, "", str(entry.version)):
        raise conflict(subject)
    if metadata.get("uid") not in (None, "", entry.uid):
        raise conflict(
            subject,
            f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object"
            f" meta: {entry.uid}",
        )


def require_version(resource: Resource, item: Object) -> None:
    """Custom objects are only replaced from a known version."""
    if resource.custom and not metadata_of(item).get("resourceVersion"):
        cause = required("metadata.resourceVersion", "must be specified for an update")
        raise invalid(resource.subject(metadata_of(item).get("name", "")), [cause])


def _check_parts(resource: Resource, item: Object) -> None:
    for part in ("metadata",) if resource.custom else ("metadata", "spec", "status"):
        if not isinstance(item.get(part), dict | None):
            raise bad_request(
                f"{resource.kind} in version {resource.version!r} cannot be handled as a"
                f" {resource.kind}: json: cannot unmarshal {type(item[part]).__name__} into Go"
                f" struct field {resource.kind}.{part}"
            )


def _check_kind(resource: Resource, item: Object) -> None:
    given = (item.get("apiVersion"), item.get("kind"))
    if given != (resource.api_version, resource.kind):
        group, _, version = str(given[0]).rpartition("/")
        raise bad_request(
            f"{resource.kind} in version {resource.version!r} cannot be handled as a"
            f" {resource.kind}: the object provided is unrecognized (must be of type"
            f" {resource.kind}): group={group} version={version} kind={given[1]}"
        )
