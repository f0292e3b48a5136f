"""Which kinds an API server serves, and the paths of their objects."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kube.client import Json, KubeClient

_AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
)
Kind = tuple[str, str]  # apiVersion, kind


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

    async def refresh(self) -> None:
        """Read anew what the server serves."""
        core = await self._client.get("/api", accept=_AGGREGATED)
        groups = await self._client.get("/apis", accept=_AGGREGATED)
        self._known = dict(_served([*core.get("items", []), *groups.get("items", [])]))

    def of(self, api_version: str, kind: str) -> Resource | None:
        """How the server serves a kind, if it did when we last looked."""
        return self._known.get((api_version, kind))

    def path_of(self, item: Json) -> str | None:
        """The path of an object, if its kind is served."""
        found = self.of(item["apiVersion"], item["kind"])
        if found is None:
            return None
        metadata = item["metadata"]
        return found.path(metadata.get("namespace", "default"), metadata["name"])

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
