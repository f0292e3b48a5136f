"""Addresses and backend services of Compute Engine.

Through google-api-python-client: importing google-cloud-compute takes 3.7 s here, longer than a
restarted portal may take to go on with its work; this client is ready in 0.04 s. And an
operation is looked up on the host it was started on, which the other's `result()` does not do.
"""

from dataclasses import dataclass
from typing import Any

from app.errors import PortalError
from app.google.discovery import DiscoveredApi
from app.google.errors import Answer, is_missing, of_answer
from app.google.operations import Operation
from app.google.transport import Transport


@dataclass(frozen=True, slots=True)
class Address:
    """A reserved global address."""

    name: str
    ip: str
    description: str


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend service of a load balancer; the id changes when it is made anew."""

    name: str
    id: str
    states: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether any of its endpoints answers its health check."""
        return "HEALTHY" in self.states


class Compute:
    """Compute v1."""

    def __init__(self, transport: Transport) -> None:
        self._api = DiscoveredApi(transport, "compute", "v1", transport.endpoints.compute)

    async def address(self, project: str, name: str) -> Address | None:
        """The global address `name`, if it is reserved."""
        try:
            found = await self._api.call(
                lambda api: api.globalAddresses().get(project=project, address=name)
            )
        except PortalError as error:
            if is_missing(error):
                return None
            raise
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

    async def operation(self, project: str, name: str) -> Operation:
        """How a global operation is getting on."""
        found = await self._api.call(
            lambda api: api.globalOperations().get(project=project, operation=name)
        )
        return _operation(found)

    async def backend(self, project: str, name: str) -> Backend:
        """A global backend service, with the health of every endpoint behind it."""
        found = await self._api.call(
            lambda api: api.backendServices().get(project=project, backendService=name)
        )
        states: list[str] = []
        for group in found.get("backends", []):
            states += await self._health(project, name, str(group["group"]))
        return Backend(name, str(found["id"]), tuple(states))

    async def _health(self, project: str, name: str, group: str) -> list[str]:
        answer = await self._api.call(
            lambda api: api.backendServices().getHealth(
                project=project, backendService=name, body={"group": group}
            )
        )
        return [str(s.get("healthState", "UNKNOWN")) for s in answer.get("healthStatus", [])]


def _operation(found: dict[str, Any]) -> Operation:
    done = found.get("status") == "DONE"
    errors = found.get("error", {}).get("errors", [])
    if not errors:
        return Operation(str(found["name"]), done)
    text = "; ".join(str(e.get("message", e.get("code", ""))) for e in errors)
    status = int(found.get("httpErrorStatusCode") or 400)
    reason = str(errors[0].get("code", ""))
    return Operation(str(found["name"]), done, of_answer(Answer(status, text, reason)))
