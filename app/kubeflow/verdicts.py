"""Whether policies let a caller through to a Pod: Kubernetes' NetworkPolicy, and Istio's own.

Only what objects say counts: labels that nobody but Istio's injector sets are not counted on, so
that a verdict holds for Pods with and without a sidecar.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from app.kubeflow.bundle import Item, Json
from app.kubeflow.pods import Labels, Pods

_NAME = "kubernetes.io/metadata.name"
_EXCLUDED = "traffic.sidecar.istio.io/excludeInboundPorts"
_ROOT = "istio-system"  # policies there hold for every namespace


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a Pod by its namespace and labels, or a machine outside by its address.

    `principal` is the identity in the mesh, which only what has Istio's proxy has.
    """

    title: str
    namespace: str = ""
    labels: Labels = field(default_factory=dict)
    principal: str = ""
    address: str = ""
    namespace_labels: Labels | None = None


class Policies:
    """All policies of a bundle and the labels of its namespaces."""

    def __init__(self, items: Iterable[Item]) -> None:
        found = list(items)
        self._namespaces = {
            item.name: item.body["metadata"].get("labels") or {}
            for item in found
            if item.kind == "Namespace"
        }
        self._network = [item for item in found if item.kind == "NetworkPolicy"]
        self._allowing = [
            item
            for item in found
            if item.kind == "AuthorizationPolicy"
            and (item.body.get("spec") or {}).get("action", "ALLOW") == "ALLOW"
        ]

    def obstacle(self, caller: Caller, pods: Pods, port: int, *, proxied: bool) -> str:
        """What stops a call to a port of some Pods: the kind of policy, or nothing.

        `proxied` says whether Istio's proxy stands before the Pods: their sidecar, or they
        themselves. What asks people to sign in (DENY, CUSTOM) is no obstacle.
        """
        if not self._network_allows(caller, pods, port):
            return "NetworkPolicy"
        if proxied and not self._mesh_allows(caller, pods, port):
            return "AuthorizationPolicy"
        return ""

    def _network_allows(self, caller: Caller, pods: Pods, port: int) -> bool:
        rules = [
            policy.body["spec"].get("ingress") or []
            for policy in self._network
            if policy.namespace == pods.namespace
            and "Ingress" in policy.body["spec"].get("policyTypes", ["Ingress"])
            and selects(policy.body["spec"].get("podSelector") or {}, pods.labels)
        ]
        return not rules or any(
            _opens(rule, pods, port) and self._admits(rule, pods.namespace, caller)
            for policy in rules
            for rule in policy
        )

    def _admits(self, rule: Json, namespace: str, caller: Caller) -> bool:
        sources = rule.get("from") or []
        return not sources or any(self._is(source, namespace, caller) for source in sources)

    def _is(self, source: Json, namespace: str, caller: Caller) -> bool:
        block = source.get("ipBlock")
        if block is not None or caller.address:
            return bool(block and caller.address) and _within(caller.address, block or {})
        in_namespace = (
            selects(source["namespaceSelector"] or {}, self._labels_of(caller))
            if "namespaceSelector" in source
            else caller.namespace == namespace
        )
        return in_namespace and selects(source.get("podSelector") or {}, caller.labels)

    def _labels_of(self, caller: Caller) -> Labels:
        labels = caller.namespace_labels or self._namespaces.get(caller.namespace, {})
        return {_NAME: caller.namespace, **labels}

    def _mesh_allows(self, caller: Caller, pods: Pods, port: int) -> bool:
        if str(port) in str(pods.annotations.get(_EXCLUDED, "")).split(","):
            return True
        specs = [
            policy.body.get("spec") or {}
            for policy in self._allowing
            if policy.namespace in (_ROOT, pods.namespace)
            and selects((policy.body.get("spec") or {}).get("selector") or {}, pods.labels)
        ]
        rules = [rule for spec in specs for rule in spec.get("rules") or []]
        return not specs or any(_names(rule, caller) for rule in rules)


def selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    """Whether a label selector fits some labels; an empty one fits all."""
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _fits(expression, labels) for expression in selector.get("matchExpressions") or []
    )


def _fits(expression: Json, labels: Labels) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or []
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def _opens(rule: Json, pods: Pods, port: int) -> bool:
    ports = rule.get("ports") or []
    return not ports or any(_is_port(entry, pods, port) for entry in ports)


def _is_port(entry: Json, pods: Pods, port: int) -> bool:
    if entry.get("protocol", "TCP") != "TCP":
        return False
    if "port" not in entry:
        return True
    first = pods.port(entry["port"])
    return first is not None and first <= port <= int(entry.get("endPort", first))


def _within(address: str, block: Json) -> bool:
    here = ip_address(address)
    return here in ip_network(block["cidr"]) and not any(
        here in ip_network(hole) for hole in block.get("except") or []
    )


def _names(rule: Json, caller: Caller) -> bool:
    """Whether a rule can hold for a caller: what it asks of the request itself may be given."""
    sources = [source.get("source") or {} for source in rule.get("from") or []]
    return not sources or any(
        caller.principal in (source.get("principals") or [caller.principal]) for source in sources
    )
