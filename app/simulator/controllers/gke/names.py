"""How GKE's Ingress controller names what it makes in Compute Engine."""

from app.simulator.controllers.objects import Key, digest
from app.simulator.world import ClusterFacts

NAMESPACE_LETTERS, SERVICE_LETTERS = 20, 24


def cluster_uid(facts: ClusterFacts) -> str:
    """Eight letters that tell a cluster's load balancers from those of others."""
    return digest([facts.project, facts.location, facts.name], 8)


def backend_name(facts: ClusterFacts, service: Key, port: int) -> str:
    """`k8s1-<cluster>-<namespace>-<service>-<port>-<hash>`, the same for its life."""
    identity = cluster_uid(facts)
    hash_ = digest([identity, service, port], 8)
    namespace, name = service[0][:NAMESPACE_LETTERS], service[1][:SERVICE_LETTERS]
    return f"k8s1-{identity}-{namespace}-{name}-{port}-{hash_}"


def load_balancer_names(facts: ClusterFacts, ingress: Key) -> dict[str, str]:
    """The Ingress annotations that name the parts of its load balancer."""
    hash_ = digest([cluster_uid(facts), ingress], 8)
    suffix = f"{cluster_uid(facts)}-{ingress[0]}-{ingress[1]}-{hash_}"
    parts = {
        "forwarding-rule": "fr",
        "https-forwarding-rule": "fs",
        "target-proxy": "tp",
        "https-target-proxy": "ts",
        "url-map": "um",
    }
    return {
        f"ingress.kubernetes.io/{part}": f"k8s2-{code}-{suffix}" for part, code in parts.items()
    }
