"""Waiting until the webhooks that the API server will ask about some objects can answer."""

import asyncio
from collections.abc import Iterable, Mapping

from app.errors import Permanent
from app.kube.client import Json, KubeClient
from app.kube.follow import follow
from app.kube.resources import Resources

Service = tuple[str, str]  # namespace, name
_CONFIGURATIONS = {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}
_OF_SERVICE = "kubernetes.io/service-name"
_PATH = "/apis/discovery.k8s.io/v1/endpointslices"


class Webhooks:
    """The webhooks that an installation brings, and what each is asked about."""

    def __init__(self, objects: Iterable[Json]) -> None:
        self._rules: list[tuple[Json, Service]] = []
        for item in objects:
            if item["kind"] in _CONFIGURATIONS:
                self._rules += _rules(item)

    def services_for(self, items: Iterable[Json], resources: Resources) -> frozenset[Service]:
        """The Services behind the webhooks that must agree to `items`."""
        kinds = {(item["apiVersion"], item["kind"]) for item in items}
        asked = [
            (api_version.rpartition("/")[0], resource.plural)
            for api_version, kind in kinds
            if (resource := resources.of(api_version, kind)) is not None
        ]
        return frozenset(
            service
            for rule, service in self._rules
            if any(_is_about(rule, group, plural) for group, plural in asked)
        )


async def answered(client: KubeClient, services: Iterable[Service], limit: float) -> None:
    """Return when each Service has a ready endpoint; raises `Permanent` after `limit` seconds."""
    missing = set(services)
    if not missing:
        return
    try:
        async with asyncio.timeout(limit):
            async for event in follow(client, _PATH):
                item = event["object"]
                metadata = item["metadata"]
                if _has_ready(item):
                    name = (metadata.get("labels") or {}).get(_OF_SERVICE, "")
                    missing.discard((metadata["namespace"], name))
                if not missing:
                    return
    except TimeoutError as late:
        named = ", ".join("/".join(service) for service in sorted(missing))
        raise Permanent(
            f"No Pod is ready behind the Service of a webhook that is needed now: {named}"
        ) from late


def _rules(configuration: Json) -> list[tuple[Json, Service]]:
    """Rules of the webhooks that must be there; one that may be absent is not waited for."""
    return [
        (rule, (service["namespace"], service["name"]))
        for webhook in configuration.get("webhooks") or []
        if webhook.get("failurePolicy", "Fail") == "Fail"
        if (service := webhook["clientConfig"].get("service"))
        for rule in webhook.get("rules") or []
    ]


def _is_about(rule: Mapping[str, list[str]], group: str, plural: str) -> bool:
    groups, plurals = rule.get("apiGroups") or [], rule.get("resources") or []
    return bool({group, "*"} & {*groups} and {plural, "*", "*/*"} & {*plurals})


def _has_ready(item: Json) -> bool:
    endpoints: list[Json] = item.get("endpoints") or []
    return any((each.get("conditions") or {}).get("ready", True) for each in endpoints)
