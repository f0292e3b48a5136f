"""The two servers that a cluster's Kubernetes API can come from."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from app.simulator.clock import Clock
from app.simulator.issuing import Issue
from app.simulator.webhooks import WebhookServers

# Whether the account with this email has this permission in the cluster's project.
Permits: TypeAlias = Callable[[str, str], bool]
ControlPlaneKind: TypeAlias = Literal["simulated", "real"]


class ClusterServer(Protocol):
    """A cluster's API server and what belongs to it, whichever of the two it is.

    `runs_workloads` says whether it brings kube-controller-manager; `webhooks` is what answers
    behind webhooks, with certificates that must be `issue`d here.
    """

    port: int
    ca_certificate: str
    admin_token: str
    runs_workloads: bool
    webhooks: WebhookServers
    issue: Issue

    @property
    def url(self) -> str:
        """Where the API is."""

    async def start(self) -> None:
        """Start; requests are answered on return."""

    async def stop(self) -> None:
        """End; the state stays on disk."""

    async def restart_api_server(self, away: float = 0.0) -> None:
        """End the API server and, `away` seconds later, start it again at the same address."""


def new_server(
    kind: ControlPlaneKind,
    *,
    directory: Path,
    version: str,
    host: str,
    port: int | None,
    authenticate: Callable[[str], str | None],
    clock: Clock,
    permits: Permits | None = None,
) -> ClusterServer:
    """A server that is not started; raises FileNotFoundError where a real one is not built.

    `version` is such as `v1.35.8-gke.1036000`; a real server is of that minor if there is one,
    else of another. Whoever is known may do what `permits` says, everything if it is left out.
    """
    if kind == "simulated":
        from app.simulator.kubernetes import KubernetesServer

        return KubernetesServer(
            directory=directory,
            version=version,
            host=host,
            port=port,
            authenticate=authenticate,
            clock=clock,
            permits=permits,
        )
    from app.simulator.controlplane import HOW_TO_GET_THEM, ControlPlane, find

    binaries = find(".".join(version.lstrip("v").split(".")[:2])) or find()
    if binaries is None:
        raise FileNotFoundError(HOW_TO_GET_THEM)
    return ControlPlane(
        binaries=binaries,
        directory=directory,
        authenticate=authenticate,
        host=host,
        port=port,
        permits=permits,
    )
