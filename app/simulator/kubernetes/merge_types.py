"""The merge types of the built-in kinds."""

from app.simulator.kubernetes.resources import Resource
from app.simulator.kubernetes.schema import (
    ANY,
    ATOMIC,
    METADATA,
    Type,
    from_open_api,
    list_map,
    struct,
)

_CONDITIONS = struct(conditions=list_map(ANY, type=None))
_KEY_REFERENCES = struct(
    configMapKeyRef=ATOMIC, secretKeyRef=ATOMIC, fieldRef=ATOMIC, resourceFieldRef=ATOMIC
)
_CONTAINER = struct(
    env=list_map(struct(valueFrom=_KEY_REFERENCES), name=None),
    ports=list_map(ANY, containerPort=None, protocol="TCP"),
    volumeMounts=list_map(ANY, mountPath=None),
    volumeDevices=list_map(ANY, devicePath=None),
    resources=struct(claims=list_map(ANY, name=None)),
)
_CLAIM_SPEC = struct(selector=ATOMIC, dataSource=ATOMIC)
_VOLUME = struct(
    csi=struct(nodePublishSecretRef=ATOMIC),
    ephemeral=struct(volumeClaimTemplate=struct(metadata=METADATA, spec=_CLAIM_SPEC)),
)
_POD_SPEC = struct(
    containers=list_map(_CONTAINER, name=None),
    initContainers=list_map(_CONTAINER, name=None),
    ephemeralContainers=list_map(_CONTAINER, name=None),
    volumes=list_map(_VOLUME, name=None),
    imagePullSecrets=list_map(ATOMIC, name=None),
    hostAliases=list_map(ANY, ip=None),
    topologySpreadConstraints=list_map(
        struct(labelSelector=ATOMIC), topologyKey=None, whenUnsatisfiable=None
    ),
    resourceClaims=list_map(ANY, name=None),
    schedulingGates=list_map(ANY, name=None),
    nodeSelector=ATOMIC,
    affinity=struct(
        nodeAffinity=struct(requiredDuringSchedulingIgnoredDuringExecution=ATOMIC),
    ),
)
_POD_STATUS = struct(
    conditions=list_map(ANY, type=None),
    podIPs=list_map(ANY, ip=None),
)
_TEMPLATE = struct(metadata=METADATA, spec=_POD_SPEC)
_WORKLOAD = struct(selector=ATOMIC, template=_TEMPLATE)
_WEBHOOKS = list_map(
    struct(
        namespaceSelector=ATOMIC,
        objectSelector=ATOMIC,
        matchConditions=list_map(ANY, name=None),
    ),
    name=None,
)


def _kind(spec: Type = ANY, status: Type = _CONDITIONS, **fields: Type) -> Type:
    return struct(metadata=METADATA, spec=spec, status=status, **fields)


_PLAIN = _kind()
_KINDS = {
    "pods": _kind(_POD_SPEC, _POD_STATUS),
    "deployments": _kind(_WORKLOAD),
    "replicasets": _kind(_WORKLOAD),
    "statefulsets": _kind(_WORKLOAD),
    "daemonsets": _kind(_WORKLOAD),
    "replicationcontrollers": _kind(struct(selector=ATOMIC, template=_TEMPLATE)),
    "jobs": _kind(_WORKLOAD, ANY),
    "cronjobs": _kind(struct(jobTemplate=struct(metadata=METADATA, spec=_WORKLOAD)), ANY),
    "podtemplates": _kind(template=_TEMPLATE),
    "services": _kind(
        struct(ports=list_map(ANY, port=None, protocol="TCP"), selector=ATOMIC),
    ),
    "serviceaccounts": _kind(secrets=list_map(ATOMIC, name=None)),
    "persistentvolumeclaims": _kind(_CLAIM_SPEC),
    "persistentvolumes": _kind(
        struct(claimRef=ATOMIC, nodeAffinity=struct(required=ATOMIC)),
    ),
    "nodes": _kind(
        struct(podCIDRs=Type(is_set=True)),
        struct(conditions=list_map(ANY, type=None), addresses=list_map(ANY, type=None)),
    ),
    "networkpolicies": _kind(struct(podSelector=ATOMIC)),
    "poddisruptionbudgets": _kind(struct(selector=ATOMIC)),
    "rolebindings": _kind(roleRef=ATOMIC),
    "clusterrolebindings": _kind(roleRef=ATOMIC),
    "mutatingwebhookconfigurations": _kind(webhooks=_WEBHOOKS),
    "validatingwebhookconfigurations": _kind(webhooks=_WEBHOOKS),
    "events": _kind(involvedObject=ATOMIC, related=ATOMIC, regarding=ATOMIC),
    "ingresses": _kind(
        struct(defaultBackend=struct(resource=ATOMIC)),
        struct(loadBalancer=ANY),
    ),
    "csistoragecapacities": _kind(nodeTopology=ATOMIC),
}


class Types:
    """The merge type of each served resource; a CRD's is read when it is first needed."""

    def __init__(self) -> None:
        self._custom: dict[tuple[str, str, str], tuple[Resource, Type]] = {}

    def of(self, resource: Resource) -> Type:
        """The type of the resource's objects."""
        if not resource.custom:
            return _KINDS.get(resource.plural, _PLAIN)
        key = (resource.group, resource.version, resource.plural)
        known = self._custom.get(key)
        if known and known[0] is resource:
            return known[1]
        read = from_open_api(resource.schema())
        read.fields["metadata"] = METADATA
        self._custom[key] = (resource, read)
        return read
