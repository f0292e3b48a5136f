"""Objects that kubectl 1.32 and later sends as protocol buffers when it makes them itself.

`kubectl create namespace` and its like, `kubectl auth`, `kubectl create token`: their typed
client encodes so and does not fall back to JSON. What is applied or created from a file is JSON.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.simulator.kubernetes.objects import Object, timestamp
from app.simulator.kubernetes.protobuf.wire import decode_fields, signed

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
# A message a line: its name, then field:number:type. Types are text (s), number (i), number
# unless it is 0 (z), truth (b), truth unless it is false (f), bytes (y) or another message;
# [] repeats, {} is a map from text.
_TABLE = """
ObjectMeta name:1:s generateName:2:s namespace:3:s selfLink:4:s uid:5:s resourceVersion:6:s \
 generation:7:z creationTimestamp:8:Time labels:11:{s} annotations:12:{s} finalizers:14:s[]
LabelSelector matchLabels:1:{s}
Namespace metadata:1:ObjectMeta spec:2:NamespaceSpec status:3:Ignored
NamespaceSpec finalizers:1:s[]
ConfigMap metadata:1:ObjectMeta data:2:{s} binaryData:3:{y} immutable:4:b
Secret metadata:1:ObjectMeta data:2:{y} type:3:s stringData:4:{s} immutable:5:b
ServiceAccount metadata:1:ObjectMeta automountServiceAccountToken:4:b
TokenRequest metadata:1:ObjectMeta spec:2:TokenRequestSpec status:3:Ignored
TokenRequestSpec audiences:1:s[] expirationSeconds:4:i
SelfSubjectReview metadata:1:ObjectMeta status:2:Ignored
SelfSubjectAccessReview metadata:1:ObjectMeta spec:2:AccessSpec status:3:Ignored
SelfSubjectRulesReview metadata:1:ObjectMeta spec:2:RulesSpec status:3:Ignored
AccessSpec resourceAttributes:1:ResourceAttributes nonResourceAttributes:2:PathAttributes
ResourceAttributes namespace:1:s verb:2:s group:3:s version:4:s resource:5:s subresource:6:s \
 name:7:s
PathAttributes path:1:s verb:2:s
RulesSpec namespace:1:s
PolicyRule verbs:1:s[] apiGroups:2:s[] resources:3:s[] resourceNames:4:s[] nonResourceURLs:5:s[]
Role metadata:1:ObjectMeta rules:2:PolicyRule[]
ClusterRole metadata:1:ObjectMeta rules:2:PolicyRule[] aggregationRule:3:AggregationRule
AggregationRule clusterRoleSelectors:1:LabelSelector[]
Subject kind:1:s apiGroup:2:s name:3:s namespace:4:s
RoleRef apiGroup:1:s kind:2:s name:3:s
RoleBinding metadata:1:ObjectMeta subjects:2:Subject[] roleRef:3:RoleRef
ClusterRoleBinding metadata:1:ObjectMeta subjects:2:Subject[] roleRef:3:RoleRef
PriorityClass metadata:1:ObjectMeta value:2:i globalDefault:3:f description:4:s preemptionPolicy:5:s
Service metadata:1:ObjectMeta spec:2:ServiceSpec status:3:Ignored
ServiceSpec ports:1:ServicePort[] selector:2:{s} clusterIP:3:s type:4:s sessionAffinity:7:s \
 loadBalancerIP:8:s externalName:10:s externalTrafficPolicy:11:s healthCheckNodePort:12:z \
 publishNotReadyAddresses:13:f
ServicePort name:1:s protocol:2:s port:3:i targetPort:4:IntOrString nodePort:5:z
Deployment metadata:1:ObjectMeta spec:2:DeploymentSpec status:3:Ignored
DeploymentSpec replicas:1:i selector:2:LabelSelector template:3:PodTemplate strategy:4:Strategy \
 minReadySeconds:5:z revisionHistoryLimit:6:i paused:7:f
