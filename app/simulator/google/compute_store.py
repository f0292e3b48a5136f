"""Compute Engine's plain resources: routers, disks, and the parts of load balancers.

A resource is known by its path below the project, such as `global/urlMaps/NAME`. Its `body` is
what was asked for; what one resource's body links to is in use by it.
"""

from collections.abc import Iterator
from typing import Any

from app.simulator.google.cloud import Cloud, deployment_of, numeric_id, stamp
from app.simulator.google.compute_links import link
from app.simulator.google.errors import ApiError, Json, not_found

_COLLECTION = "compute_resources"


def put(cloud: Cloud, project: str, path: str, body: Json) -> Json:
    """Make a resource, or give the present one this body; the document."""
    present = lookup(cloud, project, path)
    document = present or {
        "project": project,
        "path": path,
        "id": numeric_id(),
        "created": stamp(cloud.now()),
        "gone_at": None,
    }
    if present is None or present["body"] != body:
        document = {**document, "body": body}
        cloud.state.put(_COLLECTION, f"{project}/{path}", document)
    return document


def lookup(cloud: Cloud, project: str, path: str) -> Json | None:
    """The document of a resource that exists at present."""
    document = cloud.state.get(_COLLECTION, f"{project}/{path}")
    return None if document is None or cloud.passed(document["gone_at"]) else document


def find(cloud: Cloud, project: str, path: str) -> Json:
    """The document of a resource, named or numbered; NOT_FOUND if there is none."""
    document = lookup(cloud, project, path) or _by_number(cloud, project, path)
    if document is None:
        raise not_found(f"The resource 'projects/{project}/{path}' was not found")
    return document


def of(cloud: Cloud, project: str, kind: str) -> list[Json]:
    """The documents of all of a project's resources of a kind, such as `urlMaps`, in any scope."""
    documents = (doc for _, doc in cloud.state.items(_COLLECTION, f"{project}/"))
    return [doc for doc in documents if kind_of(doc) == kind and not cloud.passed(doc["gone_at"])]


def every(cloud: Cloud) -> list[Json]:
    """The documents of everything that exists at present, in all projects."""
    documents = (doc for _, doc in cloud.state.items(_COLLECTION))
    return [doc for doc in documents if not cloud.passed(doc["gone_at"])]


def release(cloud: Cloud, document: Json) -> Json:
    """Begin to delete a resource that nothing uses; INVALID_ARGUMENT otherwise."""
    project, path = document["project"], document["path"]
    user = next(users(cloud, project, path), None)
    if user:
        noun = _noun(kind_of(document))
        raise ApiError(
            "INVALID_ARGUMENT",
            f"The {noun} resource 'projects/{project}/{path}' is already being used by "
            f"'projects/{project}/{user}'",
            compute_reason="resourceInUseByAnotherResource",
        )
    name = name_of(document)
    what = f"compute.delete_{kind_of(document)}/{name}"
    gone_at = cloud.wait(what, project, cloud.timings.compute_resource, deployment_of(name))
    document = {**document, "gone_at": gone_at}
    cloud.state.put(_COLLECTION, f"{project}/{path}", document)
    return document


def forget(cloud: Cloud, project: str, path: str) -> None:
    """Remove a resource at once, as its own controller does."""
    cloud.state.delete(_COLLECTION, f"{project}/{path}")


def mark(cloud: Cloud, project: str, path: str, **marks: Any) -> None:
    """Note what is no part of the body: `healthy` of a backend service, `endpoints` of a group."""
    document = lookup(cloud, project, path)
    if document is not None and {**document, **marks} != document:
        cloud.state.put(_COLLECTION, f"{project}/{path}", {**document, **marks})


def endpoints(cloud: Cloud, project: str, path: str) -> list[Json]:
    """What is in a network endpoint group: ip, port, node."""
    document = lookup(cloud, project, path)
    return [] if document is None else list(document.get("endpoints", []))


def users(cloud: Cloud, project: str, path: str) -> Iterator[str]:
    """The paths of those resources whose body links to `path`."""
    ending = f"projects/{project}/{path}"
    for _, document in cloud.state.items(_COLLECTION, f"{project}/"):
        if not cloud.passed(document["gone_at"]) and _mentions(document["body"], ending):
            yield str(document["path"])


def shown(document: Json, kind: str) -> Json:
    """The resource as the API gives it; `kind` as in `compute#urlMap`."""
    project, path = document["project"], document["path"]
    scope, _, place = path.partition("/")
    body = {
        **document["body"],
        "kind": kind,
        "id": document["id"],
        "name": name_of(document),
        "creationTimestamp": document["created"],
        "selfLink": link(project, path),
    }
    if scope != "global":
        body[scope.removesuffix("s")] = link(project, f"{scope}/{place.partition('/')[0]}")
    return body


def name_of(document: Json) -> str:
    """The last part of the path."""
    return str(document["path"]).rpartition("/")[2]


def kind_of(document: Json) -> str:
    """The last but one part of the path, such as `urlMaps`."""
    return str(document["path"]).split("/")[-2]


def scope_of(document: Json) -> str:
    """`global`, `zones/Z` or `regions/R`."""
    return "/".join(str(document["path"]).split("/")[:-2])


def _by_number(cloud: Cloud, project: str, path: str) -> Json | None:
    start, _, number = path.rpartition("/")
    if not number.isdigit():
        return None
    documents = (doc for _, doc in cloud.state.items(_COLLECTION, f"{project}/{start}/"))
    live = (doc for doc in documents if not cloud.passed(doc["gone_at"]))
    return next((doc for doc in live if doc["id"] == number), None)


def _mentions(value: Any, ending: str) -> bool:
    if isinstance(value, str):
        return value.endswith(ending)
    if isinstance(value, dict):
        return any(_mentions(each, ending) for each in value.values())
    return isinstance(value, list) and any(_mentions(each, ending) for each in value)


def _noun(kind: str) -> str:
    single = kind.removesuffix("ies") + "y" if kind.endswith("ies") else kind.removesuffix("s")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in single)
