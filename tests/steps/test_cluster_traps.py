"""The traps of GKE's clusters that are made, or seem to be."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.domain.plan import StepName
from app.google.clusters import ClusterView
from app.google.errors import Refused
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench, enabled
from tests.support.meddler import Meddler

S = StepName
_DNS = "gke-0123456789abcdef0123456789abcdef0123-123456789012.asia-east1.gke.goog"
_CA = "LS0tLS1CRUdJTg=="


async def test_a_cluster_must_itself_say_that_it_runs(meddled: Bench, meddler: Meddler) -> None:
    """Trap: the operation of its making is DONE without an error, and the cluster is broken."""
    deployment = await enabled(meddled)
    await meddled.apply(deployment, S.CREATE_ACCOUNTS, S.CREATE_CLUSTER)
    broken = _shown(meddled, deployment) | {
        "status": "ERROR",
        "conditions": [{"code": "GCE_STOCKOUT", "message": "There is not enough of anything."}],
    }
    await meddled.remove(deployment, S.CREATE_CLUSTER)
    looks = f"GET .*/clusters/{deployment.name}"
    meddler.refuse(looks, 404, "Not found.")
    meddler.answer(looks, 200, broken)
    with pytest.raises(Refused, match="not enough of anything"):
        await meddled.apply(deployment, S.CREATE_CLUSTER)


async def test_a_name_has_a_certificate_that_everybody_trusts_and_an_address_has_the_clusters(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: the cluster's own CA has not signed what its DNS endpoint shows."""
    by_name = await _view(meddled, meddler, endpoint="34.1.2.3", dns=_DNS, allowed=True)
    assert (by_name.url, by_name.ca_certificate) == (f"https://{_DNS}", "")
    by_address = await _view(meddled, meddler, endpoint="34.1.2.3", dns=_DNS, allowed=False)
    assert by_address.url == "https://34.1.2.3"
    assert by_address.ca_certificate


async def test_without_addresses_a_clusters_endpoint_is_its_name(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: with IP endpoints off, the field for the address holds the name."""
    found = await _view(meddled, meddler, endpoint=_DNS, dns=_DNS, allowed=False)
    assert (found.url, found.ca_certificate) == (f"https://{_DNS}", "")


async def test_a_cluster_that_cannot_be_reached_yet_takes_no_orders(
    meddled: Bench, meddler: Meddler
) -> None:
    """Trap: while a cluster is being made its endpoint is empty, at times for longer."""
    found = await _view(meddled, meddler, endpoint="", dns="", allowed=True)
    assert found.status == "RUNNING"
    assert not found.usable


async def _view(
    bench: Bench, meddler: Meddler, *, endpoint: str, dns: str, allowed: bool
) -> ClusterView:
    """A running cluster with these endpoints, as the portal sees it."""
    deployment = await enabled(bench)
    body: Mapping[str, Any] = {
        "name": deployment.name,
        "status": "RUNNING",
        "endpoint": endpoint,
        "masterAuth": {"clusterCaCertificate": _CA},
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"endpoint": dns, "allowExternalTraffic": allowed}
        },
    }
    meddler.answer(f"GET .*/clusters/{deployment.name}", 200, body)
    context = bench.context(deployment, S.CREATE_CLUSTER)
    spec = deployment.spec
    found = await context.cloud.clusters.get(spec.project, spec.zone, spec.names.cluster)
    assert found is not None
    return found


def _shown(bench: Bench, deployment: Deployment) -> dict[str, Any]:
    """The cluster as GKE shows it."""
    spec = deployment.spec
    where = f"projects/{spec.project}/locations/{spec.zone}/clusters/{spec.names.cluster}"
    url = f"{bench.simulator.url}/container/v1/{where}"
    found: dict[str, Any] = bench.simulator.session().get(url, timeout=10).json()
    return found
