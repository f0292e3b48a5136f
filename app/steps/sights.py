"""The objects in the cluster that the endpoint's links are read from, as they are now."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.domain.names import CERTIFICATE, INGRESS, INGRESS_NAMESPACE
from app.kube.client import Json, KubeClient
from app.kube.errors import KubeRefused
from app.kube.follow import follow

INGRESSES = f"/apis/networking.k8s.io/v1/namespaces/{INGRESS_NAMESPACE}/ingresses"
CERTIFICATES = f"/apis/networking.gke.io/v1/namespaces/{INGRESS_NAMESPACE}/managedcertificates"
DASHBOARDS = "/apis/apps/v1/namespaces/kubeflow/deployments"
DASHBOARD = "centraldashboard"
_WATCHED = ((INGRESSES, INGRESS), (CERTIFICATES, CERTIFICATE), (DASHBOARDS, DASHBOARD))
_ANNOTATION = "ingress.kubernetes.io/"
_RULES = ("forwarding-rule", "https-forwarding-rule")


@dataclass
class Sights:
    """What was last seen of each object; `changed` is set whenever one has changed."""

    client: KubeClient
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: dict[str, Json] = field(default_factory=dict)

    async def read(self) -> None:
        """Look at all of them now."""
        await asyncio.gather(*(self._get(path, name) for path, name in _WATCHED))

    @asynccontextmanager
    async def followed(self) -> AsyncIterator["Sights"]:
        """Kept up to date while the context lasts."""
        await self.read()
        tasks = [asyncio.create_task(self._follow(path, name)) for path, name in _WATCHED]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def address(self) -> str:
        """The address that the Ingress has been given, or nothing yet."""
        balancer = self._status(INGRESSES).get("loadBalancer") or {}
        return next((str(e["ip"]) for e in balancer.get("ingress") or [] if e.get("ip")), "")

    @property
    def rules(self) -> list[str]:
        """The names of the forwarding rules that GKE has made for the Ingress."""
        marks = self._annotations
        return [marks[_ANNOTATION + rule] for rule in _RULES if _ANNOTATION + rule in marks]

    @property
    def backend(self) -> str:
        """The name of the backend service that GKE has made for the Ingress, or nothing yet.

        Its health is not read here: the annotation lags behind by up to ten minutes.
        """
        found = json.loads(self._annotations.get(f"{_ANNOTATION}backends", "{}"))
        return next(iter(found), "")

    @property
    def certificate(self) -> tuple[str, list[str], str]:
        """State of the certificate, states of its domains, and when it expires."""
        status = self._status(CERTIFICATES)
        domains = [str(d.get("status", "")) for d in status.get("domainStatus") or []]
        return str(status.get("certificateStatus", "")), domains, str(status.get("expireTime", ""))

    @property
    def dashboard(self) -> tuple[int, int]:
        """Replicas of the dashboard that serve, and that are wanted: 0 while it is not there."""
        found = self._seen.get(DASHBOARDS)
        if found is None:
            return 0, 0
        available = self._status(DASHBOARDS).get("availableReplicas", 0)
        return int(available), int(found["spec"].get("replicas", 1))

    @property
    def _annotations(self) -> dict[str, Any]:
        found: dict[str, Any] = self._seen.get(INGRESSES, {}).get("metadata", {})
        return found.get("annotations") or {}

    def _status(self, path: str) -> dict[str, Any]:
        return self._seen.get(path, {}).get("status") or {}

    async def _get(self, path: str, name: str) -> None:
        try:
            self._seen[path] = await self.client.get(f"{path}/{name}")
        except KubeRefused as error:
            if error.status != 404:
                raise
            self._seen.pop(path, None)

    async def _follow(self, path: str, name: str) -> None:
        async for event in follow(self.client, path, fieldSelector=f"metadata.name={name}"):
            if event["object"]["metadata"]["name"] != name:
                continue
            if event["type"] == "DELETED":
                self._seen.pop(path, None)
            else:
                self._seen[path] = event["object"]
            self.changed.set()
