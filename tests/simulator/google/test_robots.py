"""Service accounts: seen little by little, their keys, what they sign, machines that are one."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.cloud import container_v1
from google.oauth2 import id_token, service_account

from app.simulator.google.assertions import GRANT_TYPE
from app.simulator.timings import Timings
from tests.simulator.google.conftest import documented
from tests.support.simulator import SimulatorThread

PROJECT = "ml-sandbox-1234"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
METADATA = {"Metadata-Flavor": "Google"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with documented(tmp_path_factory.mktemp("cloud")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def key(cloud: SimulatorThread) -> dict[str, str]:
    """A key of a service account that owns the project."""
    return cloud.key(cloud.robot(PROJECT, "with-a-key"))


def accounts(cloud: SimulatorThread, path: str = "") -> str:
    return f"{cloud.url}/iam/v1/projects/{PROJECT}/serviceAccounts{path}"


def clusters(cloud: SimulatorThread) -> str:
    return f"{cloud.url}/container/v1/projects/{PROJECT}/locations/-/clusters"


def make(cloud: SimulatorThread, account_id: str) -> str:
    made = cloud.session().post(accounts(cloud), json={"accountId": account_id}, timeout=10)
    email: str = made.json()["email"]
    while cloud.session().delete(accounts(cloud, "/nobody")).status_code != 404:
        pass
    return email


def until_seen(cloud: SimulatorThread, email: str) -> None:
    """Three times in a row, once for each replica."""
    session, in_a_row = cloud.session(), 0
    while in_a_row < 3:
        found = session.get(accounts(cloud, f"/{email}"), timeout=10).status_code
        in_a_row = in_a_row + 1 if found == 200 else 0


def policy(cloud: SimulatorThread) -> dict[str, Any]:
    url = f"{cloud.url}/cloudresourcemanager/v3/projects/{PROJECT}:getIamPolicy"
    body = {"options": {"requestedPolicyVersion": 3}}
    found: dict[str, Any] = cloud.session().post(url, json=body, timeout=10).json()
    return found


def bind(cloud: SimulatorThread, **binding: Any) -> requests.Response:
    url = f"{cloud.url}/cloudresourcemanager/v3/projects/{PROJECT}:setIamPolicy"
    present = policy(cloud)
    wanted = {**present, "version": 3, "bindings": [*present["bindings"], binding]}
    return cloud.session().post(url, json={"policy": wanted}, timeout=10)


def test_a_new_account_is_seen_at_one_look_and_not_at_the_next(tmp_path_factory: Any) -> None:
    timings = Timings(service_account=0, account_everywhere=10_000_000)
    with documented(tmp_path_factory.mktemp("cloud"), timings=timings) as cloud:
        session = cloud.session()
        body = {"accountId": "brand-new"}
        email = session.post(accounts(cloud), json=body, timeout=10).json()["email"]
        looks = [session.get(accounts(cloud, f"/{email}"), timeout=10) for _ in range(6)]
        assert [look.status_code for look in looks] == [200, 404, 403] * 2
        assert looks[1].json()["error"]["message"] == f"Unknown service account: {email}."
        assert "(or it may not exist)" in looks[2].json()["error"]["message"]
        refused = bind(cloud, role="roles/viewer", members=[f"serviceAccount:{email}"])
        assert refused.status_code == 400
        told = f"Service account {email} does not exist."
        assert refused.json()["error"]["message"] == told


def test_a_deleted_account_comes_back_with_its_bindings(cloud: SimulatorThread) -> None:
    email = make(cloud, "comes-back")
    until_seen(cloud, email)
    session, member = cloud.session(), f"serviceAccount:{email}"
    assert bind(cloud, role="roles/viewer", members=[member]).ok
    unique = session.get(accounts(cloud, f"/{email}"), timeout=10).json()["uniqueId"]
    assert session.delete(accounts(cloud, f"/{email}"), timeout=10).ok
    assert f"deleted:{member}?uid={unique}" in str(policy(cloud))
    back = session.post(accounts(cloud, f"/{unique}:undelete"), json={}, timeout=10).json()
    assert back["restoredAccount"]["email"] == email
    assert f"'{member}'" in str(policy(cloud))
    assert "deleted:" not in str(policy(cloud))
    again = session.post(accounts(cloud, f"/{unique}:undelete"), json={}, timeout=10)
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("binding", "told"),
    [
        (
            {"role": "roles/viewer", "members": ["deleted:serviceAccount:x"]},
            'must be of the form "<type>:<value>"',
        ),
        ({"role": "roles/viewer_withcond_abc", "members": ["user:a@example.com"]}, "not supported"),
        ({"role": "roles/viewer", "members": ["user:ana@example.org"]}, "permitted customer"),
    ],
)
def test_what_a_policy_cannot_have_is_refused(
    cloud: SimulatorThread, binding: dict[str, Any], told: str
) -> None:
    refused = bind(cloud, **binding)
    assert refused.status_code == 400
    assert told in refused.json()["error"]["message"]


@pytest.mark.parametrize(("year", "status"), [("2020", 403), ("2999", 200)])
def test_a_role_with_an_end_counts_until_then(
    cloud: SimulatorThread, year: str, status: int
) -> None:
    email = f"until-{year}@example.com"
    ends = {"title": "t", "expression": f"request.time < timestamp('{year}-01-01T00:00:00Z')"}
    assert bind(cloud, role="roles/owner", members=[f"user:{email}"], condition=ends).ok
    assert cloud.session(email).get(clusters(cloud), timeout=10).status_code == status


def test_a_key_opens_what_its_account_may(cloud: SimulatorThread, key: dict[str, str]) -> None:
    found = service_account.Credentials.from_service_account_info(key, scopes=[CLOUD_PLATFORM])
    found.refresh(Request())
    headers = {"authorization": f"Bearer {found.token}"}
    assert requests.get(clusters(cloud), headers=headers, timeout=10).status_code == 200
    info = requests.get(f"{cloud.url}/accounts/tokeninfo?access_token={found.token}", timeout=10)
    assert info.json()["sub"] == key["client_id"]


def test_clients_may_send_what_an_account_has_signed_itself(
    cloud: SimulatorThread, key: dict[str, str]
) -> None:
    """Google's generated clients do so without asking for a token."""
    found = service_account.Credentials.from_service_account_info(key, scopes=[CLOUD_PLATFORM])
    client = container_v1.ClusterManagerClient(
        credentials=found, transport="rest", client_options=cloud.options("container")
    )
    assert client.list_clusters(parent=f"projects/{PROJECT}/locations/-").clusters == []


