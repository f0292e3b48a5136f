"""What the cluster says of Pods that cannot start: its warnings, read and told once each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from app.errors import Message
from app.kube.client import Json, KubeClient
from app.kube.follow import follow
from app.text import N_

_NORMAL_AT_FIRST = {"Unhealthy", "FailedScheduling", "FailedMount", "DNSConfigForming"}
_WORKLOADS = {"Pod", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "PersistentVolumeClaim"}
_IMAGE, _NODE, _VOLUME, _OTHER = (
    N_("%(object)s cannot start, its image cannot be had: %(message)s"),
    N_("%(object)s cannot start, no node takes it: %(message)s"),
    N_("%(object)s cannot start, its volume is not there: %(message)s"),
    N_("%(object)s: %(reason)s: %(message)s"),
)
_TEMPLATES = {
    "FailedScheduling": _NODE,
    "FailedMount": _VOLUME,
    "FailedAttachVolume": _VOLUME,
    "ProvisioningFailed": _VOLUME,
    "ErrImagePull": _IMAGE,
    "InspectFailed": _IMAGE,
    "ErrImageNeverPull": _IMAGE,
}
_LONGEST = 500

Key = tuple[str, str, str]  # kind, namespace, name
OnTrouble = Callable[[Message], Awaitable[None]]


@dataclass
class Troubles:
    """Warnings about what belongs to the objects in `wanted`, which maps keys to components."""

    client: KubeClient
    wanted: Mapping[Key, str]
    on_trouble: OnTrouble
    _latest: dict[Key, str] = field(default_factory=dict)
    _told: set[tuple[Key, str]] = field(default_factory=set)

    async def follow(self) -> None:
        """Tell of each warning once for an object and a reason; never ends by itself."""
        async for event in follow(self.client, "/api/v1/events", fieldSelector="type=Warning"):
            if event["type"] != "DELETED":
                await self._look(event["object"])

    def about(self, key: Key) -> str:
        """The latest that was said about what belongs to an object; "" for nothing."""
        return self._latest.get(key, "")

    async def _look(self, happened: Json) -> None:
        about = happened.get("involvedObject") or {}
        kind, name = str(about.get("kind")), str(about.get("name"))
        owner = self._owner(kind, str(about.get("namespace")), name)
        reason = str(happened.get("reason", ""))
        if owner is None or (_count(happened) < 2 and reason in _NORMAL_AT_FIRST):
            return
        message = str(happened.get("message", "")).strip()[:_LONGEST]
        self._latest[owner] = message
        template = _template(reason, message)
        if (owner, template) not in self._told:
            self._told.add((owner, template))
            title = f"{kind} {about.get('namespace')}/{name}"
            await self.on_trouble(Message(template, object=title, reason=reason, message=message))

    def _owner(self, kind: str, namespace: str, name: str) -> Key | None:
        """The object that we wait for and that this one, by its name, belongs to."""
        if kind not in _WORKLOADS:
            return None
        owners = [
            key
            for key in self.wanted
            if key[1] == namespace and (name == key[2] or name.startswith(f"{key[2]}-"))
        ]
        return max(owners, key=lambda key: len(key[2]), default=None)


def _template(reason: str, message: str) -> str:
    if reason == "Failed" and "image" in message.lower():
        return _IMAGE
    if reason == "BackOff" and "pulling image" in message.lower():
        return _IMAGE
    return _TEMPLATES.get(reason, _OTHER)


def _count(happened: Json) -> int:
    """How often it has happened; the scheduler counts in a series."""
    series = happened.get("series") or {}
    return int(series.get("count") or happened.get("count") or 1)
