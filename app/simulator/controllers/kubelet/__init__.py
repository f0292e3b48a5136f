"""Nodes, the scheduler, and the kubelets that run Pods in nothing but words."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.kubelet.fate import PodFate
from app.simulator.controllers.kubelet.nodes import NodeController
from app.simulator.controllers.kubelet.pods import PodController
from app.simulator.controllers.kubelet.scheduler import Scheduler


def node_controllers(context: Context, fate: PodFate) -> list[Controller]:
    """Everything between a Pod's creation and its end."""
    return [NodeController(context), Scheduler(context), PodController(context, fate)]