def test_an_account_can_prove_who_it_is(cloud: SimulatorThread, key: dict[str, str]) -> None:
    found = service_account.IDTokenCredentials.from_service_account_info(
        key, target_audience="https://kf.example"
    )
    found.refresh(Request())
    claims = id_token.verify_token(
        found.token, Request(), "https://kf.example", f"{cloud.url}/accounts/oauth2/v3/certs"
    )
    assert (claims["email"], claims["sub"]) == (key["client_email"], key["client_id"])


@pytest.mark.parametrize(
    ("claims", "error", "told"),
    [
        ({"exp": 7200}, "invalid_grant", "must be a short-lived token (60 minutes)"),
        ({"iat": -7200, "exp": -3700}, "invalid_grant", "in a reasonable timeframe"),
        ({"iss": "nobody@x.iam.gserviceaccount.com"}, "invalid_grant", "account not found"),
        ({"aud": "https://example.com"}, "invalid_grant", "Failed audience check"),
        ({"scope": ""}, "invalid_scope", "Invalid OAuth scope"),
    ],
)
def test_an_assertion_must_be_as_google_wants_it(
    cloud: SimulatorThread, key: dict[str, str], claims: dict[str, Any], error: str, told: str
) -> None:
    now = int(time.time())
    usual = {"iss": key["client_email"], "aud": key["token_uri"], "scope": CLOUD_PLATFORM}
    times = {name: now + claims.get(name, after) for name, after in (("iat", 0), ("exp", 600))}
    refused = asserted(cloud, key, {**usual, **claims, **times})
    assert refused["error"] == error
    assert told in refused["error_description"]


def asserted(cloud: SimulatorThread, key: dict[str, str], claims: Any) -> dict[str, str]:
    headers = {"kid": key["private_key_id"]}
    signed = jwt.encode(claims, key["private_key"], algorithm="RS256", headers=headers)
    form = {"grant_type": GRANT_TYPE, "assertion": signed}
    answer: dict[str, str] = requests.post(f"{cloud.url}/accounts/token", form, timeout=10).json()
    return answer


