"""What the API serves: a kind in one version, with its names, verbs and subresources."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from app.simulator.kubernetes.errors import Subject
from app.simulator.kubernetes.objects import Object

STANDARD_VERBS = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where a kind keeps what its `scale` subresource shows, as dotted paths."""

    spec: str = "spec.replicas"
    status: str = "status.replicas"
    selector: str | None = "status.selector"


@dataclass(frozen=True, slots=True)
class Column:
    """One additional printer column of a CRD's version."""

    name: str
    type: str
    path: str
    priority: int = 0
    description: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind in one served version."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = STANDARD_VERBS
    subresources: tuple[str, ...] = ()
    generation: bool = False
    scale: ScalePaths | None = None
    custom: bool = False
    storage_version: str = ""
    # The `clientConfig` of the webhook that converts between versions.
    converter: Object | None = field(default=None, hash=False)
    columns: tuple[Column, ...] = ()
    selectable_fields: tuple[str, ...] = ()
    # The version's openAPIV3Schema, read only when a custom object is written or explained.
    schema: Callable[[], Object] = field(default=dict, compare=False)
    list_kind: str = ""
    shared_storage: str = ""

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def storage(self) -> str:
        """The name under which every version's objects are kept."""
        return self.shared_storage or f"{self.group}/{self.plural}"

    @property
    def has_status(self) -> bool:
        """Whether `status` is written through a subresource of its own."""
        return "status" in self.subresources

    def subject(self, name: str = "") -> Subject:
        """For an error about one object of this kind."""
        return Subject(self.group, self.plural, self.kind, name)


class Registry:
    """Every resource served at this moment, built in and custom."""

    def __init__(self, built_in: Iterable[Resource]) -> None:
        self._resources: dict[tuple[str, str, str], Resource] = {}
        self._by_storage: dict[str, Resource | None] = {}
        self.revision = 0
        for resource in built_in:
            self.add(resource)

    def add(self, resource: Resource) -> None:
        """Serve a resource from now on."""
        self._resources[(resource.group, resource.version, resource.plural)] = resource
        self._by_storage.pop(resource.storage, None)
        self.revision += 1

    def replace(self, group: str, plural: str, resources: list[Resource]) -> None:
        """Serve exactly these versions of a resource."""
        before = self._of(group, plural)
        for resource in before:
            del self._resources[(group, resource.version, plural)]
        for resource in resources:
            self._resources[(group, resource.version, plural)] = resource
        self._by_storage.pop(f"{group}/{plural}", None)
        self.revision += before != resources

    def remove(self, group: str, plural: str) -> None:
        """Serve no version of this resource any longer."""
        self.replace(group, plural, [])

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource at an API path."""
        return self._resources.get((group, version, plural))

    def all(self) -> list[Resource]:
        """Every resource in every version."""
        return list(self._resources.values())

    def of_storage(self, storage: str) -> Resource | None:
        """A resource whose objects are kept under this name, the stored version if possible."""
        if storage not in self._by_storage:
            self._by_storage[storage] = self._find_stored(storage)
        return self._by_storage[storage]

    def groups(self) -> dict[str, list[str]]:
        """Group to versions, in order of preference; the core group is the empty name."""
        groups: dict[str, list[str]] = {}
        for group, version, _ in self._resources:
            versions = groups.setdefault(group, [])
            if version not in versions:
                versions.append(version)
        return {group: sorted(found, key=_version_rank) for group, found in groups.items()}

    def in_version(self, group: str, version: str) -> list[Resource]:
        """The resources of one group and version, by name."""
        found = [r for r in self._resources.values() if (r.group, r.version) == (group, version)]
        return sorted(found, key=lambda resource: resource.plural)

    def _find_stored(self, storage: str) -> Resource | None:
        found = [resource for resource in self._resources.values() if resource.storage == storage]
        stored = [item for item in found if item.version == (item.storage_version or item.version)]
        return next(iter(stored or found), None)

    def _of(self, group: str, plural: str) -> list[Resource]:
        return [r for r in self._resources.values() if (r.group, r.plural) == (group, plural)]


def with_storage(resource: Resource, storage: str, version: str) -> Resource:
    """The resource, kept among another kind's objects."""
    return replace(resource, shared_storage=storage, storage_version=version)


def _version_rank(version: str) -> tuple[int, int, int]:
    """Stable before beta before alpha, the higher number first."""
    number, _, rest = version.removeprefix("v").partition("beta")
    stage = 0
    if "beta" in version:
        stage = 1
    elif "alpha" in version:
        number, _, rest = version.removeprefix("v").partition("alpha")
        stage = 2
    if not number.isdigit():
        return (3, 0, 0)
    return (stage, -int(number), -int(rest) if rest.isdigit() else 0)
