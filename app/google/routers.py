"""Cloud Routers with Cloud NAT: how nodes without addresses of their own reach the internet."""

from dataclasses import dataclass
from typing import Any

from app.google.compute import operation_of
from app.google.discovery import DiscoveredApi
from app.google.listing import every
from app.google.operations import Operation
from app.google.transport import Transport

NETWORK = "default"
_WHOLE_NETWORK = ("ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES")


@dataclass(frozen=True, slots=True)
class Router:
    """A router of the default network; `translates` tells of a NAT for all that is in its region.

    A region can have one such NAT for a network, whoever made it.
    """

    name: str
    description: str
    translates: bool


class Routers:
    """Compute v1, routers."""

    def __init__(self, transport: Transport) -> None:
        self._api = DiscoveredApi(transport, "compute", "v1", transport.endpoints.compute)

    async def of_region(self, project: str, region: str) -> list[Router]:
        """The routers of the default network in a region."""
        where = {"project": project, "region": region}
        return [
            _router(each) async for each in every(self._api, "routers", where) if _is_default(each)
        ]

    async def create(
        self, project: str, region: str, name: str, *, description: str, request_id: str
    ) -> str:
        """Begin to make a router with a NAT for its whole region; its operation."""
        body = _body(project, name, description)
        operation = await self._api.call(
            lambda api: api.routers().insert(
                project=project, region=region, body=body, requestId=request_id
            )
        )
        return str(operation["name"])

    async def delete(self, project: str, region: str, name: str) -> str:
        """Begin to delete a router; its operation, or nothing if it was gone already."""
        begun = await self._api.find(
            lambda api: api.routers().delete(project=project, region=region, router=name)
        )
        return "" if begun is None else str(begun["name"])

    async def operation(self, project: str, region: str, name: str) -> Operation:
        """How a regional operation is getting on."""
        found = await self._api.call(
            lambda api: api.regionOperations().get(project=project, region=region, operation=name)
        )
        return operation_of(found)


def _body(project: str, name: str, description: str) -> dict[str, Any]:
    nat = {
        "name": f"{name}-nat",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
    }
    network = f"projects/{project}/global/networks/{NETWORK}"
    return {"name": name, "description": description, "network": network, "nats": [nat]}


def _router(found: dict[str, Any]) -> Router:
    nats = found.get("nats", [])
    return Router(
        name=str(found["name"]),
        description=str(found.get("description", "")),
        translates=any(nat.get("sourceSubnetworkIpRangesToNat") in _WHOLE_NETWORK for nat in nats),
    )


def _is_default(found: dict[str, Any]) -> bool:
    return str(found.get("network", "")).rpartition("/")[2] == NETWORK
