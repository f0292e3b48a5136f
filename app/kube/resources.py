"""Which kinds an API server serves, and the paths of their objects."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kube.client import Json, KubeClient

_AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
)
Kind = tuple[str, str]  # apiVersion, kind
Key = tuple[str, str, str, str]  # API group, kind, namespace, name


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind as the server serves it."""

    api_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of an object; without a name, of their list; of all namespaces without one."""
        root = "/apis" if "/" in self.api_version else "/api"
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}/{self.api_version}{within}/{self.plural}" + (f"/{name}" if name else "")


class Resources:
    """The server's kinds, read by aggregated discovery (two requests) and again when asked to."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._known: dict[Kind, Resource] = {}
        self.age = 0  # how often the server has been asked

    async def refresh(self) -> None:
        """Read anew what the server serves."""
        core = await self._client.get("/api", accept=_AGGREGATED)
        groups = await self._client.get("/apis", accept=_AGGREGATED)
        self._known = dict(_served([*core.get("items", []), *groups.get("items", [])]))
        self.age += 1

    def of(self, api_version: str, kind: str) -> Resource | None:
        """How the server serves a kind, if it did when we last looked."""
        return self._known.get((api_version, kind))

    def of_group(self, group: str, kind: str) -> Resource | None:
        """The same for a kind of an API group, in whichever version the server names first."""
        for (api_version, name), found in self._known.items():
            if name == kind and api_version.rpartition("/")[0] == group:
                return found
        return None

    def of_plural(self, group: str, plural: str) -> Resource | None:
        """The same by the kind's plural, as it stands in the name of a CRD."""
        for (api_version, _), found in self._known.items():
            if found.plural == plural and api_version.rpartition("/")[0] == group:
                return found
        return None

    def path_of(self, item: Json) -> str | None:
        """The path of an object, if its kind is served."""
        found = self.of(item["apiVersion"], item["kind"])
        if found is None:
            return None
        metadata = item["metadata"]
        return found.path(metadata.get("namespace", "default"), metadata["name"])

    def key_of(self, item: Json) -> Key:
        """What identifies an object in the cluster, whatever the version it is written in.

        A namespace that is written out where there is none, as releases have it, is no part of it.
        """
        api_version, kind, metadata = item["apiVersion"], item["kind"], item["metadata"]
        found = self.of(api_version, kind)
        namespaced = found is None or found.namespaced
        namespace = metadata.get("namespace", "") if namespaced else ""
        return api_version.rpartition("/")[0], kind, namespace, metadata["name"]

    def missing(self, kinds: Iterable[Kind]) -> set[Kind]:
        """Those kinds that are not served."""
        return {kind for kind in kinds if kind not in self._known}


def _served(groups: list[Json]) -> Iterable[tuple[Kind, Resource]]:
    for group in groups:
        name = group["metadata"].get("name", "")
        for version in group.get("versions", []):
            api_version = f"{name}/{version['version']}" if name else version["version"]
            for resource in version.get("resources", []):
                kind = resource["responseKind"]["kind"]
                yield (
                    (api_version, kind),
                    Resource(api_version, resource["resource"], resource["scope"] == "Namespaced"),
                )
