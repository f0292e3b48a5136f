"""GKE clusters: what is asked for, how the making gets on, and how to reach one."""

import base64
from dataclasses import dataclass
from typing import Any

from app.errors import PortalError
from app.google.cluster_message import ClusterOrder, message
from app.google.cluster_operation import ClusterOperation, failure, read
from app.google.errors import is_missing
from app.google.transport import Transport


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster as it is: `url` and `ca_certificate` are empty while it is being made.

    The DNS endpoint has a publicly trusted certificate: no CA is given for it. `failure` is what
    Google says is wrong with the cluster, if anything.
    """

    name: str
    status: str
    version: str
    labels: dict[str, str]
    url: str
    ca_certificate: str
    id: str
    location: str = ""
    private_nodes: bool = False
    failure: PortalError | None = None

    @property
    def usable(self) -> bool:
        """Whether its Kubernetes API takes orders."""
        return self.status in ("RUNNING", "RECONCILING", "DEGRADED") and bool(self.url)


@dataclass(frozen=True, slots=True)
class Versions:
    """What the release channel REGULAR offers, newest first, and what it would choose."""

    valid: tuple[str, ...]
    default: str

    def prefer(self, minor: str) -> str:
        """The newest version of `minor` (`1.35`), or the channel's own choice without one."""
        if self.default.startswith(f"{minor}."):
            return self.default
        return next((v for v in self.valid if v.startswith(f"{minor}.")), self.default)


class Clusters:
    """Container v1."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def versions(self, project: str, location: str) -> Versions:
        """The Kubernetes versions that can be had in a location."""

        def call() -> Versions:
            config = self._client().get_server_config(name=_location(project, location))
            for channel in config.channels:
                if channel.channel.name == "REGULAR":
                    return Versions(tuple(channel.valid_versions), channel.default_version)
            return Versions(tuple(config.valid_master_versions), config.default_cluster_version)

        return await self._transport.run(call)

    async def get(self, project: str, location: str, name: str) -> ClusterView | None:
        """The cluster, if there is one."""

        def call() -> ClusterView:
            where = f"{_location(project, location)}/clusters/{name}"
            return _view(self._client().get_cluster(name=where))

        try:
            return await self._transport.run(call)
        except PortalError as error:
            if is_missing(error):
                return None
            raise

    async def every(self, project: str) -> list[ClusterView]:
        """The project's clusters, wherever they are."""

        def call() -> list[ClusterView]:
            listed = self._client().list_clusters(parent=_location(project, "-"))
            return [_view(cluster) for cluster in listed.clusters]

        return await self._transport.run(call)

    async def create(self, order: ClusterOrder) -> str:
        """Begin to make a cluster; the operation's name."""

        def call() -> str:
            from google.cloud import container_v1

            request = container_v1.CreateClusterRequest(
                parent=_location(order.project, order.zone), cluster=message(order)
            )
            return str(self._client().create_cluster(request=request).name)

        return await self._transport.run(call)

    async def delete(self, project: str, location: str, name: str) -> str:
        """Begin to delete a cluster; the operation's name."""

        def call() -> str:
            where = f"{_location(project, location)}/clusters/{name}"
            return str(self._client().delete_cluster(name=where).name)

        return await self._transport.run(call)

    async def cancel(self, project: str, location: str, operation: str) -> None:
        """Ask for an operation to be given up; Google does what it can, which may be nothing."""

        def call() -> None:
            where = f"{_location(project, location)}/operations/{operation}"
            self._client().cancel_operation(name=where)

        await self._transport.run(call)

    async def operation(self, project: str, location: str, name: str) -> ClusterOperation:
        """How an operation is getting on."""

        def call() -> ClusterOperation:
            where = f"{_location(project, location)}/operations/{name}"
            return read(self._client().get_operation(name=where))

        return await self._transport.run(call)

    async def latest_operation(
        self, project: str, location: str, cluster: str, kind: str
    ) -> str | None:
        """The latest operation of a kind (`CREATE_CLUSTER`, ...) on a cluster, over or not."""

        def call() -> str | None:
            listed = self._client().list_operations(parent=_location(project, location))
            found = [
                (operation.start_time, str(operation.name))
                for operation in listed.operations
                if operation.operation_type.name == kind
                and operation.target_link.endswith(f"/clusters/{cluster}")
            ]
            return max(found)[1] if found else None

        return await self._transport.run(call)

    def _client(self) -> Any:
        def make() -> Any:
            from google.cloud import container_v1

            return container_v1.ClusterManagerClient(
                credentials=self._transport.credentials,
                transport="rest",
                client_options={"api_endpoint": self._transport.endpoints.container},
            )

        return self._transport.lazily("clusters", make)


def _location(project: str, location: str) -> str:
    return f"projects/{project}/locations/{location}"


def _view(cluster: Any) -> ClusterView:
    dns = cluster.control_plane_endpoints_config.dns_endpoint_config
    use_dns = bool(dns.allow_external_traffic and dns.endpoint)
    host = dns.endpoint if use_dns else cluster.endpoint
    certificate = base64.b64decode(cluster.master_auth.cluster_ca_certificate).decode()
    return ClusterView(
        name=cluster.name,
        status=cluster.status.name,
        version=cluster.current_master_version,
        labels=dict(cluster.resource_labels),
        url=f"https://{host}" if host else "",
        ca_certificate="" if use_dns or host == dns.endpoint else certificate,
        id=cluster.id,
        location=cluster.location,
        private_nodes=bool(cluster.network_config.default_enable_private_nodes),
        failure=failure(0, cluster.status_message, cluster.conditions),
    )
