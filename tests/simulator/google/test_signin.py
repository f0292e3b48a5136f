"""Signing in with google-auth-oauthlib, as the portal does, through the simulator's pages."""

import re
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

from tests.support.simulator import SimulatorThread

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
SCOPES = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    CLOUD_PLATFORM,
]
CALLBACK = "http://127.0.0.1:8080/auth/callback"
CLIENT_ID = "kfportal-demo.apps.googleusercontent.com"


@pytest.fixture(autouse=True)
def _loopback_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")


def flow(cloud: SimulatorThread) -> Flow:
    config = {
        "web": {
            "client_id": CLIENT_ID,
            "client_secret": "demo-secret",
            "auth_uri": f"{cloud.url}/accounts/o/oauth2/v2/auth",
            "token_uri": f"{cloud.url}/accounts/token",
        }
    }
    return Flow.from_client_config(config, scopes=SCOPES, redirect_uri=CALLBACK)


def authorization_url(signing_in: Flow, **more: str) -> str:
    options = {"access_type": "offline", "prompt": "consent", "nonce": "n-1", **more}
    url, _ = signing_in.authorization_url(**options)
    return str(url)


def choose(browser: requests.Session, url: str, email: str = "dana@example.com") -> str:
    """Choose an account; the consent page's URL."""
    page = browser.get(url, timeout=10)
    assert "Simulated Google sign-in" in page.text
    return browser.post(action(page), {"email": email}, timeout=10).url


def decide(
    browser: requests.Session, url: str, decision: str, scopes: tuple[str, ...] = (CLOUD_PLATFORM,)
) -> str:
    """Answer the consent page; where the browser is sent."""
    page = browser.get(url, timeout=10)
    form = {"decision": decision, "scope": list(scopes)}
    answer = browser.post(action(page), form, allow_redirects=False, timeout=10)
    return answer.headers["location"]


def action(page: requests.Response) -> str:
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert found
    return urljoin(page.url, unescape(found.group(1)))


def sign_in(cloud: SimulatorThread, email: str = "dana@example.com") -> Credentials:
    signing_in, browser = flow(cloud), requests.Session()
    consent = choose(browser, authorization_url(signing_in), email)
    back = decide(browser, consent, "continue")
    signing_in.fetch_token(authorization_response=back)
    credentials: Credentials = signing_in.credentials
    return credentials


def test_signing_in_gives_tokens_that_the_official_library_accepts(cloud: SimulatorThread) -> None:
    credentials = sign_in(cloud)
    claims = id_token.verify_token(
        credentials.id_token, Request(), CLIENT_ID, f"{cloud.url}/accounts/oauth2/v3/certs"
    )
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["nonce"] == "n-1"
    assert claims["email"] == "dana@example.com"
    assert claims["email_verified"] is True
    assert "hd" not in claims
    assert credentials.refresh_token


def test_a_name_in_korean_comes_through_whole(cloud: SimulatorThread) -> None:
    credentials = sign_in(cloud, "kim@example.com")
    answer = requests.get(
        f"{cloud.url}/accounts/v1/userinfo",
        headers={"authorization": f"Bearer {credentials.token}"},
        timeout=10,
    )
    assert answer.json()["name"] == "김민지"


def test_an_unticked_scope_is_not_granted_and_opens_no_api(cloud: SimulatorThread) -> None:
    signing_in, browser = flow(cloud), requests.Session()
    consent = choose(browser, authorization_url(signing_in))
    signing_in.fetch_token(authorization_response=decide(browser, consent, "continue", ()))
    credentials = signing_in.credentials
    assert CLOUD_PLATFORM not in credentials.granted_scopes
    refused = requests.get(
        f"{cloud.url}/cloudresourcemanager/v1/projects",
        headers={"authorization": f"Bearer {credentials.token}"},
        timeout=10,
    )
    assert refused.status_code == 403
    reason = refused.json()["error"]["details"][0]["reason"]
    assert reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_cancelling_comes_back_as_access_denied_with_the_state(cloud: SimulatorThread) -> None:
    browser = requests.Session()
    consent = choose(browser, authorization_url(flow(cloud), state="s-1"))
    query = parse_qs(urlsplit(decide(browser, consent, "cancel")).query)
    assert query == {"error": ["access_denied"], "state": ["s-1"]}


