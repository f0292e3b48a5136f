"""Each component of Kubeflow alone, with what it needs; what can go wrong there on both servers.

The tests of one server share a cluster. What the one before has installed is pruned by the next, so
that each component is alone however the tests are ordered.
"""

from collections.abc import Iterator

import pytest

from app.domain.spec import Login
from app.kube.applyset import PART_OF
from app.kube.client import Json, KubeClient
from app.kube.drift import Change
from app.kubeflow.bundle import Bundle
from app.kubeflow.components import catalogued, left_out
from app.steps.installation import Installation
from tests.installation.installing import Story, connected, install, own
from tests.support.control_plane import (
    HOW_TO_GET_THEM,
    ClusterThread,
    available,
    cluster_thread,
)
from tests.support.tools import missing

_OPTIONAL = tuple(component.id for component in catalogued() if component.optional)
_BOTH = ("kserve", "trainer")  # whose own objects wait for certificates, webhooks, controllers
_TESTED = [
    *(("simulated", id_) for id_ in ("nothing", *_OPTIONAL)),
    *(("real", id_) for id_ in _BOTH),
]
_KEPT = ("Namespace ", "PersistentVolumeClaim ")  # people may have something in them
_WORKLOADS = ("deployments", "statefulsets", "daemonsets")


@pytest.fixture(scope="module")
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClusterThread]:
    """A cluster in which others have been installed before, or nothing."""
    if request.param == "real" and not available():
        missing(HOW_TO_GET_THEM)
    with cluster_thread(tmp_path_factory.mktemp("shared"), request.param) as running:
        yield running


@pytest.fixture
def alone(request: pytest.FixtureRequest) -> Bundle:
    """The release without what can be left out, but for one component and what it needs."""
    unwanted = tuple(id_ for id_ in _OPTIONAL if id_ != request.param)
    bundle = own(Login.PASSWORD, unwanted)
    brought = {item.component for item in bundle.items} & {*_OPTIONAL}
    out = left_out(catalogued(), unwanted)
    assert brought == {*_OPTIONAL} - out
    return bundle


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("shared", "alone"), _TESTED, indirect=True)
async def test_a_component_becomes_ready_alone_with_what_it_needs(
    shared: ClusterThread, alone: Bundle
) -> None:
    async with connected(shared) as client:
        await install(client, alone)
        differing = await Installation(client, alone, Story()).drift()
        assert [each for each in differing if not _is_kept(each.title, each.change)] == []
        assert await _running(client) == _workloads(alone)


def _is_kept(title: str, change: Change) -> bool:
    return change == Change.REMOVED and title.startswith(_KEPT)


async def _running(client: KubeClient) -> set[str]:
    """The names of all workloads that an installation has put into the cluster."""
    found: set[str] = set()
    for plural in _WORKLOADS:
        listed = await client.get(f"/apis/apps/v1/{plural}", labelSelector=PART_OF)
        found |= {_name(item) for item in listed["items"]}
    return found


def _workloads(bundle: Bundle) -> set[str]:
    kinds = {"Deployment", "StatefulSet", "DaemonSet"}
    return {_name(item.head) for item in bundle.items if item.kind in kinds}


def _name(item: Json) -> str:
    metadata = item["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}"
