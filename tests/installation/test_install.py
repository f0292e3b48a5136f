"""The whole release installed, compared and removed, on both servers."""

import asyncio
import os
import shutil
from pathlib import Path

import orjson
import pytest

from app.domain.spec import Login
from app.kube.applyset import as_member
from app.kube.client import KubeClient
from app.kubeflow.bundle import Bundle, Item
from app.kubeflow.catalogue import release
from app.simulator.controlplane import HOW_TO_GET_THEM as HOW_TO_GET_THE_USUAL
from app.steps.installation import BASE, COMPONENTS, Installation
from tests.installation.installing import Story, connected, install, own
from tests.kubeflow.real import VERSION
from tests.support import control_plane
from tests.support.control_plane import MINOR, RunningCluster, available
from tests.support.tools import missing

_OTHERS = [minor for minor in release(VERSION).tested if minor != MINOR]
_KUBECTLS = "/usr/lib/google-cloud-sdk/bin"


@pytest.fixture(params=[Login.PASSWORD, Login.IAP], ids=str)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return own(request.param)


@pytest.fixture
def with_password() -> Bundle:
    return own(Login.PASSWORD)


@pytest.fixture
def unlike(bundle: Bundle, with_password: Bundle) -> list[Item]:
    """All objects of the one variant; of the other, those in which it differs from that one."""
    if bundle.variant == with_password.variant:
        return list(bundle.items)
    others = {item.key: item.body for item in with_password.items}
    return [item for item in bundle.items if item.body != others.get(item.key)]


@pytest.mark.timeout(400)
async def test_the_release_becomes_ready_stays_as_it_is_and_is_removed(
    fresh: RunningCluster, bundle: Bundle, unlike: list[Item], tmp_path: Path
) -> None:
    async with connected(fresh) as client:
        await install(client, bundle)
        again = await install(client, bundle)
        assert again.tells("objects are as they should be already")
        installation = Installation(client, bundle, Story())
        assert await installation.drift() == []
        assert await _kubectl_diff(fresh, bundle, unlike, tmp_path) == ""
        await installation.remove()
        assert await _left(client) == []


@pytest.mark.parametrize("minor", _OTHERS)
@pytest.mark.timeout(400)
async def test_the_release_becomes_ready_on_the_other_kubernetes_that_it_was_tested_on(
    minor: str, with_password: Bundle, tmp_path: Path
) -> None:
    if os.environ.get("KUBEBUILDER_ASSETS"):
        pytest.skip("KUBEBUILDER_ASSETS names one control plane, and so no other")
    if not available(minor):
        missing(f"{HOW_TO_GET_THE_USUAL} MINOR={minor}")
    async with (
        control_plane.cluster(tmp_path, "real", minor=minor) as running,
        connected(running) as client,
    ):
        assert (await client.get("/version"))["gitVersion"].startswith(f"v{minor}.")
        await install(client, with_password)
        assert await Installation(client, with_password, Story()).drift() == []


async def _left(client: KubeClient) -> list[str]:
    """Workloads and CRDs of the release that are still there."""
    deployments = (await client.get("/apis/apps/v1/deployments"))["items"]
    found = await client.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    kinds = [item for item in found["items"] if "gke.io" not in item["spec"]["group"]]
    names = [item["metadata"]["name"] for item in [*deployments, *kinds]]
    return [name for name in names if not name.endswith("cloud.google.com")]


async def _kubectl_diff(
    cluster: RunningCluster, bundle: Bundle, items: list[Item], folder: Path
) -> str:
    """What kubectl, who did not install it, finds different in some objects of a bundle."""
    kubectl = newest_kubectl()
    authority = folder / "ca.crt"
    authority.write_text(cluster.ca_certificate)
    process = await asyncio.create_subprocess_exec(
        kubectl,
        f"--server={cluster.url}",
        f"--certificate-authority={authority}",
        f"--token={cluster.token}",
        "diff",
        "--server-side",
        "--concurrency=8",
        "--force-conflicts",
        "--field-manager=kfportal",
        "--filename=-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(folder)},
    )
    said, complaint = await process.communicate(_list(bundle, items))
    assert process.returncode in (0, 1), complaint.decode()
    return said.decode()


def newest_kubectl() -> str:
    """The newest kubectl of this machine; gcloud brings several."""
    versions = sorted(Path(_KUBECTLS).glob("kubectl.1.*"), key=lambda path: int(path.suffix[1:]))
    found = str(versions[-1]) if versions else shutil.which("kubectl")
    if found is None:
        missing("kubectl is missing")
    return found


def _list(bundle: Bundle, items: list[Item]) -> bytes:
    base = {"Namespace"}
    members = [
        as_member(
            item.body,
            BASE
            if item.kind in base or (item.base and not _is_custom(bundle, item.key))
            else COMPONENTS,
        )
        for item in items
    ]
    return orjson.dumps({"apiVersion": "v1", "kind": "List", "items": members})


def _is_custom(bundle: Bundle, key: tuple[str, str, str, str]) -> bool:
    return (key[0], key[1]) in bundle.defined_kinds
