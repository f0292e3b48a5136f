"""The endpoint: opened, secured, looked at link by link, and kept true to its backend service."""

from collections.abc import Sequence
from functools import partial

import pytest
import requests

from app.domain.chain import LinkName, LinkState, links_of
from app.domain.findings import certificate
from app.domain.names import BACKEND_CONFIG, INGRESS, INGRESS_NAMESPACE, OAUTH_SECRET
from app.domain.plan import StepName, plan_for
from app.domain.spec import IapClient, Login
from app.kube.client import KubeClient
from app.steps import endpoint_objects as objects
from app.steps.access import AUTHENTICATIONS
from app.steps.applying import apply_in_order
from app.steps.cluster import kube_client
from app.steps.ready import look_after
from app.steps.sights import INGRESSES
from app.steps.waiting import until
from app.store import chain
from app.store.tables import Deployment, Link
from tests.steps.carrying_out import Bench, is_there
from tests.support import samples
from tests.support.simulator import DANA

S = StepName
_ACCESSOR = "roles/iap.httpsResourceAccessor"
_BEFORE = (
    S.ENABLE_SERVICES,
    S.RESERVE_ADDRESS,
    S.CREATE_ACCOUNTS,
    S.PUBLISH_NAME,
    S.CREATE_CLUSTER,
    S.LOAD_BUNDLE,
    S.INSTALL_BASE,
)
_PARTS = ("forwarding_rules", "url_maps", "backend_services", "health_checks", "ssl_certificates")


async def links(bench: Bench, deployment: Deployment) -> dict[LinkName, Link]:
    """The chain as it is written down."""
    async with bench.database.read() as session:
        return {link.name: link for link in await chain.of_deployment(session, deployment.id)}


async def audience(client: KubeClient) -> str:
    """For whom the mesh takes IAP's assertions."""
    rules = await client.get(f"{AUTHENTICATIONS}/{objects.IAP_AUTHENTICATION}")
    return str(rules["spec"]["jwtRules"][0]["audiences"][0])


def parts(bench: Bench) -> Sequence[str]:
    """What load balancers consist of in the cloud."""
    inventory = bench.simulator.inventory()
    return [f"{kind} {part['name']}" for kind in _PARTS for part in inventory[kind]]


def _audiences(bench: Bench) -> set[str]:
    """What IAP would sign for, of each backend service that there is."""
    ids = [each["id"] for each in bench.simulator.inventory()["backend_services"]]
    return {f"/projects/123456789012/global/backendServices/{each}" for each in ids}


def arm(bench: Bench, name: str, arg: str) -> None:
    url = f"{bench.simulator.url}/_simulator/faults"
    assert requests.post(url, json={"name": name, "arg": arg}, timeout=10).ok


def disarm(bench: Bench) -> None:
    requests.delete(f"{bench.simulator.url}/_simulator/faults", timeout=10)


@pytest.mark.parametrize("login", [Login.IAP, Login.PASSWORD], ids=str)
async def test_every_link_is_fine_at_the_end_says_what_was_seen_and_stays_so_without_a_word(
    bench: Bench, login: Login
) -> None:
    deployment = await bench.deployment(login)
    await bench.apply(deployment, *plan_for(deployment.spec).names)
    seen = await links(bench, deployment)
    assert set(seen) == set(links_of(login))
    assert {link.state for link in seen.values()} == {LinkState.FINE}
    assert all(link.evidence and link.checked_at >= link.since for link in seen.values())
    story = await bench.story(deployment)
    assert {"certificate: asked for", "certificate: Provisioning"} & set(story)
    assert "backend: 1 of 1 endpoints are HEALTHY" in story
    await look_after(bench.context(deployment, S.SECURE_ENDPOINT))
    assert await bench.story(deployment) == story
    after = await links(bench, deployment)
    assert all(after[name].checked_at > seen[name].checked_at for name in seen)


