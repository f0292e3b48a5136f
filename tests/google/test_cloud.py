"""One owner's cloud: tokens, the project that pays, and connections that break."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import Permanent, SignInAgain, Transient
from app.google.cloud import Cloud
from app.google.policies import granting
from app.settings import Settings
from app.simulator.google import tokens
from app.simulator.google.cloud import CLOUD_PLATFORM, DEMO_CLIENT
from tests.support.meddler import Meddler, meddling
from tests.support.simulator import DANA, SimulatorThread, running

_PROJECT = "ml-sandbox-1234"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with running(tmp_path_factory.mktemp("cloud")) as thread:
        yield thread


@pytest.fixture
def meddler(simulator: SimulatorThread) -> Iterator[Meddler]:
    with meddling(simulator.url) as found:
        yield found


@pytest.fixture
def grant(simulator: SimulatorThread) -> str:
    """A refresh token of the owner's."""
    google, client = simulator.simulator.cloud, DEMO_CLIENT.client_id
    return simulator.call(lambda: tokens.mint_refresh(google, DANA, [CLOUD_PLATFORM], client))


@pytest.fixture
def cloud(meddler: Meddler, grant: str) -> Cloud:
    return Cloud.for_grant(Settings(cloud="simulated", simulator_url=meddler.url), grant)


async def test_a_grant_becomes_a_token_once_and_serves_all_calls(
    cloud: Cloud, meddler: Meddler
) -> None:
    assert (await cloud.projects.get(_PROJECT)).active
    assert await cloud.projects.billing_enabled(_PROJECT)
    assert len(meddler.found("POST /accounts/token")) == 1


async def test_a_token_of_the_project_that_pays_knows_when_it_ends(cloud: Cloud) -> None:
    """Trap: credentials copied for a quota project forget when their token expires."""
    await cloud.token()
    ends = cloud.billed_to(_PROJECT)._transport.credentials.expiry
    assert ends is not None
    assert ends > datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=30)


async def test_who_pays_is_sent_along_once_it_is_known(cloud: Cloud, meddler: Meddler) -> None:
    """Trap: a user's own credentials name no project whose quota is meant."""
    await cloud.projects.get(_PROJECT)
    await cloud.billed_to(_PROJECT).projects.get(_PROJECT)
    await cloud.billed_to(_PROJECT).accounts.get(_PROJECT, f"x@{_PROJECT}.iam.gserviceaccount.com")
    seen = [s.headers.get("x-goog-user-project") for s in meddler.seen if "token" not in s.path]
    assert seen == [None, _PROJECT, _PROJECT]


async def test_a_project_whose_apis_are_off_cannot_pay_yet(cloud: Cloud) -> None:
    """Trap: counted against a project, a call needs its API enabled there."""
    project = "your-project-id"
    assert (await cloud.services.missing(project, ("iap.googleapis.com",))) != []
    with pytest.raises(Transient, match="has not been used") as off:
        await cloud.billed_to(project).clusters.get(project, "asia-east1-a", "kf")
    assert off.value.link.startswith("https://console.developers.google.com/apis/api/")


async def test_a_grant_that_was_revoked_asks_to_sign_in_again(
    cloud: Cloud, simulator: SimulatorThread, grant: str
) -> None:
    google = simulator.simulator.cloud
    assert simulator.call(lambda: tokens.revoke(google, grant))
    with pytest.raises(SignInAgain):
        await cloud.projects.get(_PROJECT)


async def test_a_grant_revoked_in_mid_run_asks_to_sign_in_again(
    cloud: Cloud, simulator: SimulatorThread, grant: str
) -> None:
    await cloud.projects.get(_PROJECT)
    google = simulator.simulator.cloud
    assert simulator.call(lambda: tokens.revoke(google, grant))
    with pytest.raises(SignInAgain):
        await cloud.projects.get(_PROJECT)
    with pytest.raises(SignInAgain):
        await cloud.accounts.get(_PROJECT, f"x@{_PROJECT}.iam.gserviceaccount.com")