Strategy type:1:s
Job metadata:1:ObjectMeta spec:2:JobSpec status:3:Ignored
JobSpec parallelism:1:i completions:2:i template:6:PodTemplate backoffLimit:7:i
CronJob metadata:1:ObjectMeta spec:2:CronJobSpec status:3:Ignored
CronJobSpec schedule:1:s concurrencyPolicy:3:s suspend:4:b jobTemplate:5:JobTemplate timeZone:8:s
JobTemplate metadata:1:ObjectMeta spec:2:JobSpec
PodDisruptionBudget metadata:1:ObjectMeta spec:2:BudgetSpec status:3:Ignored
BudgetSpec minAvailable:1:IntOrString selector:2:LabelSelector maxUnavailable:3:IntOrString
PodTemplate metadata:1:ObjectMeta spec:2:PodSpec
PodSpec containers:2:Container[] restartPolicy:3:s dnsPolicy:6:s serviceAccountName:8:s \
 serviceAccount:9:s nodeName:10:s hostNetwork:11:f \
 hostPID:12:f hostIPC:13:f hostname:16:s subdomain:17:s schedulerName:19:s priorityClassName:24:s
Container name:1:s image:2:s command:3:s[] args:4:s[] workingDir:5:s ports:6:ContainerPort[] \
 resources:8:Empty terminationMessagePath:13:s imagePullPolicy:14:s stdin:16:f stdinOnce:17:f \
 tty:18:f terminationMessagePolicy:20:s
ContainerPort name:1:s hostPort:2:z containerPort:3:i protocol:4:s hostIP:5:s
Empty
"""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: str
    repeated: bool
    mapped: bool


def decode_object(body: bytes) -> Object:
    """An object from its envelope; raises ValueError for what the table does not know."""
    if not body.startswith(_MAGIC):
        raise ValueError("the body has no Kubernetes prefix")
    envelope = dict(decode_fields(body[len(_MAGIC) :]))
    names = dict(decode_fields(_as_bytes(envelope[1])))
    kind = _as_bytes(names[2]).decode()
    item = _message(kind, _as_bytes(envelope.get(2, b"")))
    return {"apiVersion": _as_bytes(names[1]).decode(), "kind": kind, **item}


def _read_table() -> dict[str, dict[int, _Field]]:
    messages = {}
    for line in _TABLE.strip().splitlines():
        name, *fields = line.split()
        messages[name] = dict(_read_field(field) for field in fields)
    return messages


def _read_field(text: str) -> tuple[int, _Field]:
    name, number, type_ = text.split(":")
    field = _Field(name, type_.strip("[]{}"), type_.endswith("[]"), type_.startswith("{"))
    return int(number), field


_MESSAGES = _read_table()


def _message(kind: str, data: bytes) -> Object:
    if kind not in _MESSAGES:
        raise ValueError(f"{kind} is not read as protobuf")
    item: Object = {}
    for number, value in decode_fields(data):
        field = _MESSAGES[kind].get(number)
        if field is None:
            raise ValueError(f"field {number} of {kind} is not read as protobuf")
        _place(item, field, value)
    return item


def _place(item: Object, field: _Field, value: bytes | int) -> None:
    if field.mapped:
        pair = dict(decode_fields(_as_bytes(value)))
        name = _as_bytes(pair.get(1, b"")).decode()
        item.setdefault(field.name, {})[name] = _value(field.type, pair.get(2, b""))
        return
    decoded = _value(field.type, value)
    if field.repeated:
        item.setdefault(field.name, []).append(decoded)
    # A typed client writes every text, empty or not; empty ones are what JSON leaves out.
    elif decoded not in ("", None):
        item[field.name] = decoded


def _value(type_: str, value: bytes | int) -> Any:
    if isinstance(value, int):
        return _number(type_, value)
    data = _as_bytes(value)
    if type_ == "s":
        return data.decode()
    if type_ == "y":
        return base64.b64encode(data).decode()
    special = {"Time": _time, "IntOrString": _int_or_string, "Ignored": _nothing}.get(type_)
    return special(data) if special else _message(type_, data)


def _number(type_: str, value: int) -> int | bool | None:
    if type_ in ("z", "f") and not value:
        return None
    return bool(value) if type_ in ("b", "f") else signed(value)


def _time(data: bytes) -> str | None:
    seconds = dict(decode_fields(data)).get(1)
    return timestamp(datetime.fromtimestamp(seconds, UTC)) if isinstance(seconds, int) else None


def _int_or_string(data: bytes) -> int | str:
    fields = dict(decode_fields(data))
    if fields.get(1):
        return _as_bytes(fields.get(3, b"")).decode()
    number = fields.get(2, 0)
    return number if isinstance(number, int) else 0


def _nothing(_: bytes) -> None:
    """A status: the server makes it."""


def _as_bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where a message is expected")
    return value
