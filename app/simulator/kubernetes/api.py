"""The API's paths: an ASGI application over one cluster."""

import logging

import orjson

from app.simulator.kubernetes import discovery, openapi, reviews
from app.simulator.kubernetes.access import Attempt
from app.simulator.kubernetes.admission import Admission
from app.simulator.kubernetes.answers import Answer, error_answer, json_answer, text_answer
from app.simulator.kubernetes.authorization import Authorizer
from app.simulator.kubernetes.cluster import Cluster
from app.simulator.kubernetes.conversions import Conversions
from app.simulator.kubernetes.errors import (
    ApiError,
    UnknownPath,
    internal_error,
    method_not_allowed,
    not_acceptable,
    stopping,
    unknown_path,
)
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.protobuf import swagger
from app.simulator.kubernetes.requests import JSON, Form, Receive, Request, Scope, Send, wanted_form
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.subresources import Subresources
from app.simulator.kubernetes.writing import WriteRequests

_log = logging.getLogger(__name__)
_HEALTH = ("healthz", "livez", "readyz")
_VERBS = {"POST": "create", "HEAD": "get", "PUT": "update"}
_OPEN = (*_HEALTH, "version")


class Api:
    """The ASGI application.

    `authorizer` knows callers and what they may do; only health and version are open to all.
    """

    def __init__(
        self,
        cluster: Cluster,
        version: Object,
        authorizer: Authorizer,
        subresources: Subresources,
        admission: Admission,
        conversions: Conversions,
    ) -> None:
        self._cluster = cluster
        self._version = version
        self._authorizer = authorizer
        self._subresources = subresources
        self._writes = WriteRequests(
            cluster.objects,
            cluster.reader,
            cluster.writer,
            cluster.deleter,
            cluster.types,
            admission,
        )
        self._conversions = conversions
        self.stopping = False
        self._discovered: dict[tuple[int, str, bool], bytes] = {}
        self._documents: dict[tuple[int, str], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served")
        request = Request.read(scope, receive)
        if self.stopping:
            # A connection that was being made while the server stopped outlives it.
            await error_answer(stopping(), closes=True).send(send)
            return
        try:
            answer = await self._answer(request, send)
        except ApiError as error:
            answer = error_answer(error)
        except Exception as error:
            _log.exception("%s %s failed", request.method, request.path)
            answer = error_answer(internal_error(error))
        if answer:
            await answer.send(send)

    async def _answer(self, request: Request, send: Send) -> Answer | None:
        first, *rest = request.segments or [""]
        request.user = self._authorizer.caller(request, open_to_all=first in _OPEN)
        if first == "api":
            return await self._group(request, "", rest, send)
        if first == "apis":
            group = rest[0] if rest else None
            return await self._group(request, group, rest[1:], send)
        return self._other(request, first, rest)

    def _other(self, request: Request, first: str, rest: list[str]) -> Answer:
        self._check(request, Attempt(request.method.lower(), path=request.path))
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed()
        if first in _HEALTH:
            return text_answer("ok")
        if first == "version":
            return json_answer(self._version)
        if first == "openapi":
            return self._openapi(request, rest)
        if first == "":
            return json_answer({"paths": ["/api", "/apis", "/openapi/v3", "/version"]})
        raise UnknownPath

    def _openapi(self, request: Request, rest: list[str]) -> Answer:
        server = str(self._version["gitVersion"])
        if rest == ["v2"]:
            accept = request.headers.get("accept", JSON)
            if swagger.ACCEPTED in accept:
                encoded = swagger.encode_document(self._cluster.registry, server)
                return Answer(encoded, media_type=swagger.MEDIA_TYPE)
            if JSON not in accept and "*/*" not in accept:
                raise not_acceptable()
            return json_answer(openapi.version_two(server))
        if rest[:1] != ["v3"]:
            raise unknown_path()
        if len(rest) == 1:
            return json_answer(openapi.index(self._cluster.registry))
        group, version = ("", rest[2]) if rest[1] == "api" else (rest[2], rest[-1])
        return self._openapi_document(group, version, server)

    def _openapi_document(self, group: str, version: str, server: str) -> Answer:
        registry = self._cluster.registry
        key = (registry.revision, f"{group}/{version}")
        if key not in self._documents:
            document = openapi.document(registry, group, version, server)
            if document is None:
                raise unknown_path()
            for stale in [known for known in self._documents if known[0] != key[0]]:
                del self._documents[stale]
            self._documents[key] = orjson.dumps(document)
        return Answer(self._documents[key])

    async def _group(
        self, request: Request, group: str | None, rest: list[str], send: Send
    ) -> Answer | None:
        if len(rest) > 1:
            return await self._resource(request, group or "", rest, send)
        self._check(request, Attempt(request.method.lower(), path=request.path))
        if request.method != "GET":
            raise method_not_allowed()
        form = wanted_form(request.headers.get("accept", ""))
        registry = self._cluster.registry
        if group is None or (group == "" and not rest):
            if form.transform == "APIGroupDiscoveryList":
                return self._aggregated(form, core=group == "")
            found = discovery.core_versions() if group == "" else discovery.group_list(registry)
            return json_answer(found)
        described = (
            discovery.resource_list(registry, group, rest[0])
            if rest
            else discovery.group(registry, group)
        )
        if described is None:
            raise self._unserved(group)
        return json_answer(described)

    def _unserved(self, group: str) -> ApiError:
        return unknown_path() if group in self._cluster.registry.groups() else UnknownPath()

    def _aggregated(self, form: Form, *, core: bool) -> Answer:
        registry = self._cluster.registry
        key = (registry.revision, form.version, core)
        if key not in self._discovered:
            for stale in [known for known in self._discovered if known[0] != key[0]]:
                del self._discovered[stale]
            found = discovery.aggregated(registry, form.version, core=core)
            self._discovered[key] = orjson.dumps(found)
        media_type = f"{JSON};g=apidiscovery.k8s.io;v={form.version};as={form.transform}"
        return Answer(self._discovered[key], media_type=media_type)

    async def _resource(
        self, request: Request, group: str, rest: list[str], send: Send
    ) -> Answer | None:
        version, *path = rest
        namespace: str | None = None
        if path[0] == "namespaces" and len(path) > 2 and not _of_namespace(path, group):
            namespace, path = path[1], path[2:]
        self._check(request, _attempt(request, group, version, namespace, path))
        resource = self._cluster.registry.find(group, version, path[0])
        if resource is None or resource.namespaced < (namespace is not None):
            raise self._unserved(group)
        name = path[1] if len(path) > 1 else ""
        await self._conversions.pass_through(resource, namespace, name, request)
        if len(path) == 1:
            return await self._collection(request, resource, namespace, send)
        if resource.namespaced and namespace is None:
            raise unknown_path()
        name, subresource = path[1], "/".join(path[2:])
        if subresource and subresource not in resource.subresources:
            raise unknown_path()
        return await self._item(request, resource, namespace or "", name, subresource, send)

    async def _collection(
        self, request: Request, resource: Resource, namespace: str | None, send: Send
    ) -> Answer | None:
        if request.method == "POST":
            if "get" not in resource.verbs:
                return await self._review(request, resource)
            if resource.namespaced and namespace is None:
                raise method_not_allowed()
            return await self._writes.create(resource, namespace or "", request)
        if "get" not in resource.verbs:
            raise method_not_allowed()
        if request.method == "GET" and request.flag("watch"):
            await self._cluster.reader.watch(resource, namespace, request, send)
            return None
        if request.method == "GET":
            return self._cluster.reader.list(resource, namespace, request)
        if request.method == "DELETE":
            return await self._writes.delete_collection(resource, namespace, request)
        raise method_not_allowed()

    async def _item(
        self,
        request: Request,
        resource: Resource,
        namespace: str,
        name: str,
        subresource: str,
        send: Send,
    ) -> Answer | None:
        special = await self._special(request, resource, namespace, name, subresource)
        if special:
            return special
        if request.method == "GET" and request.flag("watch"):
            request.query["fieldSelector"] = f"metadata.name={name}"
            await self._cluster.reader.watch(resource, namespace or None, request, send)
            return None
        if request.method == "GET":
            return self._cluster.reader.get(resource, namespace, name, request)
        if request.method == "PUT":
            return await self._writes.update(resource, namespace, name, subresource, request)
        if request.method == "PATCH":
            return await self._writes.patch(resource, namespace, name, subresource, request)
        if request.method == "DELETE" and not subresource:
            return await self._writes.delete(resource, namespace, name, request)
        raise method_not_allowed()

    async def _special(
        self, request: Request, resource: Resource, namespace: str, name: str, subresource: str
    ) -> Answer | None:
        if subresource == "scale":
            return await self._subresources.scale(resource, namespace, name, request)
        if subresource == "log" and request.method == "GET":
            return self._subresources.log(resource, namespace, name)
        created = {
            "eviction": self._subresources.evict,
            "binding": self._subresources.bind,
            "token": self._subresources.token,
        }.get(subresource)
        if created and request.method == "POST":
            return await created(resource, namespace, name, request)
        return None

    def _check(self, request: Request, attempt: Attempt) -> None:
        self._authorizer.check(request.user, attempt)

    async def _review(self, request: Request, resource: Resource) -> Answer:
        body = await request.object()
        review = reviews.review(resource.kind, body, request.user, self._authorizer)
        return json_answer(review, 201)


def _of_namespace(path: list[str], group: str) -> bool:
    """Whether `namespaces/x/status` names the namespace's own subresource."""
    return group == "" and len(path) == 3 and path[2] in ("status", "finalize")


def _attempt(
    request: Request, group: str, version: str, namespace: str | None, path: list[str]
) -> Attempt:
    """What a request to a resource is about to do."""
    name = path[1] if len(path) > 1 else ""
    verb = _VERBS.get(request.method, request.method.lower())
    if verb == "get":
        verb = "watch" if request.flag("watch") else ("get" if name else "list")
    if verb == "delete" and not name:
        verb = "deletecollection"
    if namespace is None and not group and path[0] == "namespaces":
        namespace = name
    return Attempt(verb, group, version, path[0], "/".join(path[2:]), namespace or "", name)
