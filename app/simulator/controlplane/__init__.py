"""A real Kubernetes control plane: etcd, kube-apiserver and kube-controller-manager as processes.

`ControlPlane` has the shape of `app.simulator.kubernetes.KubernetesServer`: the same controllers
work on either.
"""

from app.simulator.controlplane.binaries import HOW_TO_GET_THEM, Binaries, find
from app.simulator.controlplane.server import ControlPlane

__all__ = ["HOW_TO_GET_THEM", "Binaries", "ControlPlane", "find"]
