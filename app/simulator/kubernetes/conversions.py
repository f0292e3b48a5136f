"""Conversion webhooks of custom kinds: in a version that is not stored nothing is read without.

Answers are not looked at: what serves webhooks here converts an object by naming the version.
"""

import asyncio

from app.simulator.clock import Clock
from app.simulator.kubernetes.errors import ApiError
from app.simulator.kubernetes.requests import Request
from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.storage import Storage
from app.simulator.kubernetes.webhook_services import host_of, obstacle, url_of
from app.simulator.webhooks import WebhookServers

_SECONDS = 30


class Conversions:
    """Asks the conversion webhooks of one cluster."""

    def __init__(self, objects: Storage, webhooks: WebhookServers, clock: Clock) -> None:
        self._objects = objects
        self._webhooks = webhooks
        self._clock = clock

    async def pass_through(
        self, resource: Resource, namespace: str | None, name: str, request: Request
    ) -> None:
        """Return once what a request needs converted is; raises 500 where it cannot be."""
        settings = resource.converter
        if settings is None or resource.version == resource.storage_version:
            return
        is_written = request.method in ("POST", "PUT", "PATCH")
        if is_written or self._has_objects(resource, namespace, name):
            await self._convert(resource, settings, is_written=is_written)

    def _has_objects(self, resource: Resource, namespace: str | None, name: str) -> bool:
        if name:
            return self._objects.get(resource.storage, namespace or "", name) is not None
        return bool(self._objects.items(resource.storage, namespace))

    async def _convert(
        self, resource: Resource, settings: dict[str, object], *, is_written: bool
    ) -> None:
        service = settings.get("service")
        if not isinstance(service, dict):
            return
        why = obstacle(self._objects, settings)
        if not why and host_of(service) in self._webhooks.silent:
            await asyncio.sleep(self._clock.real(_SECONDS))
            why = "context deadline exceeded"
        if why:
            version = resource.version if is_written else resource.storage_version
            kind = f"{resource.group}/{version}, Kind={resource.kind}"
            told = f'Post "{url_of(service, _SECONDS)}": {why}'
            raise ApiError(500, "", f"conversion webhook for {kind} failed: {told}")
