"""Admission by webhooks: which are asked about a write, and what becomes of it.

As the API server's own: mutating ones before validating ones, in order of their configurations'
names; no ready endpoint, an unknown authority or no answer in time is an error unless the webhook
says `Ignore`. Of `matchConditions` (CEL) those that are not supported are taken to hold, and who
writes them is warned. What answers allows or denies; it changes nothing.
"""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from app.simulator.clock import Clock
from app.simulator.kubernetes.access import User
from app.simulator.kubernetes.cel import Failed, Unsupported, compiled
from app.simulator.kubernetes.errors import ApiError, internal_error
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.resources import Registry, Resource
from app.simulator.kubernetes.storage import Change, Storage
from app.simulator.kubernetes.webhook_services import host_of, obstacle, url_of
from app.simulator.label_selectors import selects
from app.simulator.webhooks import WebhookServers

ADMISSION_GROUP = "admissionregistration.k8s.io"
_POLICIES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
_STORAGES = (
    f"{ADMISSION_GROUP}/mutatingwebhookconfigurations",
    f"{ADMISSION_GROUP}/validatingwebhookconfigurations",
)


@dataclass(frozen=True, slots=True)
class Write:
    """What is about to be written, and by whom; `old` for an update or a deletion."""

    resource: Resource
    operation: str
    namespace: str
    new: Object | None
    old: Object | None
    user: User
    subresource: str = ""


class Admission:
    """Asks the webhooks of one cluster."""

    def __init__(
        self, objects: Storage, registry: Registry, webhooks: WebhookServers, clock: Clock
    ) -> None:
        self._objects = objects
        self._registry = registry
        self._webhooks = webhooks
        self._clock = clock
        self._known: list[Object] | None = None
        self._concerned: dict[tuple[str, ...], list[Object]] = {}
        self._revision = registry.revision
        objects.listen(self._forget)

    def concerned(self, resource: Resource, operation: str, subresource: str = "") -> list[Object]:
        """The webhooks whose rules name such a write, whatever is written."""
        if resource.group == ADMISSION_GROUP or not self._all():
            return []
        if self._revision != self._registry.revision:
            self._concerned.clear()
            self._revision = self._registry.revision
        key = (resource.group, resource.version, resource.plural, operation, subresource)
        if key not in self._concerned:
            self._concerned[key] = [
                webhook
                for webhook in self._all()
                if any(
                    self._names(webhook, rule, resource, operation, subresource)
                    for rule in webhook.get("rules") or []
                )
            ]
        return self._concerned[key]

    async def review(self, webhooks: list[Object], write: Write) -> None:
        """Ask those whose selectors admit the object; raises the first refusal."""
        for webhook in webhooks:
            if not self._selects(webhook, write):
                continue
            try:
                if _conditions_hold(webhook, write):
                    await self._ask(webhook, write)
            except ApiError as error:
                if error.code != 500 or webhook.get("failurePolicy") != "Ignore":
                    raise

    def _all(self) -> list[Object]:
        if self._known is None:
            self._known = [
                webhook
                for storage in _STORAGES
                for entry in self._objects.items(storage)
                for webhook in entry.content.get("webhooks") or []
            ]
        return self._known

    def _forget(self, change: Change) -> None:
        if change.entry.key[0] in _STORAGES:
            self._known = None
            self._concerned.clear()

    def _names(
        self,
        webhook: Object,
        rule: Object,
        resource: Resource,
        operation: str,
        subresource: str,
    ) -> bool:
        scope = "Namespaced" if resource.namespaced else "Cluster"
        return (
            _has(rule["operations"], operation)
            and rule.get("scope", "*") in ("*", scope)
            and _has(rule["apiGroups"], resource.group)
            and any(_has(rule["apiVersions"], each) for each in self._versions(webhook, resource))
            and any(
                pattern in rule["resources"] for pattern in _patterns(resource.plural, subresource)
            )
        )

    def _versions(self, webhook: Object, resource: Resource) -> list[str]:
        if webhook.get("matchPolicy") == "Exact":
            return [resource.version]
        same = (each for each in self._registry.all() if each.storage == resource.storage)
        return [each.version for each in same]

    def _selects(self, webhook: Object, write: Write) -> bool:
        selector = webhook.get("namespaceSelector") or {}
        subject = next((item for item in (write.new, write.old) if item), {})
        if write.resource.storage == "/namespaces":
            admitted = selects(selector, _labels(subject))
        elif write.namespace:
            namespace = self._objects.get("/namespaces", "", write.namespace)
            admitted = selects(selector, _labels(namespace.content if namespace else {}))
        else:
            admitted = True
        wanted = webhook.get("objectSelector") or {}
        return admitted and any(
            selects(wanted, _labels(item)) for item in (write.new, write.old) if item is not None
        )

    async def _ask(self, webhook: Object, write: Write) -> None:
        settings = webhook["clientConfig"]
        service = settings.get("service")
        if service is None:
            return
        seconds = webhook.get("timeoutSeconds", 10)
        url, why = url_of(service, seconds), obstacle(self._objects, settings)
        if why:
            raise _failed(webhook, url, why)
        try:
            answering = self._webhooks.answer(host_of(service), _review_of(write))
            answer = await asyncio.wait_for(answering, self._clock.real(seconds))
        except TimeoutError:
            raise _failed(webhook, url, "context deadline exceeded") from None
        if not answer["response"]["allowed"]:
            why = (answer["response"].get("status") or {}).get("message", "denied the request")
            told = f'admission webhook "{webhook["name"]}" denied the request: {why}'
            raise ApiError(403, "Forbidden", told)