def test_a_login_hint_skips_the_account_chooser(cloud: SimulatorThread) -> None:
    url = authorization_url(flow(cloud), login_hint="sam@example.com")
    page = requests.get(url, timeout=10)
    assert page.url.endswith("/consent")
    assert "sam@example.com" in page.text


def test_a_redirect_that_is_not_registered_gets_a_page_and_no_redirect(
    cloud: SimulatorThread,
) -> None:
    signing_in = flow(cloud)
    signing_in.redirect_uri = "https://evil.example/auth/callback"
    answer = requests.get(authorization_url(signing_in), allow_redirects=False, timeout=10)
    assert answer.status_code == 400
    assert "redirect_uri_mismatch" in answer.text


def test_a_code_is_good_once(cloud: SimulatorThread) -> None:
    signing_in, browser = flow(cloud), requests.Session()
    back = decide(browser, choose(browser, authorization_url(signing_in)), "continue")
    signing_in.fetch_token(authorization_response=back)
    with pytest.raises(Exception, match="invalid_grant"):
        signing_in.fetch_token(authorization_response=back)


def test_a_wrong_pkce_verifier_is_refused(cloud: SimulatorThread) -> None:
    signing_in, browser = flow(cloud), requests.Session()
    back = decide(browser, choose(browser, authorization_url(signing_in)), "continue")
    signing_in.code_verifier = "x" * 64
    with pytest.raises(Exception, match="Invalid code verifier"):
        signing_in.fetch_token(authorization_response=back)


def test_a_wrong_client_secret_is_refused(cloud: SimulatorThread) -> None:
    form = {"client_id": CLIENT_ID, "client_secret": "no", "grant_type": "refresh_token"}
    answer = requests.post(f"{cloud.url}/accounts/token", form, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_a_refreshed_token_works_until_the_grant_is_revoked(cloud: SimulatorThread) -> None:
    credentials = sign_in(cloud)
    credentials.refresh(Request())
    projects = f"{cloud.url}/cloudresourcemanager/v1/projects"
    headers = {"authorization": f"Bearer {credentials.token}"}
    assert requests.get(projects, headers=headers, timeout=10).status_code == 200

    revoke = {"token": credentials.refresh_token}
    assert requests.post(f"{cloud.url}/accounts/revoke", revoke, timeout=10).status_code == 200
    assert requests.get(projects, headers=headers, timeout=10).status_code == 401
    with pytest.raises(RefreshError, match="invalid_grant: Token has been expired or revoked"):
        credentials.refresh(Request())


def test_a_second_sign_in_without_prompt_asks_nothing_more(cloud: SimulatorThread) -> None:
    sign_in(cloud)
    browser, url = requests.Session(), authorization_url(flow(cloud), prompt="select_account")
    page = browser.get(url, timeout=10)
    answer = browser.post(
        action(page), {"email": "dana@example.com"}, allow_redirects=False, timeout=10
    )
    assert answer.headers["location"].startswith(CALLBACK)


def test_another_address_can_sign_in_and_sees_no_project(cloud: SimulatorThread) -> None:
    credentials = sign_in(cloud, "ana@example.org")
    answer = requests.get(
        f"{cloud.url}/cloudresourcemanager/v1/projects",
        headers={"authorization": f"Bearer {credentials.token}"},
        timeout=10,
    )
    assert answer.json() == {"projects": []}


def test_a_client_of_iap_needs_no_consent(cloud: SimulatorThread) -> None:
    query = {
        "client_id": "123-abc.apps.googleusercontent.com",
        "redirect_uri": "http://kf.endpoints.p.cloud.goog.localhost:1/_gcp_gatekeeper/authenticate",
        "response_type": "code",
        "scope": "openid email",
        "state": "s",
    }
    browser = requests.Session()
    page = browser.get(f"{cloud.url}/accounts/o/oauth2/v2/auth", params=query, timeout=10)
    answer = browser.post(
        action(page), {"email": "kim@example.com"}, allow_redirects=False, timeout=10
    )
    assert answer.headers["location"].startswith(query["redirect_uri"] + "?")
