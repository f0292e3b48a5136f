"""What must exist before a Pod's containers can start."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.simulator.controllers.kinds import CLAIM, CONFIG_MAP, SECRET, Kind
from app.simulator.controllers.objects import Key, Object, key_of


@dataclass(frozen=True, slots=True)
class Requirement:
    """An object that is mounted or read, and what the kubelet says while it is not there."""

    kind: Kind
    key: Key
    event: str
    message: str

    def met(self, obj: Object | None) -> bool:
        """Whether the object is there; a claim must be bound as well."""
        if obj is None:
            return False
        return self.kind is not CLAIM or (obj.get("status") or {}).get("phase") == "Bound"


def requirements(pod: Object) -> Iterator[Requirement]:
    """All of them, volumes first."""
    namespace = key_of(pod)[0]
    for volume in pod["spec"].get("volumes") or []:
        yield from _of_volume(namespace, volume)
    for container in [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]:
        yield from _of_environment(namespace, container)


def _of_volume(namespace: str, volume: Object) -> Iterator[Requirement]:
    sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
    for source in sources:
        for kind, key in _mounted(namespace, source):
            told = f'{kind.name.lower()} "{key[1]}" not found'
            if kind is CLAIM:
                told = f'persistentvolumeclaim "{key[1]}" is not bound'
            message = f'MountVolume.SetUp failed for volume "{volume.get("name")}" : {told}'
            yield Requirement(kind, key, "FailedMount", message)


def _mounted(namespace: str, source: Object) -> Iterator[tuple[Kind, Key]]:
    secret, map_ = source.get("secret"), source.get("configMap")
    claim = source.get("persistentVolumeClaim")
    if secret and not secret.get("optional"):
        yield SECRET, (namespace, secret.get("secretName") or secret["name"])
    if map_ and not map_.get("optional"):
        yield CONFIG_MAP, (namespace, map_["name"])
    if claim:
        yield CLAIM, (namespace, claim["claimName"])


def _of_environment(namespace: str, container: Object) -> Iterator[Requirement]:
    references = [each.get("valueFrom") or {} for each in container.get("env") or []]
    references += container.get("envFrom") or []
    fields = {"secretKeyRef": SECRET, "configMapKeyRef": CONFIG_MAP}
    fields |= {"secretRef": SECRET, "configMapRef": CONFIG_MAP}
    for reference in references:
        for field, kind in fields.items():
            source = reference.get(field)
            if source and not source.get("optional"):
                message = f'Error: {kind.name.lower()} "{source["name"]}" not found'
                yield Requirement(kind, (namespace, source["name"]), "Failed", message)