async def test_a_certificate_that_waits_for_dns_is_waited_for_and_not_called_failing(
    bench: Bench,
) -> None:
    """Trap: FailedNotVisible before DNS has spread repairs itself."""
    deployment = await bench.deployment(Login.PASSWORD)
    arm(bench, "certificate-not-visible", "10")
    try:
        await bench.apply(deployment, *_BEFORE, S.OPEN_ENDPOINT)
    finally:
        disarm(bench)
    story = await bench.story(deployment)
    assert "certificate: FailedNotVisible: waits until DNS has spread" in story
    assert (await links(bench, deployment))[LinkName.CERTIFICATE].state == LinkState.FINE


def test_the_load_balancer_is_asked_for_when_all_that_it_needs_is_there() -> None:
    """Trap: where a Secret or BackendConfig is missing, GKE makes no load balancer at all."""
    spec = samples.spec()
    kinds = [item["kind"] for item in objects.entrance(spec, "their secret")]
    assert kinds[0] == "Secret"
    assert kinds[-1] == "Ingress"
    assert {"BackendConfig", "FrontendConfig", "ManagedCertificate"} < set(kinds)


def test_a_certificate_is_asked_for_when_the_name_is_known() -> None:
    """Trap: Google looks for the name at once, and for a while believes what it saw."""
    assert S.PUBLISH_NAME in plan_for(samples.spec())[S.OPEN_ENDPOINT].needs


def test_a_certificate_that_could_not_be_renewed_says_what_it_needs() -> None:
    """Trap: there are states that Google's page on certificates does not list."""
    found = certificate("RenewalFailed", [], "", 0.0)
    assert not found.fine
    assert "RenewalFailed" in str(found.values) + found.evidence
    assert "must go on pointing" in found.hint


async def test_what_gke_complains_of_is_told_and_does_not_end_the_wait(bench: Bench) -> None:
    """Trap: until its certificate is there, an Ingress is said to have no protocol at all."""
    deployment = await bench.deployment(Login.PASSWORD)
    await bench.apply(deployment, *_BEFORE)
    complaint = "error syncing: both HTTP and HTTPS are disabled"
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "ingress.1", "namespace": INGRESS_NAMESPACE},
        "involvedObject": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "name": INGRESS,
            "namespace": INGRESS_NAMESPACE,
        },
        "type": "Warning",
        "reason": "Sync",
        "message": complaint,
    }
    context = bench.context(deployment, S.OPEN_ENDPOINT)
    async with await kube_client(context) as client:
        await apply_in_order(context, client, [event])
    await bench.apply(deployment, S.OPEN_ENDPOINT)
    assert f"Load balancer: {complaint}" in await bench.story(deployment)


async def test_health_is_asked_of_the_backend_service_and_not_read_from_the_ingress(
    bench: Bench,
) -> None:
    """Trap: the Ingress's annotation lags behind by up to ten minutes."""
    deployment = await bench.deployment(Login.PASSWORD)
    arm(bench, "backend-unhealthy", "20")
    try:
        await bench.apply(deployment, *_BEFORE, S.OPEN_ENDPOINT)
    finally:
        disarm(bench)
    story = await bench.story(deployment)
    assert any(line.startswith("backend: UNHEALTHY: 0 of 1 endpoints") for line in story)
    assert (await links(bench, deployment))[LinkName.BACKEND].state == LinkState.FINE


async def test_iap_signs_in_with_a_client_of_googles_where_that_was_chosen(bench: Bench) -> None:
    deployment = await bench.deployment(Login.IAP, iap_client=IapClient.GOOGLE, oauth_client_id="")
    await bench.apply(deployment, *_BEFORE, S.OPEN_ENDPOINT, S.SECURE_ENDPOINT)
    await look_after(bench.context(deployment, S.SECURE_ENDPOINT))
    configs = f"/apis/cloud.google.com/v1/namespaces/{INGRESS_NAMESPACE}/backendconfigs"
    async with await kube_client(bench.context(deployment, S.OPEN_ENDPOINT)) as client:
        config = await client.get(f"{configs}/{BACKEND_CONFIG}")
        secrets = f"/api/v1/namespaces/{INGRESS_NAMESPACE}/secrets"
        assert not await is_there(client, f"{secrets}/{OAUTH_SECRET}")
    assert config["spec"]["iap"] == {"enabled": True}
    assert (await links(bench, deployment))[LinkName.REDIRECT].state == LinkState.FINE


