"""Values the API server fills in where a built-in object leaves them out."""

import base64
from collections.abc import Callable
from typing import Any

import orjson

from app.simulator.kubernetes.objects import Object

# What once was a field of its own, and now is an annotation that nobody can change.
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_RBAC = "rbac.authorization.k8s.io"


def with_defaults(storage: str, item: Object) -> Object:
    """A copy of the object with its kind's defaults."""
    fill = _DEFAULTS.get(storage)
    if fill is None:
        return item
    copy: Object = orjson.loads(orjson.dumps(item))
    fill(copy)
    return copy


def _fill(target: Object, **values: Any) -> Object:
    for name, value in values.items():
        if target.get(name) in (None, ""):
            target[name] = value
    return target


def _spec(item: Object) -> Object:
    spec: Object = item.setdefault("spec", {})
    return spec


def _deployment(item: Object) -> None:
    spec = _fill(_spec(item), replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = _fill(spec.setdefault("strategy", {}), type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        _fill(rolling, maxUnavailable="25%", maxSurge="25%")
    _template(spec)


def _stateful_set(item: Object) -> None:
    spec = _fill(
        _spec(item),
        replicas=1,
        podManagementPolicy="OrderedReady",
        revisionHistoryLimit=10,
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    )
    strategy = _fill(spec.setdefault("updateStrategy", {}), type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), partition=0)
    for claim in spec.get("volumeClaimTemplates") or ():
        _fill(claim, apiVersion="v1", kind="PersistentVolumeClaim", status={"phase": "Pending"})
        _fill(claim.setdefault("spec", {}), volumeMode="Filesystem")
    _template(spec)


def _daemon_set(item: Object) -> None:
    spec = _fill(_spec(item), revisionHistoryLimit=10)
    strategy = _fill(spec.setdefault("updateStrategy", {}), type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)
    annotations = item["metadata"].setdefault("annotations", {})
    annotations.setdefault(TEMPLATE_GENERATION, "0")
    _template(spec)


def _replica_set(item: Object) -> None:
    _template(_fill(_spec(item), replicas=1))


def _job(item: Object) -> None:
    spec = _fill(
        _spec(item),
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        podReplacementPolicy="TerminatingOrFailed",
        manualSelector=False,
    )
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    _fill(spec, parallelism=1)
    _template(spec)


def _cron_job(item: Object) -> None:
    spec = _fill(
        _spec(item),
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )
    _template(spec.setdefault("jobTemplate", {}).setdefault("spec", {}))


def _template(spec: Object) -> None:
    template = spec.get("template")
    if isinstance(template, dict) and isinstance(template.get("spec"), dict):
        pod_spec(template["spec"])


def _pod(item: Object) -> None:
    spec = _spec(item)
    pod_spec(spec)
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        limits = container["resources"].get("limits")
        if limits:
            _fill(container["resources"].setdefault("requests", {}), **limits)
    _fill(spec, serviceAccountName="default", enableServiceLinks=True)
    _fill(spec, serviceAccount=spec["serviceAccountName"], preemptionPolicy="PreemptLowerPriority")
    _fill(spec, priority=0)
    _fill(item.setdefault("status", {}), phase="Pending", qosClass=_quality(spec))


def _quality(spec: Object) -> str:
    resources = [container.get("resources") or {} for container in spec.get("containers") or ()]
    if not any(resource.get("requests") or resource.get("limits") for resource in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(resource.get("limits") or ())
        and resource.get("requests", resource["limits"]) == resource["limits"]
        for resource in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def pod_spec(spec: Object) -> None:
    """Fill in a Pod's spec, in place."""
    _fill(
        spec,
        restartPolicy="Always",
        dnsPolicy="ClusterFirst",
        terminationGracePeriodSeconds=30,
        schedulerName="default-scheduler",
        securityContext={},
    )
    if spec.get("serviceAccountName"):
        _fill(spec, serviceAccount=spec["serviceAccountName"])
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        _container(container)
    for volume in spec.get("volumes") or ():
        _volume(volume)


def _container(container: Object) -> None:
    image = str(container.get("image", ""))
    tag = image.rpartition("/")[2].partition(":")[2]
    latest = "@" not in image and tag in ("", "latest")
    _fill(
        container,
        imagePullPolicy="Always" if latest else "IfNotPresent",
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    for port in container.get("ports") or ():
        _fill(port, protocol="TCP")
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference:
            _fill(reference, apiVersion="v1")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(name), dict):
            _probe(container[name])


def _probe(probe: Object) -> None:
    _fill(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if isinstance(probe.get("httpGet"), dict):
        _fill(probe["httpGet"], scheme="HTTP", path="/")
    if isinstance(probe.get("grpc"), dict):
        _fill(probe["grpc"], service="")


def _volume(volume: Object) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for name in ("secret", "configMap", "projected", "downwardAPI"):
        if isinstance(volume.get(name), dict):
            _fill(volume[name], defaultMode=420)
    _downward(volume.get("downwardAPI"))
    for source in (volume.get("projected") or {}).get("sources") or ():
        if isinstance(source.get("serviceAccountToken"), dict):
            _fill(source["serviceAccountToken"], expirationSeconds=3600)
        _downward(source.get("downwardAPI"))
    if isinstance(volume.get("hostPath"), dict):
        _fill(volume["hostPath"], type="")


def _downward(source: Object | None) -> None:
    for item in (source or {}).get("items") or ():
        if isinstance(item.get("fieldRef"), dict):
            _fill(item["fieldRef"], apiVersion="v1")


def _service(item: Object) -> None:
    spec = _fill(_spec(item), type="ClusterIP", sessionAffinity="None")
    for port in spec.get("ports") or ():
        _fill(port, protocol="TCP")
        port["targetPort"] = port.get("targetPort") or port.get("port")
    if spec["type"] != "ExternalName":
        _fill(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _fill(spec, allocateLoadBalancerNodePorts=True)
    _fill(item.setdefault("status", {}), loadBalancer={})


def _claim(item: Object) -> None:
    _fill(_spec(item), volumeMode="Filesystem")
    _fill(item.setdefault("status", {}), phase="Pending")


def _volume_object(item: Object) -> None:
    _fill(_spec(item), persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    _fill(item.setdefault("status", {}), phase="Pending")


def _secret(item: Object) -> None:
    _fill(item, type="Opaque")
    plain = item.pop("stringData", None) or {}
    if plain:
        encoded = {k: base64.b64encode(str(v).encode()).decode() for k, v in plain.items()}
        item["data"] = {**(item.get("data") or {}), **encoded}


def _namespace(item: Object) -> None:
    metadata = item["metadata"]
    labels = metadata.get("labels") or {}
    metadata["labels"] = {**labels, "kubernetes.io/metadata.name": metadata["name"]}
    _spec(item)
    _fill(item.setdefault("status", {}), phase="Active")


def _network_policy(item: Object) -> None:
    spec = _spec(item)
    types = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    _fill(spec, podSelector={}, policyTypes=types)
    for rule in (*(spec.get("ingress") or ()), *(spec.get("egress") or ())):
        for port in rule.get("ports") or ():
            _fill(port, protocol="TCP")


def _ingress(item: Object) -> None:
    _spec(item)
    _fill(item.setdefault("status", {}), loadBalancer={})


def _autoscaler(item: Object) -> None:
    _fill(_spec(item), minReplicas=1)
    _fill(item.setdefault("status", {}), desiredReplicas=0)


def _binding(item: Object) -> None:
    _fill(item.setdefault("roleRef", {}), apiGroup=_RBAC)
    for subject in item.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            _fill(subject, apiGroup=_RBAC)


def _webhooks(item: Object) -> None:
    for webhook in item.get("webhooks") or ():
        _fill(
            webhook,
            failurePolicy="Fail",
            matchPolicy="Equivalent",
            namespaceSelector={},
            objectSelector={},
            timeoutSeconds=10,
        )
        if item.get("kind") == "MutatingWebhookConfiguration":
            _fill(webhook, reinvocationPolicy="Never")
        for rule in webhook.get("rules") or ():
            _fill(rule, scope="*")
        service = (webhook.get("clientConfig") or {}).get("service")
        if service:
            _fill(service, port=443)


def _storage_class(item: Object) -> None:
    _fill(item, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _priority_class(item: Object) -> None:
    _fill(item, preemptionPolicy="PreemptLowerPriority")


_DEFAULTS: dict[str, Callable[[Object], None]] = {
    "/pods": _pod,
    "/services": _service,
    "/secrets": _secret,
    "/namespaces": _namespace,
    "/persistentvolumeclaims": _claim,
    "/persistentvolumes": _volume_object,
    "/replicationcontrollers": _replica_set,
    "apps/deployments": _deployment,
    "apps/statefulsets": _stateful_set,
    "apps/daemonsets": _daemon_set,
    "apps/replicasets": _replica_set,
    "batch/jobs": _job,
    "batch/cronjobs": _cron_job,
    "networking.k8s.io/networkpolicies": _network_policy,
    "networking.k8s.io/ingresses": _ingress,
    "autoscaling/horizontalpodautoscalers": _autoscaler,
    f"{_RBAC}/rolebindings": _binding,
    f"{_RBAC}/clusterrolebindings": _binding,
    "admissionregistration.k8s.io/mutatingwebhookconfigurations": _webhooks,
    "admissionregistration.k8s.io/validatingwebhookconfigurations": _webhooks,
    "storage.k8s.io/storageclasses": _storage_class,
    "scheduling.k8s.io/priorityclasses": _priority_class,
}
