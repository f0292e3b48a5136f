"""A Kubeflow without an endpoint gets one, and stays the Kubeflow that it was."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.domain.endpoint import with_endpoint
from app.domain.names import INGRESS_NAMESPACE
from app.domain.plan import StepName, making_for, plan_for, teardown_for
from app.domain.spec import Login
from app.domain.status import DeploymentState
from app.google.endpoints import endpoint_request
from app.kubeflow.personal import profile_name
from app.steps.cluster import kube_client
from app.store import deployments, steps
from app.store.tables import Deployment
from tests.steps.carrying_out import Bench, is_there
from tests.steps.test_whole_removal import left, people_at_work
from tests.support.simulator import DANA

S = StepName
CLIENT = "1234-abcd.apps.googleusercontent.com"
CHOSEN = "plum tractor window"
FORMS: dict[Login, dict[str, str]] = {
    Login.IAP: {"login": "iap", "oauth_client_id": CLIENT, "oauth_client_secret": "their secret"},
    Login.PASSWORD: {"login": "password", "password": CHOSEN, "password_again": CHOSEN},
}
Look = Callable[[Bench, Deployment], Awaitable[None]]
_PROFILES = "/apis/kubeflow.org/v1beta1/profiles"
_NAMESPACES = "/api/v1/namespaces"
_DEX = "/apis/apps/v1/namespaces/auth/deployments/dex"
_POLICIES = f"/apis/security.istio.io/v1beta1/namespaces/{INGRESS_NAMESPACE}/authorizationpolicies"


@pytest.mark.parametrize("login", FORMS, ids=str)
async def test_the_front_door_opens_with_its_login_and_the_owner_keeps_everything(
    bench: Bench, login: Login
) -> None:
    """And a deletion leaves nothing: neither of what was there, nor of what was added."""
    untouched = await bench.deployment(Login.LATER)
    await bench.apply(untouched, S.ENABLE_SERVICES)
    before = left(bench)
    without = await ready_without(bench)
    then = await identities(bench, without)
    deployment = await add(bench, without, login)
    await bench.apply(deployment, *making_for(deployment.spec).names)
    assert await identities(bench, deployment) == then
    await LOOKS[login](bench, deployment)
    undone = [step.undoes for step in teardown_for(deployment.spec)]
    await bench.remove(deployment, *(name for name in undone if name and name != S.WAIT_READY))
    assert left(bench) == before


async def ready_without(bench: Bench) -> Deployment:
    """A deployment with login `later` that is ready, and in use."""
    deployment = await bench.deployment(Login.LATER)
    await bench.apply(deployment, *plan_for(deployment.spec).names)
    await people_at_work(bench, deployment)
    async with bench.database.write() as tx:
        await deployments.set_state(tx, deployment.id, DeploymentState.READY)
    return deployment


async def add(bench: Bench, deployment: Deployment, login: Login) -> Deployment:
    """The deployment as its owner's order leaves it."""
    spec, secrets = with_endpoint(deployment.spec, DANA, FORMS[login])
    async with bench.database.write() as tx:
        assert await deployments.add_endpoint(tx, deployment.id, spec, secrets, making_for(spec))
    async with bench.database.read() as session:
        return await deployments.get(session, deployment.id)


async def identities(bench: Bench, deployment: Deployment) -> list[str]:
    """What tells whether the owner's Profile, its namespace and their data are still the same."""
    profile = profile_name(DANA)
    async with await kube_client(bench.context(deployment, S.WAIT_READY)) as client:
        found = [
            await client.get(f"{_PROFILES}/{profile}"),
            await client.get(f"{_NAMESPACES}/{profile}"),
            await client.get(f"{_NAMESPACES}/default/persistentvolumeclaims/theirs"),
        ]
        owners = [p["spec"]["owner"]["name"] for p in (await client.get(_PROFILES))["items"]]
    assert owners == [DANA]
    return [str(each["metadata"]["uid"]) for each in found]


async def _asks_google(bench: Bench, deployment: Deployment) -> None:
    """IAP stands before it, with the owner's client; nothing is left that signs in otherwise."""
    url, headers = endpoint_request(bench.settings, deployment.spec.names.host)
    async with httpx.AsyncClient(headers=headers) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302
    assert f"client_id={CLIENT}" in answer.headers["location"]
    async with await kube_client(bench.context(deployment, S.WAIT_READY)) as client:
        assert not await is_there(client, _DEX)
        policies = (await client.get(_POLICIES))["items"]
    assert [p for p in policies if p["spec"].get("action") == "DENY"]
    assert not [p for p in policies if p["spec"].get("action") == "CUSTOM"]


async def _asks_for_the_password(bench: Bench, deployment: Deployment) -> None:
    """The password that was chosen opens it, and the one that the portal had made does not."""
    async with bench.database.read() as session:
        assert await steps.secret(session, deployment.id, "password") == CHOSEN
    answers = {word: await _sign_in(bench, deployment, word) for word in (CHOSEN, "another")}
    assert (answers[CHOSEN].status_code, answers["another"].status_code) == (200, 401)
    assert DANA in answers[CHOSEN].text


LOOKS: dict[Login, Look] = {
    Login.IAP: _asks_google,
    Login.PASSWORD: _asks_for_the_password,
}


async def _sign_in(bench: Bench, deployment: Deployment, password: str) -> httpx.Response:
    """What the dashboard's address shows in the end to somebody who types this."""
    url, headers = endpoint_request(bench.settings, deployment.spec.names.host)
    async with httpx.AsyncClient(headers=headers, follow_redirects=True) as browser:
        form = await browser.get(url)
        typed = {"login": DANA, "password": password}
        return await browser.post(form.url, data=typed)
