from app.simulator.controllers.kinds import INGRESS
from app.simulator.endpoint.frontend import public_host
from tests.simulator.endpoint.conftest import Endpoint
from tests.simulator.endpoint.deployed import ADDRESS, HOST, set_certificate, set_health


def test_the_public_name_is_the_host_without_port_and_localhost() -> None:
    assert public_host(f"{HOST}.localhost:8080") == HOST
    assert public_host(HOST.upper()) == HOST


async def test_a_name_that_does_not_resolve_is_not_found(endpoint: Endpoint) -> None:
    endpoint.cloud.dns.clear()
    answer = await endpoint.browser.get("/")
    assert answer.status_code == 404
    assert "does not resolve" in answer.text


async def test_an_address_without_a_load_balancer_is_not_found(empty: Endpoint) -> None:
    empty.cloud.dns[HOST] = ADDRESS
    answer = await empty.browser.get("/")
    assert answer.status_code == 404
    assert "Error 404 (Not Found)" in answer.text


async def test_a_provisioning_certificate_breaks_the_handshake(endpoint: Endpoint) -> None:
    await set_certificate(endpoint.client, "Provisioning")
    answer = await endpoint.browser.get("/")
    assert answer.status_code == 503
    assert "its certificate is Provisioning" in answer.text


async def test_an_unhealthy_backend_is_a_server_error(endpoint: Endpoint) -> None:
    await set_health(endpoint.client, "UNHEALTHY")
    answer = await endpoint.browser.get("/")
    assert answer.status_code == 502
    assert "Server Error" in answer.text


async def test_the_health_path_is_not_for_visitors(endpoint: Endpoint) -> None:
    assert (await endpoint.browser.get("/healthz/ready")).status_code == 404


async def test_a_cluster_that_is_away_is_not_found_but_no_crash(endpoint: Endpoint) -> None:
    ingress = {"metadata": {"name": "kubeflow", "namespace": "istio-system"}}
    found = await endpoint.client.get(INGRESS, "istio-system", ingress["metadata"]["name"])
    await endpoint.client.delete(INGRESS, found)
    assert (await endpoint.browser.get("/")).status_code == 404