def _has(listed: list[str], wanted: str) -> bool:
    return "*" in listed or wanted in listed


def _patterns(plural: str, subresource: str) -> Iterator[str]:
    if not subresource:
        return iter(("*", "*/*", plural))
    return iter("/".join(pair) for pair in product((plural, "*"), (subresource, "*")))


def _labels(item: Object) -> dict[str, str]:
    return metadata_of(item).get("labels") or {}


def warnings_of(configuration: Object) -> list[str]:
    """What a configuration asks for that is not done here."""
    if configuration.get("kind") in _POLICIES:
        return [f"{configuration['kind']} is kept and not enforced in a simulated cluster"]
    return [
        told
        for webhook in configuration.get("webhooks") or []
        for condition in webhook.get("matchConditions") or []
        if (told := _unsupported(webhook, condition))
    ]


def _unsupported(webhook: Object, condition: Object) -> str:
    try:
        compiled(condition["expression"])
    except Unsupported as error:
        what = f'webhook "{webhook["name"]}": match condition "{condition["name"]}"'
        return f"{what} is taken to hold: {error} is not supported in a simulated cluster"
    return ""


def _conditions_hold(webhook: Object, write: Write) -> bool:
    """Whether all match conditions hold; raises 500 if one has no value and none is false."""
    conditions = webhook.get("matchConditions")
    if not conditions:
        return True
    scope = {"request": _request_of(write), "object": write.new, "oldObject": write.old}
    failure: Failed | None = None
    for condition in conditions:
        try:
            if not compiled(condition["expression"])(scope):
                return False
        except Unsupported:
            continue
        except Failed as error:
            failure = error
    if failure is not None:
        raise internal_error(failure)
    return True


def _review_of(write: Write) -> Object:
    request = {**_request_of(write), "object": write.new, "oldObject": write.old}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def _request_of(write: Write) -> Object:
    resource = write.resource
    subject = metadata_of(write.new or write.old or {})
    place = {"group": resource.group, "version": resource.version}
    return {
        "uid": str(uuid.uuid4()),
        "kind": {**place, "kind": resource.kind},
        "resource": {**place, "resource": resource.plural},
        "subResource": write.subresource,
        "name": subject.get("name", ""),
        "namespace": write.namespace,
        "operation": write.operation,
        "userInfo": {"username": write.user.name, "groups": list(write.user.groups)},
    }


def _failed(webhook: Object, url: str, why: str) -> ApiError:
    told = (
        f'failed calling webhook "{webhook["name"]}": failed to call webhook: Post "{url}": {why}'
    )
    return internal_error(RuntimeError(told))
