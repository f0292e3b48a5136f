"""One cluster's Kubernetes API on loopback, over HTTPS."""

from app.simulator.kubernetes.server import KubernetesServer

__all__ = ["KubernetesServer"]
