"""Subresources that are more than a part of their object: scale, log, eviction, binding, token."""

from datetime import UTC, datetime, timedelta

import jwt

from app.simulator.kubernetes.answers import Answer, json_answer, success_status, text_answer
from app.simulator.kubernetes.deletion import DeleteOptions, Deleter
from app.simulator.kubernetes.errors import Subject, bad_request, conflict, unknown_path
from app.simulator.kubernetes.objects import Object, metadata_of, timestamp, value_at, with_value
from app.simulator.kubernetes.patches import json_patch, merge_patch
from app.simulator.kubernetes.reading import Reader
from app.simulator.kubernetes.requests import Request, decode
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Entry
from app.simulator.kubernetes.writer import Writer
from app.simulator.kubernetes.writing import write_options

_TOKEN_SECONDS = 3600


class Subresources:
    """Answers requests to subresources."""

    def __init__(self, reader: Reader, writer: Writer, deleter: Deleter, token_key: str) -> None:
        self._reader = reader
        self._writer = writer
        self._deleter = deleter
        self._token_key = token_key

    async def scale(
        self, resource: Resource, namespace: str, name: str, request: Request
    ) -> Answer:
        """GET, PUT and PATCH of the number of replicas."""
        paths = resource.scale
        if paths is None:
            raise unknown_path()
        body = await request.body() if request.method != "GET" else b""
        entry = self._reader.find(resource, namespace, name)
        if body:
            change = decode(body, is_yaml="yaml" in request.content_type)
            wanted = _changed_scale(_scale(resource, entry), change, request)
            replicas = value_at(wanted, "spec.replicas") or 0
            path = paths.spec.split(".")
            entry = self._writer.update(
                resource,
                entry,
                lambda item: with_value(item, path, replicas),
                write_options(request),
            ).entry
        return json_answer(_scale(resource, entry))

    def log(self, resource: Resource, namespace: str, name: str) -> Answer:
        """GET of a Pod's log: the simulator's Pods write one line as they start."""
        pod = self._reader.find(resource, namespace, name).content
        started = value_at(pod, "status.startTime")
        return text_answer(f"{started} started\n" if started else "")

    async def evict(
        self, resource: Resource, namespace: str, name: str, request: Request
    ) -> Answer:
        """POST of an Eviction."""
        body = await request.object()
        entry = self._reader.find(resource, namespace, name)
        asked = body.get("deleteOptions") or {}
        options = DeleteOptions(
            grace_seconds=asked.get("gracePeriodSeconds"), dry_run=bool(asked.get("dryRun"))
        )
        self._deleter.delete(resource, entry, options)
        return json_answer(success_status({}), 201)

    async def bind(self, resource: Resource, namespace: str, name: str, request: Request) -> Answer:
        """POST of a Binding: the Pod goes to a node."""
        body = await request.object()
        if metadata_of(body).get("name") != name:
            raise bad_request("name in URL does not match name in Binding object")
        node = value_at(body, "target.name")
        entry = self._reader.find(resource, namespace, name)
        assigned = value_at(entry.content, "spec.nodeName")
        if assigned:
            told = f'pod {name} is already assigned to node "{assigned}"'
            raise conflict(Subject("", "pods/binding", "Binding", name), told)
        options = write_options(request)
        written = self._writer.update(
            resource, entry, lambda pod: with_value(pod, ["spec", "nodeName"], node), options
        )
        options.subresource = "status"
        self._writer.update(resource, written.entry, _scheduled, options)
        return json_answer(success_status({}), 201)

    async def token(
        self, resource: Resource, namespace: str, name: str, request: Request
    ) -> Answer:
        """POST of a TokenRequest for a ServiceAccount."""
        body = await request.object()
        self._reader.find(resource, namespace, name)
        seconds = value_at(body, "spec.expirationSeconds") or _TOKEN_SECONDS
        end = datetime.now(UTC) + timedelta(seconds=seconds)
        subject = f"system:serviceaccount:{namespace}:{name}"
        token = jwt.encode({"sub": subject, "exp": end}, self._token_key, algorithm="HS256")
        status = {"token": token, "expirationTimestamp": timestamp(end)}
        return json_answer({**body, "status": status}, 201)

    def subject_of(self, token: str) -> str | None:
        """Whom a token of `token` stands for, while it is valid."""
        try:
            claims = jwt.decode(token, self._token_key, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return None
        return str(claims["sub"])


def _scheduled(pod: Object) -> Object:
    condition = {"type": "PodScheduled", "status": "True", "lastTransitionTime": timestamp()}
    others = [
        item
        for item in value_at(pod, "status.conditions") or ()
        if item.get("type") != "PodScheduled"
    ]
    return with_value(pod, ["status", "conditions"], [*others, condition])


def _scale(resource: Resource, entry: Entry) -> Object:
    item, paths = entry.content, resource.scale
    assert paths is not None
    known = metadata_of(item)
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Object = {"replicas": value_at(item, paths.status) or 0}
    selector = value_at(item, paths.selector) if paths.selector else _label_selector(item)
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: known[name] for name in kept if name in known},
        "spec": {"replicas": value_at(item, paths.spec) or 0},
        "status": status,
    }


def _label_selector(item: Object) -> str:
    selector = value_at(item, "spec.selector") or {}
    labels = selector.get("matchLabels", selector)
    return ",".join(f"{k}={v}" for k, v in labels.items() if isinstance(v, str))


def _changed_scale(scale: Object, body: object, request: Request) -> Object:
    if request.method == "PUT":
        return body if isinstance(body, dict) else {}
    if request.content_type == "application/json-patch+json":
        return json_patch(scale, body)
    merged: Object = merge_patch(scale, body)
    return merged
