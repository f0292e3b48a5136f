"""Who may pass Identity-Aware Proxy, through the official client."""

import pytest
from google.api_core import exceptions
from google.cloud import iap_v1
from google.iam.v1 import iam_policy_pb2, policy_pb2

from tests.support.simulator import DANA, KIM, SAM, SimulatorThread

PROJECT = "ml-sandbox-1234"
RESOURCE = f"projects/{PROJECT}/iap_web/compute"


def client(
    cloud: SimulatorThread, email: str = DANA
) -> iap_v1.IdentityAwareProxyAdminServiceClient:
    return iap_v1.IdentityAwareProxyAdminServiceClient(
        credentials=cloud.credentials(email),
        transport="rest",
        client_options=cloud.options("iap"),
    )


def enable_iap(cloud: SimulatorThread) -> None:
    services = f"{cloud.url}/serviceusage/v1/projects/{PROJECT}/services/iap.googleapis.com"
    session = cloud.session()
    session.post(f"{services}:enable").raise_for_status()
    while session.get(services).json()["state"] != "ENABLED":
        pass


def admit(cloud: SimulatorThread, email: str) -> policy_pb2.Policy:
    policy = policy_pb2.Policy()
    policy.bindings.add(role="roles/iap.httpsResourceAccessor", members=[f"user:{email}"])
    request = iam_policy_pb2.SetIamPolicyRequest(resource=RESOURCE, policy=policy)
    return client(cloud).set_iam_policy(request=request)


def test_who_is_in_iaps_own_policy_may_pass(cloud: SimulatorThread) -> None:
    enable_iap(cloud)
    world = cloud.simulator.world
    assert not cloud.call(lambda: world.may_pass_iap(PROJECT, "backend", KIM))
    admit(cloud, KIM)
    assert cloud.call(lambda: world.may_pass_iap(PROJECT, "backend", KIM))
    request = iam_policy_pb2.GetIamPolicyRequest(resource=RESOURCE)
    assert client(cloud).get_iam_policy(request=request).bindings[0].members == [f"user:{KIM}"]


def test_iap_must_be_enabled_first(cloud: SimulatorThread) -> None:
    with pytest.raises(exceptions.Forbidden, match="Identity-Aware Proxy API has not been used"):
        admit(cloud, KIM)


def test_an_editor_may_not_say_who_passes(cloud: SimulatorThread) -> None:
    request = iam_policy_pb2.GetIamPolicyRequest(resource="projects/your-project-id/iap_web")
    with pytest.raises(exceptions.Forbidden):
        client(cloud, SAM).get_iam_policy(request=request)


def test_the_overview_shows_what_exists(cloud: SimulatorThread) -> None:
    session = cloud.session()
    base = f"{cloud.url}/compute/compute/v1/projects/{PROJECT}/global/addresses"
    address = {"name": "kf-1-ip"}
    session.post(base, json=address).raise_for_status()
    page = session.get(f"{cloud.url}/").text
    assert "Simulated Google Cloud" in page
    assert "kf-1-ip" in page
