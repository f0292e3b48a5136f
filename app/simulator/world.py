"""What a cluster's controllers see of the rest of the cloud."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """A node pool whose nodes are there."""

    name: str
    machine_type: str
    count: int


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """The cluster in which a set of controllers works.

    `node_count` and `machine_type` are those of the pool it began with, `others` its other pools.
    """

    project: str
    project_number: str
    location: str
    name: str
    node_count: int
    machine_type: str
    others: tuple[PoolFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """How to reach one cluster's Kubernetes API as an administrator."""

    facts: ClusterFacts
    url: str
    ca_certificate: str
    token: str


class World(Protocol):
    """The cloud outside the cluster; every answer is of the present moment."""

    def address(self, project: str, name: str) -> str | None:
        """The IPv4 of the global static address `name`, if it is reserved."""

    def resolves_to(self, host: str) -> str | None:
        """The IPv4 to which a public DNS name points, once it has spread."""

    def put_backend_service(self, project: str, name: str, iap: bool) -> str:
        """Make (or find) a backend service; returns its numeric id, kept for its life."""

    def set_backend_health(self, project: str, name: str, healthy: bool) -> None:
        """What `getHealth` says of the backend service from now on; UNHEALTHY at first."""

    def delete_backend_service(self, project: str, name: str) -> None:
        """Remove a backend service; making it again gives another id."""

    def put_compute(self, project: str, path: str, body: dict[str, Any]) -> None:
        """Make a resource of Compute Engine, or give it this body.

        `path` is below the project, such as `global/urlMaps/NAME`.
        """

    def put_endpoints(self, project: str, path: str, endpoints: list[dict[str, Any]]) -> None:
        """What is in the network endpoint group at `path`: ip, port, node."""

    def delete_compute(self, project: str, path: str) -> None:
        """Remove a resource of Compute Engine; one that is not there is no error."""

    def held_back(self, what: str) -> float:
        """Simulated seconds by which a fault holds back a `certificate` or a `backend`."""

    def clusters(self) -> list[ClusterAccess]:
        """Every running cluster, for what follows a request from outside to its Kubeflow."""

    def authorize_url(self, client_id: str, redirect_uri: str, state: str) -> str:
        """Where a browser signs in with an account, as for an OAuth client of IAP."""

    def account_of_code(self, code: str, client_id: str, redirect_uri: str) -> str | None:
        """The email that an authorization code stands for; a code is good once."""

    def may_pass_iap(self, project: str, backend: str, email: str) -> bool:
        """Whether `email` holds roles/iap.httpsResourceAccessor on a backend service.

        By its own policy, or by one of what contains it: the project's web resources.
        """

    def has_organization(self, project: str) -> bool:
        """Whether the project belongs to an organisation, whose people IAP knows by itself."""

    def record_wait(self, what: str, project: str, deployment: str | None, seconds: float) -> str:
        """Note that a wait of `seconds` (simulated) begins; returns its id.

        A wait of the same `what` that is still open, as after a restart, goes on: its id.
        """

    def end_wait(self, wait_id: str) -> None:
        """Note that this wait is over."""
