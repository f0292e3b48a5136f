"""Pretend controllers of one cluster: clients of its Kubernetes API like any others.

They serve the simulator's own API server and a real one alike; on a real control plane the
part of kube-controller-manager is left out.
"""

import asyncio
from dataclasses import dataclass, field

from app.simulator.clock import Clock
from app.simulator.controllers.certmanager import certificate_controllers
from app.simulator.controllers.client import KubernetesClient
from app.simulator.controllers.cluster import Cluster
from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.gke import gke_controllers
from app.simulator.controllers.gke.presets import until_served
from app.simulator.controllers.istiod import MeshAuthorityController
from app.simulator.controllers.kubelet import node_controllers
from app.simulator.controllers.kubelet.fate import Failure, Fate, PodFate, usual_fate
from app.simulator.controllers.profiles import ProfileController
from app.simulator.controllers.recorder import EventRecorder
from app.simulator.controllers.volumes import VolumeController
from app.simulator.controllers.waits import Waits
from app.simulator.controllers.webhooks import webhook_servers
from app.simulator.controllers.workloads import workload_controllers
from app.simulator.issuing import Issue, issue
from app.simulator.timings import Timings
from app.simulator.world import ClusterFacts, World

__all__ = ["Controllers", "Failure", "Fate", "PodFate", "until_served"]


@dataclass(frozen=True, kw_only=True)
class Controllers:
    """All controllers of one cluster.

    `workloads` is kube-controller-manager's part; `fate` decides what becomes of Pods; `issue`
    makes the certificates, and must be the authority's where webhooks are really called.
    """

    url: str
    ca_certificate: str
    token: str
    cluster: ClusterFacts
    world: World
    clock: Clock
    workloads: bool = True
    timings: Timings = field(default_factory=Timings)
    fate: PodFate | None = None
    issue: Issue = issue

    async def run(self) -> None:
        """Work until cancelled; the API server may be away meanwhile."""
        async with KubernetesClient(self.url, self.ca_certificate, self.token) as client:
            context = self._context(client)
            controllers = self._controllers(context)
            async with asyncio.TaskGroup() as group:
                group.create_task(context.cluster.run())
                group.create_task(context.events.run())
                for controller in controllers:
                    group.create_task(controller.run())

    def _context(self, client: KubernetesClient) -> Context:
        return Context(
            cluster=Cluster(client),
            facts=self.cluster,
            world=self.world,
            clock=self.clock,
            timings=self.timings,
            waits=Waits(self.world, self.cluster),
            events=EventRecorder(client, self.clock),
            issue=self.issue,
        )

    def _controllers(self, context: Context) -> list[Controller]:
        fate = self.fate or usual_fate(self.timings)
        return [
            *(workload_controllers(context, self.ca_certificate) if self.workloads else []),
            *gke_controllers(context),
            *node_controllers(context, fate),
            VolumeController(context),
            *certificate_controllers(context),
            MeshAuthorityController(context),
            *webhook_servers(context),
            ProfileController(context),
        ]
