"""What an installer finds on a new GKE cluster, whichever server is behind it."""

import pytest

from app.simulator.controllers.client import KubernetesClient
from tests.support.control_plane import ClusterThread

GOOGLES = (
    ("/apis/cloud.google.com/v1", "BackendConfig"),
    ("/apis/networking.gke.io/v1beta1", "FrontendConfig"),
    ("/apis/networking.gke.io/v1", "ManagedCertificate"),
)


@pytest.mark.timeout(60)
async def test_googles_own_kinds_are_there_from_the_start(cluster: ClusterThread) -> None:
    async with KubernetesClient(cluster.url, cluster.ca_certificate, cluster.token) as client:
        for path, kind in GOOGLES:
            served = (await client.request("GET", path))["resources"]
            assert kind in {each["kind"] for each in served}