async def test_the_owner_may_pass_to_this_deployment_and_to_no_other(bench: Bench) -> None:
    deployment = await bench.deployment(Login.IAP)
    await bench.apply(deployment, *_BEFORE, S.OPEN_ENDPOINT, S.SECURE_ENDPOINT)
    policies = {
        resource: [(b["role"], m) for b in policy["bindings"] for m in b["members"]]
        for resource, policy in bench.simulator.inventory()["policies"].items()
    }
    admitting = [r for r, grants in policies.items() if (_ACCESSOR, f"user:{DANA}") in grants]
    assert admitting
    assert all("/compute/k8s1-" in resource for resource in admitting)
    world, name = bench.simulator.simulator.world, admitting[0].rpartition("/")[2]
    for backend, admits in ((name, True), ("k8s1-another", False)):
        passes = partial(world.may_pass_iap, deployment.project, backend, DANA)
        assert bench.simulator.call(passes) == admits


async def test_the_audience_follows_a_backend_service_that_was_made_anew(bench: Bench) -> None:
    """Trap: it has another id then, and the mesh refuses whatever IAP sends."""
    deployment = await bench.deployment(Login.IAP)
    await bench.apply(deployment, *plan_for(deployment.spec).names)
    context = bench.context(deployment, S.SECURE_ENDPOINT)
    async with await kube_client(context) as client:
        before = await audience(client)
        assert before in _audiences(bench)
        await client.delete(f"{INGRESSES}/{INGRESS}")
        gone = f"{INGRESSES}/{INGRESS}"

        async def away() -> bool | None:
            return None if await is_there(client, gone) else True

        await until(context, away, limit=600, what="end of the Ingress")
        await bench.apply(deployment, S.OPEN_ENDPOINT)
        await look_after(context)
        after = await audience(client)
    assert before != after
    assert after in _audiences(bench)


async def test_closing_an_endpoint_leaves_no_part_of_it_and_again_does_no_harm(
    bench: Bench,
) -> None:
    deployment = await bench.deployment(Login.IAP)
    before = parts(bench)
    await bench.apply(deployment, *_BEFORE, S.OPEN_ENDPOINT, S.SECURE_ENDPOINT)
    assert parts(bench) != before
    for _ in range(2):
        await bench.remove(deployment, S.SECURE_ENDPOINT, S.OPEN_ENDPOINT)
        assert parts(bench) == before
    assert await links(bench, deployment) == {}
    left = [kind.rpartition(" ")[0] for kind in await bench.resources(deployment)]
    assert not {"load balancer", "certificate", "backend service", "IAP access"} & set(left)


async def test_what_a_cluster_leaves_behind_is_swept_up(bench: Bench) -> None:
    """Trap: deleting a cluster leaves load balancers, endpoint groups and firewall rules."""
    deployment = await bench.deployment(Login.PASSWORD)
    before = bench.simulator.inventory()
    await bench.apply(deployment, *_BEFORE, S.OPEN_ENDPOINT)
    context = bench.context(deployment, S.CREATE_CLUSTER)
    spec, clusters = deployment.spec, context.cloud.clusters
    await clusters.delete(spec.project, spec.zone, spec.names.cluster)

    async def away() -> bool | None:
        found = await clusters.get(spec.project, spec.zone, spec.names.cluster)
        return True if found is None else None

    await until(context, away, limit=1200, what="end of the cluster")
    assert parts(bench) != []
    await bench.remove(deployment, S.OPEN_ENDPOINT, S.CREATE_CLUSTER)
    after = bench.simulator.inventory()
    for kind in (*_PARTS, "firewalls", "network_endpoint_groups", "disks"):
        assert after[kind] == before[kind], kind
