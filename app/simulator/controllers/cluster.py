"""One cluster as its controllers see it: copies of its objects, and writes."""

import asyncio
from dataclasses import dataclass, field

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.informer import Informer
from app.simulator.controllers.kinds import DEFINITION, Kind
from app.simulator.controllers.objects import Key, Object


@dataclass
class Cluster:
    """Informers, made when first asked for, and writes that they learn of at once."""

    client: KubernetesClient
    _informers: dict[Kind, Informer] = field(default_factory=dict)

    def informer(self, kind: Kind) -> Informer:
        """The shared copy of a kind; only to be asked for before `run`."""
        if kind not in self._informers:
            definitions = self.informer(DEFINITION) if kind.custom else None
            self._informers[kind] = Informer(self.client, kind, definitions)
        return self._informers[kind]

    def get(self, kind: Kind, key: Key) -> Object | None:
        """The object as last seen."""
        return self.informer(kind).get(key)

    async def create(self, kind: Kind, obj: Object, manager: str) -> Object | None:
        """Create an object; None if there already is one of that name."""
        try:
            made = await self.client.create(kind, obj, manager)
        except ApiError as error:
            if error.status == 409 and error.reason == "AlreadyExists":
                return None
            raise
        self._record(kind, made)
        return made

    async def merge(
        self, kind: Kind, obj: Object, patch: Object, manager: str, subresource: str = ""
    ) -> Object:
        """Apply a JSON merge patch."""
        made = await self.client.merge(kind, obj, patch, manager, subresource)
        self._record(kind, made)
        return made

    async def set_status(self, kind: Kind, obj: Object, status: Object, manager: str) -> None:
        """Write the fields of the status that differ from what is there."""
        before = obj.get("status") or {}
        patch = {name: value for name, value in status.items() if before.get(name) != value}
        if patch:
            await self.merge(kind, obj, {"status": patch}, manager, "status")

    async def delete(self, kind: Kind, obj: Object, grace: int | None = None) -> None:
        """Delete this object unless it is gone or was replaced by another."""
        try:
            await self.client.delete(kind, obj, grace)
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    async def run(self) -> None:
        """Follow every kind that was asked for."""
        async with asyncio.TaskGroup() as group:
            for informer in list(self._informers.values()):
                group.create_task(informer.run())

    def _record(self, kind: Kind, made: Object) -> None:
        informer = self._informers.get(kind)
        if informer is None or not made.get("metadata", {}).get("resourceVersion"):
            return
        informer.record(made | {"apiVersion": kind.api_version, "kind": kind.name})
