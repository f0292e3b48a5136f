"""OpenAPI v2 as protocol buffers: kubectl 1.27 and 1.28 read no other form of it.

They look up one thing: whether PATCH of a kind takes `fieldValidation`, so that validation is
left to the server. The numbers are the fields of `openapi.v2.Document`.
"""

from app.simulator.kubernetes.protobuf.wire import encode_field
from app.simulator.kubernetes.resources import Registry, Resource

ACCEPTED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
# What is asked for is no valid media type, so that the answer spells it with a dot.
MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")


def encode_document(registry: Registry, server: str) -> bytes:
    """The document: title, version, and a path for each kind in each version."""
    info = encode_field(1, "Kubernetes") + encode_field(2, server)
    paths = b"".join(encode_field(2, _path(resource)) for resource in registry.all())
    return encode_field(1, "2.0") + encode_field(2, info) + encode_field(8, paths)


def _path(resource: Resource) -> bytes:
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.api_version}"
    space = "/namespaces/{namespace}" if resource.namespaced else ""
    item = encode_field(8, _patch(resource))
    return encode_field(1, f"{root}{space}/{resource.plural}/{{name}}") + encode_field(2, item)


def _patch(resource: Resource) -> bytes:
    parameters = b"".join(encode_field(8, _parameter(name)) for name in _PARAMETERS)
    kind = f"group: {resource.group!r}\nkind: {resource.kind}\nversion: {resource.version}\n"
    named = encode_field(1, "x-kubernetes-group-version-kind") + encode_field(
        2, encode_field(2, kind)
    )
    return parameters + encode_field(13, named)


def _parameter(name: str) -> bytes:
    type_ = "boolean" if name == "force" else "string"
    query = encode_field(2, "query") + encode_field(4, name) + encode_field(6, type_)
    return encode_field(1, encode_field(2, encode_field(3, query)))
