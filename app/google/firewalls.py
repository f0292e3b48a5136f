"""Firewall rules of the default network, as far as a cluster's control plane is concerned.

Where GKE's control plane reaches the nodes of a private cluster by a peering of networks, GKE
makes a rule `gke-CLUSTER-HASH-master` that lets it through to the kubelets and to port 443, and to
nothing else: not to the ports at which webhooks listen. Clusters whose control plane comes in
through konnectivity's Pods have no such rule, and need none.
"""

import re
from dataclasses import dataclass
from typing import Any

from app.google.compute import operation_of
from app.google.discovery import DiscoveredApi
from app.google.listing import every
from app.google.operations import Operation
from app.google.transport import Transport


@dataclass(frozen=True, slots=True)
class ControlPlaneRule:
    """GKE's own rule for a control plane: whence it comes, and which nodes it reaches."""

    network: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]


class Firewalls:
    """Compute v1, firewalls."""

    def __init__(self, transport: Transport) -> None:
        self._api = DiscoveredApi(transport, "compute", "v1", transport.endpoints.compute)

    async def of_control_plane(self, project: str, cluster: str) -> ControlPlaneRule | None:
        """GKE's rule for a cluster's control plane, if that one needs any."""
        named = re.compile(rf"gke-{re.escape(cluster)}-[0-9a-z]+-master")
        async for rule in every(self._api, "firewalls", {"project": project}):
            if named.fullmatch(str(rule["name"])):
                return ControlPlaneRule(
                    network=str(rule["network"]),
                    sources=tuple(rule.get("sourceRanges", [])),
                    targets=tuple(rule.get("targetTags", [])),
                )
        return None

    async def admit(
        self,
        project: str,
        name: str,
        like: ControlPlaneRule,
        ports: list[int],
        *,
        description: str,
        request_id: str,
    ) -> str:
        """Begin to let the same control plane through to more TCP ports; the operation's name."""
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "network": like.network,
            "direction": "INGRESS",
            "sourceRanges": list(like.sources),
            "targetTags": list(like.targets),
            "allowed": [{"IPProtocol": "tcp", "ports": [str(port) for port in ports]}],
        }
        begun = await self._api.call(
            lambda api: api.firewalls().insert(project=project, body=body, requestId=request_id)
        )
        return str(begun["name"])

    async def operation(self, project: str, name: str) -> Operation:
        """How the making of a rule is getting on."""
        return operation_of(
            await self._api.call(
                lambda api: api.globalOperations().get(project=project, operation=name)
            )
        )
