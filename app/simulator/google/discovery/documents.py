"""Google's discovery documents, as google-api-python-client ships them.

A document of 5 MB is read once, when its API is first called, and kept in pieces that are unpacked
when they are first asked for.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]
_PLACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its id, such as `container.projects.locations.clusters.create`.

    `parameters` are those of path and query; `request` names the schema of the body, or is empty.
    """

    id: str
    verb: str
    path: str
    parameters: dict[str, Json]
    request: str
    response: str


class Document:
    """One document, such as `container.v1`."""

    def __init__(self, name: str) -> None:
        content = orjson.loads((_folder() / f"{name}.json").read_bytes())
        self.name = name
        self.standard: dict[str, Json] = content["parameters"]
        self._schemas = {key: orjson.dumps(value) for key, value in content["schemas"].items()}
        self._methods: dict[tuple[str, str], bytes] = {}
        self._keep_methods(content)

    def schema(self, name: str) -> Json:
        """The schema called `name`."""
        found: Json = orjson.loads(self._schemas[name])
        return found

    def method_of(self, verb: str, path: str) -> Method | None:
        """The method for a path whose variable parts are in braces, such as `v1/projects/{p}`."""
        content = self._methods.get((verb, _PLACE.sub("{}", path)))
        if content is not None:
            return _method(orjson.loads(content))
        return self.method_at(verb, _PLACE.sub("x1", path))

    def method_at(self, verb: str, path: str) -> Method | None:
        """The method for the path of a request, or None."""
        for (other, _), content in self._methods.items():
            if other == verb:
                method = _method(orjson.loads(content))
                if re.fullmatch(_pattern(method), path):
                    return method
        return None

    def _keep_methods(self, resource: Json) -> None:
        for method in resource.get("methods", {}).values():
            path = _PLACE.sub("{}", method.get("flatPath", method["path"]))
            self._methods.setdefault((method["httpMethod"], path), orjson.dumps(method))
        for below in resource.get("resources", {}).values():
            self._keep_methods(below)


@cache
def document(name: str) -> Document:
    """The document called `name`; raises FileNotFoundError if there is none."""
    return Document(name)


def _folder() -> Path:
    found = find_spec("googleapiclient")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "discovery_cache" / "documents"


def _method(content: Json) -> Method:
    return Method(
        id=content["id"],
        verb=content["httpMethod"],
        path=content["path"],
        parameters=content.get("parameters", {}),
        request=content.get("request", {}).get("$ref", ""),
        response=content.get("response", {}).get("$ref", ""),
    )


def _pattern(method: Method) -> str:
    """A regular expression for the method's paths, by the patterns of its parameters."""
    parts = re.split(r"(\{\+?\w+\})", method.path)
    return "".join(_part(method, part) for part in parts)


def _part(method: Method, part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{+}")
    own = (
        str(method.parameters.get(name, {}).get("pattern", "")).removeprefix("^").removesuffix("$")
    )
    return f"(?:{own})" if part.startswith("{+") and own else "[^/:]+"