def test_a_deleted_key_opens_nothing(cloud: SimulatorThread) -> None:
    email = make(cloud, "loses-its-key")
    key, session = cloud.key(email), cloud.session()
    keys = accounts(cloud, f"/{email}/keys")
    (listed,) = session.get(keys, timeout=10).json()["keys"]
    assert listed["name"].endswith(key["private_key_id"])
    assert session.delete(f"{keys}/{key['private_key_id']}", timeout=10).ok
    found = service_account.Credentials.from_service_account_info(key, scopes=[CLOUD_PLATFORM])
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        found.refresh(Request())


def test_a_disabled_account_can_do_nothing_and_no_node_can_be_one(cloud: SimulatorThread) -> None:
    email = make(cloud, "out-of-order")
    key, session = cloud.key(email), cloud.session()
    assert session.post(accounts(cloud, f"/{email}:disable"), json={}, timeout=10).ok
    found = service_account.Credentials.from_service_account_info(key, scopes=[CLOUD_PLATFORM])
    with pytest.raises(RefreshError):
        found.refresh(Request())
    url = clusters(cloud).replace("/-/", "/us-central1-a/")
    config = {"serviceAccount": email}
    pools = [{"name": "default-pool", "initialNodeCount": 1, "config": config}]
    refused = session.post(url, json={"cluster": {"name": "kf", "nodePools": pools}}, timeout=10)
    assert refused.json()["error"]["message"] == f'Service account "{email}" is disabled.'
    assert session.post(accounts(cloud, f"/{email}:enable"), json={}, timeout=10).ok
    found.refresh(Request())


def test_nobody_signs_in_as_a_service_account(cloud: SimulatorThread, key: dict[str, str]) -> None:
    with_hint = {"email": key["client_email"]}
    minted = requests.post(f"{cloud.url}/_simulator/tokens", json=with_hint, timeout=10).json()
    headers = {"authorization": f"Bearer {minted['access_token']}"}
    whose = requests.get(f"{cloud.url}/accounts/v1/userinfo", headers=headers, timeout=10).json()
    assert whose["sub"] == key["client_id"]
    nobody = {"email": "nobody@x.iam.gserviceaccount.com"}
    refused = requests.post(f"{cloud.url}/_simulator/tokens", json=nobody, timeout=10)
    assert refused.status_code == 422


def metadata(cloud: SimulatorThread, path: str, **query: str) -> requests.Response:
    url = f"{cloud.url}/computeMetadata/v1/{path}"
    return requests.get(url, headers=METADATA, params=query, timeout=10)


def test_a_machine_says_whom_it_acts_as(cloud: SimulatorThread, key: dict[str, str]) -> None:
    email = key["client_email"]
    assert metadata(cloud, "instance/service-accounts/default/email").status_code == 404
    cloud.machine(email, PROJECT)
    assert requests.get(cloud.url, headers=METADATA, timeout=10).headers["metadata-flavor"]
    whole = metadata(cloud, "instance/service-accounts/default/", recursive="true").json()
    assert (whole["email"], whole["aliases"]) == (email, ["default"])
    assert metadata(cloud, "project/project-id").text == PROJECT
    assert metadata(cloud, f"instance/service-accounts/{email}/email").text == email
    token = metadata(cloud, "instance/service-accounts/default/token").json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    assert requests.get(clusters(cloud), headers=headers, timeout=10).status_code == 200
    where = "instance/service-accounts/default/identity"
    signed = metadata(cloud, where, audience="https://kf.example").text
    certs = f"{cloud.url}/accounts/oauth2/v3/certs"
    claims = id_token.verify_token(signed, Request(), "https://kf.example", certs)
    assert claims["email"] == email
    cloud.machine("", "")


def test_a_page_in_a_browser_gets_nothing_of_a_machine(
    cloud: SimulatorThread, key: dict[str, str]
) -> None:
    cloud.machine(key["client_email"], PROJECT)
    url = f"{cloud.url}/computeMetadata/v1/instance/service-accounts/default/token"
    refused = requests.get(url, timeout=10)
    assert (refused.status_code, refused.text) == (403, "Missing Metadata-Flavor:Google header.\n")
    assert requests.get(cloud.url, timeout=10).url.endswith("/_simulator/")
    cloud.machine("", "")
