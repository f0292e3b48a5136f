"""What a GKE cluster has from the start."""

import asyncio
from dataclasses import replace
from typing import Any

from app.simulator.controllers.client import ApiError, KubernetesClient
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.gke.names import cluster_uid
from app.simulator.controllers.kinds import (
    BACKEND_CONFIG,
    CONFIG_MAP,
    DEFINITION,
    MANAGED_CERTIFICATE,
    NAMESPACE,
    NETWORK_ENDPOINT_GROUP,
    STORAGE_CLASS,
    Kind,
)
from app.simulator.controllers.objects import Key, Object
from app.simulator.controllers.volumes import DRIVER
from app.simulator.controllers.workloads.binder import DEFAULT_CLASS

_MANAGER = "gke"
_PAUSE = 0.05
_FRONTEND_CONFIG = Kind("networking.gke.io", "v1beta1", "frontendconfigs", "FrontendConfig")
_KINDS = (
    (BACKEND_CONFIG, "backendconfig", ("v1", "v1beta1")),
    (_FRONTEND_CONFIG, "frontendconfig", ("v1beta1",)),
    (MANAGED_CERTIFICATE, "managedcertificate", ("v1",)),
    (NETWORK_ENDPOINT_GROUP, "servicenetworkendpointgroup", ("v1beta1",)),
)
_CLASSES = (("standard-rwo", "pd-balanced"), ("premium-rwo", "pd-ssd"), ("standard", "pd-standard"))
_SYSTEM_NAMESPACES = ("kube-node-lease", "gke-managed-system")


class PresetController(Controller):
    """Makes what is missing, once."""

    workers = 1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._definitions = self.use(DEFINITION)
        self._classes = self.use(STORAGE_CLASS)
        self.queue.add(("", "presets"))

    async def reconcile(self, key: Key) -> float | None:
        """Kinds, storage classes, and the cluster's identity for load balancers."""
        for kind, singular, versions in _KINDS:
            if self._definitions.get(("", kind.definition)) is None:
                definition = definition_of(kind, singular, versions)
                await self.cluster.create(DEFINITION, definition, _MANAGER)
        for name, disk in _CLASSES:
            if self._classes.get(("", name)) is None:
                await self.cluster.create(STORAGE_CLASS, storage_class(name, disk), _MANAGER)
        for name in _SYSTEM_NAMESPACES:
            await self.cluster.create(NAMESPACE, {"metadata": {"name": name}}, _MANAGER)
        await self.cluster.create(CONFIG_MAP, self._identity(), _MANAGER)
        return None

    def _identity(self) -> Object:
        identity = cluster_uid(self.context.facts)
        return {
            "metadata": {"name": "ingress-uid", "namespace": "kube-system"},
            "data": {"uid": identity, "provider-uid": identity},
        }


async def until_served(client: KubernetesClient) -> None:
    """Wait until Google's own kinds are there, as they are before a cluster is given away."""
    for kind, _, versions in _KINDS:
        for version in versions:
            served = replace(kind, version=version)
            while not await _is_served(client, served):  # noqa: ASYNC110 (seen over HTTP)
                await asyncio.sleep(_PAUSE)


async def _is_served(client: KubernetesClient, kind: Kind) -> bool:
    try:
        await client.list(kind)
    except ApiError as error:
        if error.status in (404, 429, 503):
            return False
        raise
    return True


def definition_of(kind: Kind, singular: str, versions: tuple[str, ...] = ()) -> dict[str, Any]:
    """The CustomResourceDefinition of one of Google's kinds; it takes any field."""
    open_object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": open_object, "status": open_object}}
    return {
        "metadata": {
            "name": kind.definition,
            "annotations": {"components.gke.io/component-name": "gke-managed"},
        },
        "spec": {
            "group": kind.group,
            "scope": "Namespaced",
            "names": {
                "plural": kind.plural,
                "singular": singular,
                "kind": kind.name,
                "listKind": f"{kind.name}List",
            },
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": version == kind.version,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
                for version in versions or (kind.version,)
            ],
        },
    }


def storage_class(name: str, disk: str) -> dict[str, Any]:
    """A StorageClass for one kind of persistent disk; `standard-rwo` is the default one."""
    is_default = str(name == "standard-rwo").lower()
    return {
        "metadata": {"name": name, "annotations": {DEFAULT_CLASS: is_default}},
        "provisioner": DRIVER,
        "parameters": {"type": disk},
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "Immediate" if name == "standard" else "WaitForFirstConsumer",
    }
