from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.simulator.controllers.kinds import BACKEND_CONFIG, REQUEST_AUTHENTICATION
from app.simulator.endpoint.iap import AUTHENTICATE
from tests.simulator.endpoint.conftest import Endpoint
from tests.simulator.endpoint.deployed import BACKEND, OWNER, protect_with_iap

KIM = "kim@example.com"


@pytest.fixture
async def protected(endpoint: Endpoint) -> Endpoint:
    number = endpoint.cloud.put_backend_service("a-project", BACKEND, True)
    await protect_with_iap(endpoint.client, number)
    endpoint.cloud.admitted.add(OWNER)
    return endpoint


async def sign_in(endpoint: Endpoint, email: str, path: str = "/") -> httpx.Response:
    location = (await endpoint.browser.get(path)).headers["location"]
    state = parse_qs(urlsplit(location).query)["state"][0]
    endpoint.cloud.codes["a-code"] = email
    return await endpoint.browser.get(AUTHENTICATE, params={"code": "a-code", "state": state})


async def test_a_visitor_is_sent_to_google_with_the_client_of_the_secret(
    protected: Endpoint,
) -> None:
    answer = await protected.browser.get("/", headers={"Accept": "application/json"})
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.status_code == 302
    assert answer.headers["x-goog-iap-generated-response"] == "true"
    assert query["client_id"] == ["a-client.apps.googleusercontent.com"]
    assert query["redirect_uri"][0].endswith(":8080" + AUTHENTICATE)


async def test_an_owner_with_the_role_comes_in(protected: Endpoint) -> None:
    answer = await sign_in(protected, OWNER, "/notebooks?ns=dana")
    assert answer.headers["location"] == "/notebooks?ns=dana"
    home = await protected.browser.get("/")
    assert home.status_code == 200
    assert OWNER in home.text


async def test_whoever_else_holds_the_role_comes_in(protected: Endpoint) -> None:
    protected.cloud.admitted.add(KIM)
    await sign_in(protected, KIM)
    home = await protected.browser.get("/")
    assert home.status_code == 200
    assert "No namespace of your own" in home.text


@pytest.mark.parametrize("email", [KIM, OWNER])
async def test_without_the_role_everybody_is_refused_even_the_owner_of_a_profile(
    protected: Endpoint, email: str
) -> None:
    protected.cloud.admitted.clear()
    await sign_in(protected, email)
    answer = await protected.browser.get("/")
    assert answer.status_code == 403
    assert "roles/iap.httpsResourceAccessor" in answer.text


async def test_a_code_is_good_once_and_only_with_its_state(protected: Endpoint) -> None:
    protected.cloud.codes["a-code"] = OWNER
    answer = await protected.browser.get(AUTHENTICATE, params={"code": "a-code", "state": "x"})
    assert answer.status_code == 401
    assert protected.cloud.codes == {"a-code": OWNER}


async def test_the_mesh_refuses_tokens_for_another_backend_service(protected: Endpoint) -> None:
    await sign_in(protected, OWNER)
    protected.cloud.delete_backend_service("a-project", BACKEND)
    protected.cloud.put_backend_service("a-project", "another", True)
    answer = await protected.browser.get("/")
    assert (answer.status_code, answer.text) == (403, "Audiences in Jwt are not allowed")


async def test_the_mesh_refuses_everyone_before_it_knows_of_iap(protected: Endpoint) -> None:
    await sign_in(protected, OWNER)
    rule = await protected.client.get(REQUEST_AUTHENTICATION, "istio-system", "iap")
    await protected.client.delete(REQUEST_AUTHENTICATION, rule)
    answer = await protected.browser.get("/")
    assert (answer.status_code, answer.text) == (403, "RBAC: access denied")


async def test_clearing_the_cookie_signs_out(protected: Endpoint) -> None:
    await sign_in(protected, OWNER)
    await protected.browser.get("/_gcp_iap/clear_login_cookie")
    assert (await protected.browser.get("/")).status_code == 302


async def test_without_a_client_and_an_organisation_iap_lets_nobody_try(
    protected: Endpoint,
) -> None:
    """Google's own client is for an organisation's people only."""
    (config,) = (await protected.client.list(BACKEND_CONFIG, "istio-system")).items
    without = {"spec": {"iap": {"enabled": True, "oauthclientCredentials": None}}}
    await protected.client.merge(BACKEND_CONFIG, config, without, "test")
    assert (await protected.browser.get("/")).status_code == 302
    protected.cloud.organized = False
    refused = await protected.browser.get("/")
    assert refused.status_code == 502
    assert refused.headers["x-goog-iap-generated-response"] == "true"
    assert refused.text == "Empty Google Account OAuth client ID(s)/secret(s)."
