"""What a load balancer of an Ingress is made of in Compute Engine: paths and bodies.

The parts refer to each other: forwarding rules to proxies, these to the URL map and the
certificates, the URL map to the backend service, and that one to its health check and group.
"""

from dataclasses import dataclass

from app.simulator.controllers.gke.names import cluster_uid
from app.simulator.controllers.gke.translation import Backend
from app.simulator.controllers.objects import Key, Object
from app.simulator.world import ClusterFacts

Parts = dict[str, Object]
_ROOT = "https://www.googleapis.com/compute/v1/projects"
_CHECKERS = ["130.211.0.0/22", "35.191.0.0/16"]
_CHECK_PORT = 15021
_NAMES = "ingress.kubernetes.io/"


@dataclass(frozen=True, slots=True)
class Plan:
    """The names of one Ingress' load balancer; `names` are the annotations that give them.

    `certificates` are the names of SSL certificates, `address` the IPv4.
    """

    facts: ClusterFacts
    backend: Backend
    backend_name: str
    names: dict[str, str]
    certificates: tuple[str, ...] = ()
    address: str = ""


def zone_of(facts: ClusterFacts) -> str:
    """The zone of a cluster's endpoint groups and disks; every region has a zone b."""
    is_zone = facts.location[-2:-1] == "-"
    return facts.location if is_zone else f"{facts.location}-b"


def group_path(facts: ClusterFacts, name: str) -> str:
    """The network endpoint group of a backend."""
    return f"zones/{zone_of(facts)}/networkEndpointGroups/{name}"


def firewall_path(facts: ClusterFacts) -> str:
    """The rule that lets health checks in; one for all Ingresses of a cluster."""
    return f"global/firewalls/k8s-fw-l7--{cluster_uid(facts)}"


def backend_parts(plan: Plan, service: Key) -> Parts:
    """What stands behind the URL map, and the firewall rule; made at once."""
    name, facts = plan.backend_name, plan.facts
    config = (plan.backend.config or {}).get("spec") or {}
    group, check = group_path(facts, name), f"global/healthChecks/{name}"
    description = {"kubernetes.io/service-name": "/".join(service)}
    return {
        group: {
            "description": str(description),
            "network": _link(facts, "global/networks/default"),
            "networkEndpointType": "GCE_VM_IP_PORT",
        },
        check: _health_check(config.get("healthCheck") or {}),
        f"global/backendServices/{name}": {
            "description": str(description),
            "protocol": "HTTP",
            "loadBalancingScheme": "EXTERNAL",
            "timeoutSec": config.get("timeoutSec", 30),
            "iap": {"enabled": plan.backend.iap},
            "healthChecks": [_link(facts, check)],
            "backends": [
                {"group": _link(facts, group), "balancingMode": "RATE", "maxRatePerEndpoint": 1}
            ],
        },
        firewall_path(facts): _firewall(facts),
    }


def frontend_parts(plan: Plan) -> Parts:
    """The URL map, proxies and forwarding rules, in the order in which they refer back."""
    facts = plan.facts
    url_map = f"global/urlMaps/{plan.names[f'{_NAMES}url-map']}"
    backend = _link(facts, f"global/backendServices/{plan.backend_name}")
    parts: Parts = {url_map: {"defaultService": backend}}
    if f"{_NAMES}target-proxy" in plan.names:
        proxy = f"global/targetHttpProxies/{plan.names[f'{_NAMES}target-proxy']}"
        rule = plan.names[f"{_NAMES}forwarding-rule"]
        parts[proxy] = {"urlMap": _link(facts, url_map)}
        parts[f"global/forwardingRules/{rule}"] = _rule(plan, proxy, "80-80")
    if plan.certificates:
        proxy = f"global/targetHttpsProxies/{plan.names[f'{_NAMES}https-target-proxy']}"
        rule = plan.names[f"{_NAMES}https-forwarding-rule"]
        own = [_link(facts, f"global/sslCertificates/{name}") for name in plan.certificates]
        parts[proxy] = {"urlMap": _link(facts, url_map), "sslCertificates": own}
        parts[f"global/forwardingRules/{rule}"] = _rule(plan, proxy, "443-443")
    return parts


def paths_to_remove(facts: ClusterFacts, names: dict[str, str], backends: list[str]) -> list[str]:
    """Everything of one Ingress' load balancer, users before what they use.

    The firewall rule is not among it: GKE's controller leaves it behind.
    """
    kinds = (
        ("forwardingRules", "forwarding-rule"),
        ("forwardingRules", "https-forwarding-rule"),
        ("targetHttpProxies", "target-proxy"),
        ("targetHttpsProxies", "https-target-proxy"),
        ("urlMaps", "url-map"),
    )
    paths = [f"global/{kind}/{names[_NAMES + part]}" for kind, part in kinds]
    for name in backends:
        paths += [f"global/backendServices/{name}", f"global/healthChecks/{name}"]
        paths.append(group_path(facts, name))
    return paths


def _rule(plan: Plan, proxy: str, ports: str) -> Object:
    return {
        "IPAddress": plan.address,
        "IPProtocol": "TCP",
        "portRange": ports,
        "target": _link(plan.facts, proxy),
        "loadBalancingScheme": "EXTERNAL",
        "networkTier": "PREMIUM",
        "ipVersion": "IPV4",
    }


def _health_check(wanted: Object) -> Object:
    port = wanted.get("port")
    specification = {"USE_FIXED_PORT": port} if port else {}
    check: Object = {
        "portSpecification": next(iter(specification), "USE_SERVING_PORT"),
        "requestPath": wanted.get("requestPath", "/"),
    }
    return {
        "type": "HTTP",
        "checkIntervalSec": wanted.get("checkIntervalSec", 15),
        "timeoutSec": wanted.get("timeoutSec", 15),
        "healthyThreshold": wanted.get("healthyThreshold", 1),
        "unhealthyThreshold": wanted.get("unhealthyThreshold", 2),
        "httpHealthCheck": {**check, "port": port} if port else check,
    }


def _firewall(facts: ClusterFacts) -> Object:
    return {
        "description": "GCE L7 firewall rule",
        "network": _link(facts, "global/networks/default"),
        "priority": 1000,
        "direction": "INGRESS",
        "sourceRanges": _CHECKERS,
        "targetTags": [f"gke-{facts.name}-{cluster_uid(facts)}-node"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["8080", str(_CHECK_PORT)]}],
    }


def _link(facts: ClusterFacts, path: str) -> str:
    return f"{_ROOT}/{facts.project}/{path}"
