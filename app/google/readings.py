"""Google's answers, read: plain values of what the portal needs of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Json = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Project:
    """`parent` is the organisation or folder above, empty for a project that belongs to none."""

    id: str
    number: str
    state: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Billing:
    """Whether the project's bills are paid, and from which account."""

    enabled: bool
    account: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit and how much of it is used; the unit is the metric's (a count, or GB)."""

    limit: float
    usage: float

    @property
    def free(self) -> float:
        return max(0.0, self.limit - self.usage)


@dataclass(frozen=True, slots=True)
class Zone:
    """`deprecated` is Google's word for a zone that is being given up, or empty."""

    name: str
    up: bool
    deprecated: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """A machine type; memory in GB (2**30 bytes)."""

    name: str
    cores: int
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Thing:
    """Something whose name is taken, with what tells whose it is."""

    name: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend service; the id changes when it is made anew. `states` are its endpoints'."""

    name: str
    id: str
    iap: bool
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForwardingRule:
    """Which address and ports of the internet lead into a load balancer."""

    name: str
    ip: str
    ports: str


def maybe(read: Callable[[Json], T], answer: Json | None) -> T | None:
    """What `read` makes of an answer, if there is one."""
    return None if answer is None else read(answer)


def project(answer: Json) -> Project:
    """Resource Manager's project."""
    return Project(
        id=str(answer["projectId"]),
        number=str(answer["name"]).rpartition("/")[2],
        state=str(answer.get("state", "")),
        parent=str(answer.get("parent", "")),
    )


def billing(answer: Json) -> Billing:
    """Cloud Billing's word on a project."""
    return Billing(
        bool(answer.get("billingEnabled")),
        str(answer.get("billingAccountName", "")).rpartition("/")[2],
    )


def enabled(answer: Json) -> frozenset[str]:
    """The names of those services of a list that are enabled."""
    return frozenset(
        str(service["name"]).rpartition("/")[2]
        for service in answer.get("services", [])
        if service.get("state") == "ENABLED"
    )


def deleted_members(policy: Json) -> frozenset[str]:
    """Members of a policy that have been deleted since."""
    return frozenset(
        member
        for binding in policy.get("bindings", [])
        for member in binding.get("members", [])
        if member.startswith("deleted:")
    )


def quotas(answer: Json) -> dict[str, Quota]:
    """The quotas of a region or project by metric."""
    return {
        str(quota["metric"]): Quota(float(quota.get("limit", 0)), float(quota.get("usage", 0)))
        for quota in answer.get("quotas", [])
    }


def zone(answer: Json) -> Zone:
    """Compute Engine's zone."""
    deprecated = answer.get("deprecated", {}).get("state", "")
    return Zone(str(answer["name"]), answer.get("status") == "UP", str(deprecated))


def size(answer: Json) -> Size:
    """Compute Engine's machine type."""
    cores, megabytes = int(answer.get("guestCpus", 0)), float(answer.get("memoryMb", 0))
    return Size(str(answer["name"]), cores, megabytes / 1024)


def gpus(answer: Json) -> dict[str, frozenset[str]]:
    """The accelerator types of an aggregated list by zone; zones without any are left out."""
    return {
        place.removeprefix("zones/"): frozenset(str(item["name"]) for item in scoped[_GPUS])
        for place, scoped in answer.get("items", {}).items()
        if scoped.get(_GPUS)
    }


def versions(answer: Json) -> tuple[str, ...]:
    """The versions of the channel REGULAR, its default first and then the newest."""
    channels = {channel.get("channel"): channel for channel in answer.get("channels", [])}
    regular = channels.get("REGULAR", {})
    default = str(regular.get("defaultVersion", answer.get("defaultClusterVersion", "")))
    valid = regular.get("validVersions", answer.get("validMasterVersions", []))
    return (default, *(str(version) for version in valid if version != default))


def cluster(answer: Json) -> Thing:
    """GKE's cluster."""
    labels = {str(key): str(value) for key, value in answer.get("resourceLabels", {}).items()}
    return Thing(str(answer["name"]), labels=labels, state=str(answer.get("status", "")))


def described(answer: Json) -> Thing:
    """An address or a service account; their description says whose they are."""
    name = str(answer.get("email") or answer["name"])
    return Thing(name, description=str(answer.get("description", "")))


def backend(answer: Json, states: Iterable[str]) -> Backend:
    """Compute Engine's backend service, whose endpoints are in these states."""
    iap = bool(answer.get("iap", {}).get("enabled"))
    return Backend(str(answer["name"]), str(answer["id"]), iap, tuple(states))


def forwarding_rule(answer: Json) -> ForwardingRule:
    """Compute Engine's forwarding rule."""
    ports = str(answer.get("portRange", ""))
    return ForwardingRule(str(answer["name"]), str(answer.get("IPAddress", "")), ports)


_GPUS = "acceleratorTypes"
