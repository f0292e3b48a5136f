"""Addresses of Compute Engine, and its operations.

Through google-api-python-client: importing google-cloud-compute takes 3.7 s here, longer than a
restarted portal may take to go on with its work; this client is ready in 0.04 s. And an
operation is looked up on the host it was started on, which the other's `result()` does not do.
"""

from dataclasses import dataclass
from typing import Any

from app.google.discovery import DiscoveredApi
from app.google.errors import Answer, of_answer
from app.google.operations import Operation
from app.google.transport import Transport


@dataclass(frozen=True, slots=True)
class Address:
    """A reserved global address."""

    name: str
    ip: str
    description: str


class Compute:
    """Compute v1."""

    def __init__(self, transport: Transport) -> None:
        self._api = DiscoveredApi(transport, "compute", "v1", transport.endpoints.compute)

    async def address(self, project: str, name: str) -> Address | None:
        """The global address `name`, if it is reserved."""
        found = await self._api.find(
            lambda api: api.globalAddresses().get(project=project, address=name)
        )
        if found is None:
            return None
        return Address(name, str(found.get("address", "")), str(found.get("description", "")))

    async def reserve_address(
        self, project: str, name: str, *, description: str, request_id: str
    ) -> str:
        """Begin to reserve a global address; the same request id starts it once. Its operation."""
        body = {"name": name, "ipVersion": "IPV4", "description": description}
        operation = await self._api.call(
            lambda api: api.globalAddresses().insert(
                project=project, body=body, requestId=request_id
            )
        )
        return str(operation["name"])

    async def release_address(self, project: str, name: str) -> str:
        """Begin to release a global address; its operation. Refused while something uses it."""
        operation = await self._api.call(
            lambda api: api.globalAddresses().delete(project=project, address=name)
        )
        return str(operation["name"])

    async def operation(self, project: str, name: str) -> Operation:
        """How a global operation is getting on."""
        found = await self._api.call(
            lambda api: api.globalOperations().get(project=project, operation=name)
        )
        return operation_of(found)


def operation_of(found: dict[str, Any]) -> Operation:
    """How a Compute operation is getting on, global, regional or zonal; from its JSON."""
    done = found.get("status") == "DONE"
    errors = found.get("error", {}).get("errors", [])
    if not errors:
        return Operation(str(found["name"]), done)
    text = "; ".join(str(e.get("message", e.get("code", ""))) for e in errors)
    status = int(found.get("httpErrorStatusCode") or 400)
    reason = str(errors[0].get("code", ""))
    return Operation(str(found["name"]), done, of_answer(Answer(status, text, reason)))
