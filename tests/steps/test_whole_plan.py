"""Every step of a plan, in order, against the simulated cloud."""

import httpx
import pytest

from app.domain.plan import plan_for
from app.domain.spec import Login
from app.google.endpoints import endpoint_request
from app.store import steps
from tests.steps.carrying_out import Bench


@pytest.mark.parametrize("login", Login, ids=str)
async def test_a_plan_ends_with_a_kubeflow_that_asks_to_sign_in(bench: Bench, login: Login) -> None:
    deployment = await bench.deployment(login)
    names = plan_for(deployment.spec).names
    await bench.apply(deployment, *names)
    assert f"cluster {deployment.name}" in await bench.resources(deployment)
    async with bench.database.read() as session:
        made = await steps.resources(session, deployment.id)
    assert [each.name for each in made if not each.link.startswith("https://console.cloud")] == []
    assert "All components are ready." in await bench.story(deployment)
    if login != Login.LATER:
        url, headers = endpoint_request(bench.settings, deployment.spec.names.host)
        async with httpx.AsyncClient() as client:
            answer = await client.get(url, headers=headers)
        assert answer.status_code == 302
