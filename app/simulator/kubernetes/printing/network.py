"""The columns of Services, Ingresses and what stands behind them."""

from typing import Any

from app.simulator.kubernetes.objects import Object, value_at
from app.simulator.kubernetes.printing.ages import age_of
from app.simulator.kubernetes.printing.printer import Printer, at, labels_cell


def _service(item: Object) -> list[Any]:
    kind = at(item, "spec.type", "ClusterIP")
    ports = []
    for port in value_at(item, "spec.ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        ports.append(f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}")
    selector = labels_cell(value_at(item, "spec.selector"))
    cluster_ip = at(item, "spec.clusterIP", "<none>")
    shown = ",".join(ports) or "<none>"
    return [kind, cluster_ip, _external_address(item, kind), shown, age_of(item), selector]


def _external_address(item: Object, kind: str) -> str:
    if kind == "ExternalName":
        return str(at(item, "spec.externalName", "<none>"))
    addresses = _load_balancer(item)
    if kind == "LoadBalancer":
        return addresses or "<pending>"
    return ",".join(value_at(item, "spec.externalIPs") or ()) or "<none>"


def _load_balancer(item: Object) -> str:
    points = value_at(item, "status.loadBalancer.ingress") or ()
    return ",".join(point.get("ip") or point.get("hostname", "") for point in points)


def _ingress(item: Object) -> list[Any]:
    rules = value_at(item, "spec.rules") or ()
    hosts = ",".join(rule["host"] for rule in rules if rule.get("host")) or "*"
    ports = "80, 443" if value_at(item, "spec.tls") else "80"
    ingress_class = at(item, "spec.ingressClassName", "<none>")
    return [ingress_class, hosts, _load_balancer(item), ports, age_of(item)]


def _network_policy(item: Object) -> list[Any]:
    return [labels_cell(value_at(item, "spec.podSelector.matchLabels")), age_of(item)]


def _endpoint_slice(item: Object) -> list[Any]:
    ports = ",".join(str(port.get("port")) for port in item.get("ports") or ()) or "<unset>"
    found = [a for point in item.get("endpoints") or () for a in point.get("addresses") or ()]
    return [item.get("addressType", ""), ports, ",".join(found) or "<unset>", age_of(item)]


def _endpoints(item: Object) -> list[Any]:
    found = [
        f"{address.get('ip')}:{port.get('port')}"
        for subset in item.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ()
    ]
    return [",".join(found) or "<none>", age_of(item)]


_SERVICE = ("Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector*")
PRINTERS = {
    "/services": Printer(_SERVICE, _service),
    "/endpoints": Printer(("Endpoints", "Age"), _endpoints),
    "networking.k8s.io/ingresses": Printer(("Class", "Hosts", "Address", "Ports", "Age"), _ingress),
    "networking.k8s.io/networkpolicies": Printer(("Pod-Selector", "Age"), _network_policy),
    "discovery.k8s.io/endpointslices": Printer(
        ("AddressType", "Ports", "Endpoints", "Age"), _endpoint_slice
    ),
}
