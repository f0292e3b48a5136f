from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.simulator.controllers.kinds import DEPLOYMENT
from app.simulator.endpoint.dex import COOKIE
from tests.simulator.endpoint.conftest import Endpoint
from tests.simulator.endpoint.deployed import OWNER, PASSWORD, tell


async def to_login(endpoint: Endpoint, path: str = "/") -> str:
    start = (await endpoint.browser.get(path)).headers["location"]
    return str((await endpoint.browser.get(start)).headers["location"])


async def log_in(endpoint: Endpoint, login: str, password: str, path: str = "/") -> httpx.Response:
    url = await to_login(endpoint, path)
    form = {"login": login, "password": password}
    return await endpoint.browser.post(url, data=form)


async def test_a_visitor_is_led_to_the_login_page(endpoint: Endpoint) -> None:
    answer = await endpoint.browser.get("/pipelines?ns=dana")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/oauth2/start?rd=%2Fpipelines%3Fns%3Ddana"
    page = await endpoint.browser.get(await to_login(endpoint))
    assert "Log in to Your Account" in page.text


@pytest.mark.parametrize("login", [OWNER, "dana", "Dana@Example.com"])
async def test_the_right_password_opens_the_dashboard(endpoint: Endpoint, login: str) -> None:
    answer = await log_in(endpoint, login, PASSWORD)
    assert answer.status_code == 303
    home = await endpoint.browser.get(answer.headers["location"], follow_redirects=True)
    assert home.status_code == 200
    assert OWNER in home.text


async def test_the_page_that_was_asked_for_is_shown_after_the_login(endpoint: Endpoint) -> None:
    answer = await log_in(endpoint, OWNER, PASSWORD, "/katib?ns=dana")
    back = await endpoint.browser.get(answer.headers["location"])
    assert back.headers["location"] == "/katib?ns=dana"


async def test_a_wrong_password_is_refused_and_the_name_kept(endpoint: Endpoint) -> None:
    answer = await log_in(endpoint, OWNER, "12341234")
    assert answer.status_code == 401
    assert "Invalid Email Address and Password" in answer.text
    assert OWNER in answer.text
    assert COOKIE not in endpoint.browser.cookies


async def test_signing_out_ends_the_session(endpoint: Endpoint) -> None:
    answer = await log_in(endpoint, OWNER, PASSWORD)
    await endpoint.browser.get(answer.headers["location"])
    assert (await endpoint.browser.get("/")).status_code == 200
    await endpoint.browser.get("/oauth2/sign_out")
    assert (await endpoint.browser.get("/")).status_code == 302


async def test_a_forged_session_is_none(endpoint: Endpoint) -> None:
    endpoint.browser.cookies.set(COOKIE, "eyJlbWFpbCI6ICJkYW5hIn0.c2lnbmVk")
    assert (await endpoint.browser.get("/")).status_code == 302


async def test_a_login_never_leads_to_another_host(endpoint: Endpoint) -> None:
    answer = await endpoint.browser.get("/oauth2/start?rd=https://elsewhere.example/")
    state = parse_qs(urlsplit(answer.headers["location"]).query)["state"]
    assert state == ["/"]


async def test_a_background_request_is_told_that_it_is_not_signed_in(endpoint: Endpoint) -> None:
    assert (await endpoint.browser.get("/api/namespaces")).status_code == 401


async def test_a_client_that_dex_does_not_know_is_refused(endpoint: Endpoint) -> None:
    answer = await endpoint.browser.get("/dex/auth?client_id=another")
    assert answer.status_code == 400


async def test_without_its_proxy_nobody_gets_in(endpoint: Endpoint) -> None:
    down = [{"type": "Available", "status": "False"}]
    await tell(endpoint.client, DEPLOYMENT, "kubeflow", "oauth2-proxy", conditions=down)
    answer = await endpoint.browser.get("/")
    assert (answer.status_code, answer.text) == (503, "no healthy upstream")
