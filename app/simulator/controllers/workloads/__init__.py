"""The part of kube-controller-manager that a Kubeflow needs."""

from app.simulator.controllers.controller import Context, Controller
from app.simulator.controllers.workloads.autoscalers import AutoscalerController
from app.simulator.controllers.workloads.binder import BinderController
from app.simulator.controllers.workloads.clusterroles import AggregationController
from app.simulator.controllers.workloads.daemonsets import DaemonSetController
from app.simulator.controllers.workloads.deployments import DeploymentController
from app.simulator.controllers.workloads.disruptions import DisruptionController
from app.simulator.controllers.workloads.endpoints import EndpointsController
from app.simulator.controllers.workloads.jobs import JobController
from app.simulator.controllers.workloads.namespaces import NamespaceController
from app.simulator.controllers.workloads.protection import (
    ClaimProtectionController,
    VolumeProtectionController,
)
from app.simulator.controllers.workloads.replicasets import ReplicaSetController
from app.simulator.controllers.workloads.statefulsets import StatefulSetController


def workload_controllers(context: Context, ca_certificate: str) -> list[Controller]:
    """All of them; a real control plane brings its own instead."""
    return [
        NamespaceController(context, ca_certificate),
        DeploymentController(context),
        ReplicaSetController(context),
        StatefulSetController(context),
        DaemonSetController(context),
        JobController(context),
        EndpointsController(context),
        AggregationController(context),
        BinderController(context),
        AutoscalerController(context),
        DisruptionController(context),
        ClaimProtectionController(context),
        VolumeProtectionController(context),
    ]
