"""Kubernetes Events, written behind the controllers' backs one after the other."""

import asyncio
import logging
import secrets
from dataclasses import dataclass, field

import aiohttp

from app.simulator.clock import Clock
from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.kinds import EVENT
from app.simulator.controllers.objects import Key, Object, stamp, uid

_LOG = logging.getLogger(__name__)


@dataclass
class EventRecorder:
    """Queues events; the same warning about an object is told again only when it changes."""

    client: KubernetesClient
    clock: Clock
    _queue: asyncio.Queue[Object] = field(default_factory=asyncio.Queue)
    _told: dict[Key, str] = field(default_factory=dict)

    def normal(self, obj: Object, reason: str, message: str, component: str) -> None:
        """Something went as it should."""
        self._queue.put_nowait(self._event(obj, "Normal", reason, message, component))

    def warning(self, obj: Object, reason: str, message: str, component: str) -> None:
        """Something is wrong; repeated only after something else was said with that reason."""
        if self._told.get((uid(obj), reason)) == message:
            return
        self._told[(uid(obj), reason)] = message
        self._queue.put_nowait(self._event(obj, "Warning", reason, message, component))

    async def run(self) -> None:
        """Write what is queued until cancelled; an event that is refused is lost, as in life."""
        while True:
            event = await self._queue.get()
            try:
                await self.client.create(EVENT, event, event["source"]["component"])
            except (ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
                _LOG.debug("event %s is lost: %s", event["reason"], error)

    def _event(self, obj: Object, type_: str, reason: str, message: str, component: str) -> Object:
        metadata, now = obj["metadata"], stamp(self.clock.now())
        namespace = metadata.get("namespace") or "default"
        name = f"{metadata['name']}.{secrets.token_hex(8)}"
        return {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": _reference(obj),
            "type": type_,
            "reason": reason,
            "message": message,
            "source": {"component": component},
            "reportingComponent": component,
            "reportingInstance": "",
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }


def _reference(obj: Object) -> Object:
    metadata = obj["metadata"]
    reference = {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "resourceVersion": metadata.get("resourceVersion", ""),
    }
    if metadata.get("namespace"):
        reference["namespace"] = metadata["namespace"]
    return reference
