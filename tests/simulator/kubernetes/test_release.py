"""All objects of Kubeflow 26.03, as each server keeps them: defaults, owners of fields, CRDs."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.simulator.servers import ClusterServer
from tests.support.tools import missing

from .conftest import Api, client_of, new_server
from .waiting import until

MIRROR = Path(os.environ.get("KFPORTAL_MIRROR", Path(__file__).parents[4] / "shared/kubeflow"))
RELEASE = MIRROR / "26.03/example-gke.yaml.gz"
AT_ONCE = 8
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# chosen by each server for itself
OWN = ("uid", "creationTimestamp", "resourceVersion", "generation", "selfLink")
FIRST = ("CustomResourceDefinition", "Namespace", "StorageClass")
# whoever is asked by these is not there
LEFT_OUT = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
# what GKE has and a bare API server has not
DEFAULT_CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {
        "name": "standard-rwo",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": "pd.csi.storage.gke.io",
    "parameters": {"type": "pd-balanced"},
    "allowVolumeExpansion": True,
    "volumeBindingMode": "WaitForFirstConsumer",
}

Object = dict[str, Any]


def release() -> list[Object]:
    if not RELEASE.exists():
        missing(f"{RELEASE} is not there; set KFPORTAL_MIRROR")
    with gzip.open(RELEASE) as file:
        objects = [item for item in yaml.load_all(file, LOADER) if item]
    return [item for item in objects if item["kind"] not in LEFT_OUT]


class Applied:
    """The release on one server."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def apply(self, objects: list[Object]) -> list[Object]:
        """Apply them all; gives them as they are read back."""
        first = [item for item in objects if item["kind"] in FIRST]
        await self._discover()
        await self._apply_all(first)
        await until(lambda: self._serves(objects), at_most=200, pause=0.3)
        await self._apply_all(item for item in objects if item["kind"] not in FIRST)
        return list(await asyncio.gather(*(self._read(item) for item in objects)))

    async def _serves(self, objects: list[Object]) -> bool:
        await self._discover()
        return all((item["apiVersion"], item["kind"]) in self._plurals for item in objects)

    async def _discover(self) -> None:
        accept = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}
        for root in ("/api", "/apis"):
            found = (await self._api.client.get(root, headers=accept)).json()
            for group in found["items"]:
                name = group["metadata"].get("name", "")
                for version in group["versions"]:
                    whole = f"{name}/{version['version']}" if name else version["version"]
                    for each in version["resources"]:
                        kind = each["responseKind"]["kind"]
                        named = (each["resource"], each["scope"] == "Namespaced")
                        self._plurals.setdefault((whole, kind), named)

    async def _apply_all(self, objects: Iterable[Object]) -> None:
        await asyncio.gather(*(self._apply(item) for item in objects))

    async def _apply(self, item: Object) -> None:
        async with self._slots:
            answer = await self._api.apply(self._path(item), item, force=True)
        assert answer.status_code in (200, 201), f"{title(item)}: {answer.text}"

    async def _read(self, item: Object) -> Object:
        async with self._slots:
            found: Object = (await self._api.get(self._path(item))).json()
        return found

    def _path(self, item: Object) -> str:
        plural, namespaced = self._plurals[(item["apiVersion"], item["kind"])]
        root = "/apis" if "/" in item["apiVersion"] else "/api"
        space = f"/namespaces/{item['metadata']['namespace']}" if namespaced else ""
        return f"{root}/{item['apiVersion']}{space}/{plural}/{item['metadata']['name']}"


def title(item: Object) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def comparable(item: Object) -> Object:
    """Without what a server chooses for itself."""
    metadata = {name: value for name, value in item["metadata"].items() if name not in OWN}
    lines = [
        {key: value for key, value in line.items() if key != "time"}
        for line in metadata.pop("managedFields", [])
        if line["manager"] == "portal"
    ]
    rest = {name: value for name, value in item.items() if name not in ("metadata", "status")}
    if item["kind"] == "Service":
        rest["spec"] = without(rest["spec"], "clusterIP", "clusterIPs", "nodePort")
    return {"metadata": {**metadata, "managedFields": lines}, **rest}


def without(value: Any, *names: str) -> Any:
    if isinstance(value, dict):
        return {k: without(item, *names) for k, item in value.items() if k not in names}
    return [without(item, *names) for item in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two values differ: the path, then both."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        parts = [(f"{at}.{key}", one.get(key, "-"), other.get(key, "-")) for key in keys]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [(f"{at}[{n}]", a, b) for n, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [f"{at}: {one!r:.120} is {other!r:.120}"]
    return [found for path, a, b in parts for found in differences(a, b, path)]


@pytest.fixture
async def both(tmp_path: Path, real_server: ClusterServer) -> AsyncIterator[tuple[Api, Api]]:
    simulated = new_server(tmp_path / "cluster")
    await simulated.start()
    async with client_of(simulated) as one, client_of(real_server) as other:
        yield Api(simulated, one), Api(real_server, other)
    await simulated.stop()


@pytest.mark.timeout(300)
async def test_both_servers_keep_every_object_alike(both: tuple[Api, Api]) -> None:
    objects = release()
    simulated, real = [await Applied(api).apply([DEFAULT_CLASS, *objects]) for api in both]
    found = [
        f"{title(one)}: {difference}"
        for one, other in zip(simulated, real, strict=True)
        for difference in differences(comparable(one), comparable(other))
    ]
    assert found == []
