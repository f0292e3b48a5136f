"""Names that Cloud Endpoints publishes: `NAME.endpoints.PROJECT.cloud.goog` with an address.

A service must be made (or, for 30 days after its deletion, undeleted), given an OpenAPI file
that names the address, and rolled out.
"""

import json
from typing import Any

from app.errors import PortalError
from app.google import operations
from app.google.errors import Refused, is_missing
from app.google.operations import Operation
from app.google.transport import Transport


class PublishedNames:
    """Service Management v1."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def is_there(self, host: str) -> bool:
        """Whether the service of `host` can be used: not while missing, deleted or just made."""

        def call() -> None:
            self._client().get_service(service_name=host)

        try:
            await self._transport.run(call)
            return True
        except Refused as error:
            if is_hidden(error):
                return False
            raise

    async def create(self, project: str, host: str) -> str:
        """Begin to make the service; its operation. Refused if it is there or was deleted."""

        def call() -> str:
            from google.cloud import servicemanagement_v1 as api

            service = api.ManagedService(service_name=host, producer_project_id=project)
            return _name(self._client().create_service(service=service))

        return await self._transport.run(call)

    async def undelete(self, host: str) -> str:
        """Begin to bring a deleted service back; its operation."""

        def call() -> str:
            return _name(self._client().undelete_service(service_name=host))

        return await self._transport.run(call)

    async def delete(self, host: str) -> str:
        """Begin to delete the service, which Google keeps for 30 days; its operation."""

        def call() -> str:
            return _name(self._client().delete_service(service_name=host))

        return await self._transport.run(call)

    async def title(self, host: str) -> str:
        """The title of the service's newest config; "" while it has none."""

        def call() -> str:
            from google.cloud import servicemanagement_v1 as api

            request = api.ListServiceConfigsRequest(service_name=host, page_size=1)
            newest = next(iter(self._client().list_service_configs(request=request)), None)
            return str(newest.title) if newest is not None else ""

        return await self._transport.run(call)

    async def submit(self, host: str, title: str, address: str) -> str:
        """Begin to make a config that points `host` to `address`; its operation."""

        def call() -> str:
            from google.cloud import servicemanagement_v1 as api

            file = api.ConfigFile(
                file_path="openapi.yaml",
                file_contents=json.dumps(_openapi(host, title, address)).encode(),
                file_type=api.ConfigFile.FileType.OPEN_API_YAML,
            )
            source = api.ConfigSource(files=[file])
            return _name(
                self._client().submit_config_source(
                    service_name=host, config_source=source, validate_only=False
                )
            )

        return await self._transport.run(call)

    async def roll_out(self, host: str, config_id: str) -> str:
        """Begin to put a config into use; its operation."""

        def call() -> str:
            from google.cloud import servicemanagement_v1 as api

            rollout = api.Rollout(
                service_name=host,
                traffic_percent_strategy=api.Rollout.TrafficPercentStrategy(
                    percentages={config_id: 100.0}
                ),
            )
            return _name(self._client().create_service_rollout(service_name=host, rollout=rollout))

        return await self._transport.run(call)

    async def operation(self, name: str) -> Operation:
        """How one of these operations is getting on."""
        return await operations.look_up(
            self._transport, self._transport.endpoints.service_management, name
        )

    def _client(self) -> Any:
        def make() -> Any:
            from google.cloud import servicemanagement_v1

            return servicemanagement_v1.ServiceManagerClient(
                credentials=self._transport.credentials,
                transport="rest",
                client_options={"api_endpoint": self._transport.endpoints.service_management},
            )

        return self._transport.lazily("names", make)


def is_hidden(error: PortalError) -> bool:
    """Whether Google hides a service: missing, deleted and just made ones answer alike."""
    hidden = isinstance(error, Refused) and "ot found or permission denied" in error.cause
    return hidden or is_missing(error)


def is_deleted(error: PortalError) -> bool:
    """Whether a service cannot be made since it was deleted less than 30 days ago."""
    return isinstance(error, Refused) and "undelete the service" in str(error)


def _name(operation: Any) -> str:
    return str(operation.operation.name)


def _openapi(host: str, title: str, address: str) -> dict[str, Any]:
    """The smallest OpenAPI 2.0 file that Cloud Endpoints takes; JSON is YAML as well."""
    return {
        "swagger": "2.0",
        "info": {"title": title, "version": "1.0.0"},
        "host": host,
        "paths": {},
        "x-google-endpoints": [{"name": host, "target": address}],
    }