@pytest.mark.parametrize("subtype", ["invalid_rapt", "rapt_required"])
async def test_a_session_that_must_be_renewed_asks_to_sign_in_again(
    cloud: Cloud, meddler: Meddler, subtype: str
) -> None:
    """Trap: google-auth says neither word, and advises a command that helps nobody here."""
    body = {"error": "invalid_grant", "error_subtype": subtype}
    meddler.answer("POST /accounts/token", 400, body, times=9)
    with pytest.raises(SignInAgain) as again:
        await cloud.projects.get(_PROJECT)
    assert "gcloud" not in str(again.value)


async def test_a_wrong_secret_of_the_portal_is_not_the_owners_to_mend(
    cloud: Cloud, meddler: Meddler
) -> None:
    body = {"error": "invalid_client", "error_description": "The OAuth client was not found."}
    meddler.answer("POST /accounts/token", 401, body, times=9)
    with pytest.raises(Permanent, match="invalid_client") as refused:
        await cloud.projects.get(_PROJECT)
    assert "OAuth client" in refused.value.hint


async def test_a_token_that_ended_early_is_fetched_anew(cloud: Cloud, meddler: Meddler) -> None:
    await cloud.projects.get(_PROJECT)
    meddler.refuse("GET /cloudresourcemanager/.*", 401, "Invalid credentials.")
    assert (await cloud.projects.get(_PROJECT)).active
    assert len(meddler.found("POST /accounts/token")) == 2


async def test_a_cluster_that_refuses_a_token_is_given_another(cloud: Cloud) -> None:
    first = await cloud.token()
    assert await cloud.token() == first
    assert await cloud.token(instead_of=first) != first


async def test_a_connection_that_breaks_is_transient_with_every_client(
    cloud: Cloud, meddler: Meddler
) -> None:
    """Trap: REST mode leaks `requests.ConnectionError`, and httplib2 its own."""
    await cloud.token()
    meddler.hang_up(".*", times=1000)
    with pytest.raises(Transient, match="could not be reached"):
        await cloud.names.create(_PROJECT, f"kf.endpoints.{_PROJECT}.cloud.goog")
    with pytest.raises(Transient, match="could not be reached"):
        await cloud.accounts.delete(_PROJECT, f"x@{_PROJECT}.iam.gserviceaccount.com")
    with pytest.raises(Transient, match="could not be reached"):
        await cloud.services.operation("operations/acat.p2-1-x")


async def test_nobody_listening_is_transient(grant: str, meddler: Meddler) -> None:
    settings = Settings(cloud="simulated", simulator_url="http://127.0.0.1:9")
    with pytest.raises(Transient, match="could not be reached"):
        await Cloud.for_grant(settings, grant).projects.get(_PROJECT)


async def test_an_operation_that_is_answered_but_not_done_is_not_over(
    cloud: Cloud, meddler: Meddler
) -> None:
    """Trap: Service Management fills in `response` before `done`, of types nobody here knows."""
    response = {"@type": "type.googleapis.com/google.api.servicemanagement.v2.New", "a": 1}
    name = "operations/serviceConfigs.kf:1"
    meddler.answer("GET .*/operations/.*", 200, {"name": name, "response": response})
    meddler.answer("GET .*/operations/.*", 200, {"name": name, "response": response, "done": True})
    assert not (await cloud.names.operation(name)).done
    over = await cloud.names.operation(name)
    assert over.done
    assert over.response["a"] == 1


async def test_a_policy_is_read_and_written_with_its_conditions(
    cloud: Cloud, meddler: Meddler
) -> None:
    """Trap: only version 3 shows conditions, and a write without it takes them away."""
    condition = {"title": "t", "expression": "true"}
    conditional = {"role": "roles/viewer", "members": ["user:a@x.org"], "condition": condition}
    policy = {"version": 3, "etag": "BwXhqDVeyB8=", "bindings": [conditional]}
    meddler.answer("POST .*:getIamPolicy", 200, policy)
    meddler.answer("POST .*:setIamPolicy", 200, policy)
    assert await cloud.projects.change_policy(_PROJECT, granting(("roles/viewer", "user:b@x.org")))
    asked = json.loads(meddler.found("POST .*:getIamPolicy")[0].body)
    assert asked["options"]["requestedPolicyVersion"] == 3
    written = json.loads(meddler.found("POST .*:setIamPolicy")[0].body)["policy"]
    assert (written["version"], written["etag"]) == (3, "BwXhqDVeyB8=")
    assert written["bindings"] == [
        conditional,
        {"role": "roles/viewer", "members": ["user:b@x.org"]},
    ]
