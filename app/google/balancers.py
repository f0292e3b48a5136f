"""A load balancer's parts, as GKE makes them for an Ingress: looked at, and swept up.

GKE names what it makes after the cluster's own id for load balancers, eight letters
(`k8s1-ID-...`, `k8s2-um-ID-...`, `k8s-fw-l7--ID`): that is how a cluster's parts are told from
those of others, even when the cluster is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.google import readings
from app.google.compute import operation_of
from app.google.discovery import DiscoveredApi
from app.google.listing import every
from app.google.operations import Operation
from app.google.readings import Backend, ForwardingRule
from app.google.transport import Transport
from app.text import N_

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a load balancer or a volume consists of; `zone` is empty for global things."""

    kind: str
    name: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A collection of the API's; `argument` names one of its things."""

    title: str
    collection: str
    argument: str
    zonal: bool = False


# In the order in which they can be deleted: what is used comes after what uses it.
_KINDS = (
    _Kind(N_("forwarding rule"), "globalForwardingRules", "forwardingRule"),
    _Kind(N_("target HTTP proxy"), "targetHttpProxies", "targetHttpProxy"),
    _Kind(N_("target HTTPS proxy"), "targetHttpsProxies", "targetHttpsProxy"),
    _Kind(N_("URL map"), "urlMaps", "urlMap"),
    _Kind(N_("backend service"), "backendServices", "backendService"),
    _Kind(N_("health check"), "healthChecks", "healthCheck"),
    _Kind(N_("endpoint group"), "networkEndpointGroups", "networkEndpointGroup", zonal=True),
    _Kind(N_("SSL certificate"), "sslCertificates", "sslCertificate"),
    _Kind(N_("firewall rule"), "firewalls", "firewall"),
    _Kind(N_("disk"), "disks", "disk", zonal=True),
)
_BY_TITLE = {kind.title: kind for kind in _KINDS}
PART_KINDS = tuple(_BY_TITLE)
Belongs = Callable[[str, Json], bool]  # kind, and the thing as the API shows it


class Balancers:
    """Compute v1, as far as GKE's load balancers and volumes go."""

    def __init__(self, transport: Transport) -> None:
        self._api = DiscoveredApi(transport, "compute", "v1", transport.endpoints.compute)

    async def backend(self, project: str, name: str) -> Backend | None:
        """A global backend service with the health of every endpoint, if it is there."""
        found = await self._api.find(
            lambda api: api.backendServices().get(project=project, backendService=name)
        )
        if found is None:
            return None
        groups = [str(each["group"]) for each in found.get("backends", [])]
        states = [state for group in groups for state in await self._health(project, name, group)]
        return readings.backend(found, states)

    async def forwarding_rule(self, project: str, name: str) -> ForwardingRule | None:
        """A global forwarding rule, if it is there."""
        found = await self._api.find(
            lambda api: api.globalForwardingRules().get(project=project, forwardingRule=name)
        )
        return readings.maybe(readings.forwarding_rule, found)

    async def parts(self, project: str, zone: str, kind: str, belongs: Belongs) -> list[Part]:
        """The things of a kind (one of `PART_KINDS`), global or of the zone, that belong."""
        known = _BY_TITLE[kind]
        where = {"project": project} | ({"zone": zone} if known.zonal else {})
        found: list[Part] = []
        async for item in every(self._api, known.collection, where):
            if belongs(kind, item):
                found.append(Part(kind, str(item["name"]), zone if known.zonal else ""))
        return found

    async def delete(self, project: str, part: Part) -> str:
        """Begin to delete a part; its operation, or nothing if it was gone already."""
        known = _BY_TITLE[part.kind]
        named = {"project": project, known.argument: part.name} | _zone(part)
        begun = await self._api.find(lambda api: getattr(api, known.collection)().delete(**named))
        return "" if begun is None else str(begun["name"])

    async def operation(self, project: str, part: Part, name: str) -> Operation:
        """How the deletion of a part is getting on."""
        where = {"project": project, "operation": name} | _zone(part)
        found = await self._api.call(
            lambda api: (api.zoneOperations() if part.zone else api.globalOperations()).get(**where)
        )
        return operation_of(found)

    async def _health(self, project: str, name: str, group: str) -> list[str]:
        answer = await self._api.call(
            lambda api: api.backendServices().getHealth(
                project=project, backendService=name, body={"group": group}
            )
        )
        return [str(each.get("healthState", "UNKNOWN")) for each in answer.get("healthStatus", [])]


def _zone(part: Part) -> dict[str, str]:
    return {"zone": part.zone} if part.zone else {}
