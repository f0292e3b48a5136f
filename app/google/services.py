"""Which of Google's APIs a project has enabled."""

from collections.abc import Sequence
from typing import Any

from app.google import operations
from app.google.errors import Refused
from app.google.operations import Operation
from app.google.transport import Transport

NEEDED = tuple(
    f"{name}.googleapis.com"
    for name in (
        "compute",
        "container",
        "iam",
        "iamcredentials",
        "cloudresourcemanager",
        "serviceusage",
        "servicemanagement",
        "servicecontrol",
        "endpoints",
        "iap",
        "logging",
        "monitoring",
        "storage",
        "artifactregistry",
        "cloudbilling",
    )
)
BATCH = 20  # Google takes no more at once
_UNKNOWN = "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"


class Services:
    """Service Usage v1."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def missing(self, project: str, wanted: Sequence[str]) -> list[str]:
        """Those of `wanted` that are not enabled, in that order."""

        def call() -> list[str]:
            from google.cloud import service_usage_v1

            request = service_usage_v1.ListServicesRequest(
                parent=f"projects/{project}", filter="state:ENABLED", page_size=200
            )
            on = {s.name.rpartition("/")[2] for s in self._client().list_services(request=request)}
            return [name for name in wanted if name not in on]

        return await self._transport.run(call)

    async def enable(self, project: str, names: Sequence[str]) -> str:
        """Begin to enable at most `BATCH` services, all or none; the operation's name."""

        def call() -> str:
            from google.cloud import service_usage_v1

            request = service_usage_v1.BatchEnableServicesRequest(
                parent=f"projects/{project}", service_ids=list(names)
            )
            return str(self._client().batch_enable_services(request=request).operation.name)

        return await self._transport.run(call)

    async def operation(self, name: str) -> Operation:
        """How an enabling is getting on."""
        return await operations.look_up(
            self._transport, self._transport.endpoints.service_usage, name
        )

    def _client(self) -> Any:
        def make() -> Any:
            from google.cloud import service_usage_v1

            return service_usage_v1.ServiceUsageClient(
                credentials=self._transport.credentials,
                transport="rest",
                client_options={"api_endpoint": self._transport.endpoints.service_usage},
            )

        return self._transport.lazily("services", make)


def is_unknown(error: Exception) -> bool:
    """Whether Google does not know a service here yet.

    A project that was made seconds ago is answered so for Google's own services, and everybody
    for a service that was just made.
    """
    return isinstance(error, Refused) and error.reason == _UNKNOWN
