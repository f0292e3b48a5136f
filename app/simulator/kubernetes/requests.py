"""A request as the API sees it, and the forms in which an answer may be wanted."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson
import yaml

from app.simulator.kubernetes.access import NOBODY, User
from app.simulator.kubernetes.errors import bad_request, not_acceptable, unsupported_media_type
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.protobuf import messages

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
YAML = "application/yaml"
APPLY_TYPES = ("application/apply-patch+yaml", "application/apply-patch+json")
_AGGREGATED_DISCOVERY = "APIGroupDiscoveryList"
_META_FORMS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")
_META_VERSIONS = ("v1", "v1beta1")
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Form:
    """A representation: its media type, and what the object is transformed to (`as`)."""

    media_type: str = JSON
    transform: str = ""
    version: str = ""


@dataclass(slots=True)
class Request:
    """Method, path, query and headers; the body is read when it is needed."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    receive: Receive
    user: User = NOBODY
    impersonated_groups: tuple[str, ...] = ()
    segments: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, scope: Scope, receive: Receive) -> "Request":
        """From an ASGI scope."""
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("ascii", "replace").partition("?")[0]
        query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
        return cls(
            method=scope["method"],
            path=unquote(path),
            query={name: values[-1] for name, values in query.items()},
            headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
            receive=receive,
            impersonated_groups=tuple(
                value.decode() for name, value in scope["headers"] if name == b"impersonate-group"
            ),
            segments=[unquote(part) for part in path.split("/") if part],
        )

    @property
    def content_type(self) -> str:
        """The body's media type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()

    def flag(self, name: str) -> bool:
        """A boolean of the query."""
        return self.query.get(name, "").lower() in ("true", "1")

    async def body(self) -> bytes:
        """The whole body."""
        parts = []
        while True:
            message = await self.receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(parts)

    async def object(self) -> Object:
        """The body as an object; raises 400 or 415."""
        given = self.content_type
        if given == messages.MEDIA_TYPE:
            return _decode_message(await self.body())
        if given not in ("", JSON, YAML, "text/yaml", "application/x-yaml"):
            raise unsupported_media_type(given, [JSON, YAML])
        decoded = decode(await self.body(), is_yaml="yaml" in given)
        if not isinstance(decoded, dict):
            raise bad_request("the object provided is not an object")
        return decoded


def _decode_message(body: bytes) -> Object:
    try:
        return messages.decode_object(body)
    except (ValueError, KeyError) as error:
        told = f"{messages.MEDIA_TYPE}: {error}"
        raise unsupported_media_type(told, [JSON, YAML]) from error


def decode(body: bytes, *, is_yaml: bool) -> Any:
    """JSON, or YAML (of which JSON is the quick case)."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not is_yaml:
            raise bad_request(f"error decoding body: {error}") from error
    try:
        # Timestamps stay text: an object is JSON, however it was written.
        return orjson.loads(orjson.dumps(yaml.load(body, Loader=_TextLoader)))
    except (yaml.YAMLError, orjson.JSONEncodeError) as error:
        raise bad_request(f"error decoding YAML: {error}") from error


class _TextLoader(_YAML_LOADER):  # type: ignore[misc,valid-type]
    """Reads what YAML would take for a date as the text it is."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _YAML_LOADER.yaml_implicit_resolvers.items()
}


def wanted_form(accept: str) -> Form:
    """The first form of an Accept header that the API has; raises 406 if there is none."""
    for choice in (accept or JSON).split(","):
        media_type, *parameters = (part.strip() for part in choice.split(";"))
        form = _form(media_type.lower(), dict(p.split("=", 1) for p in parameters if "=" in p))
        if form:
            return form
    raise not_acceptable()


def _form(media_type: str, parameters: dict[str, str]) -> Form | None:
    if media_type in ("*/*", "application/*"):
        media_type = JSON
    if media_type not in (JSON, YAML):
        return None
    transform = parameters.get("as", "")
    if not transform:
        return Form(media_type)
    if transform == _AGGREGATED_DISCOVERY:
        known = parameters.get("v") in ("v2", "v2beta1")
    else:
        known = transform in _META_FORMS and parameters.get("v") in _META_VERSIONS
    return Form(media_type, transform, parameters["v"]) if known else None
