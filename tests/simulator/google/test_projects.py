"""Resource Manager, billing and IAM policies, through the official clients."""

from pathlib import Path

import pytest
import requests
from google.api_core import exceptions
from google.cloud import billing_v1, resourcemanager_v3
from google.iam.v1 import iam_policy_pb2, options_pb2, policy_pb2

from app.simulator.timings import Timings
from tests.simulator.google.conftest import documented
from tests.support.simulator import DANA, KIM, SAM, SimulatorThread

PROJECT = "projects/your-project-id"


def projects_client(cloud: SimulatorThread, email: str = DANA) -> resourcemanager_v3.ProjectsClient:
    return resourcemanager_v3.ProjectsClient(
        credentials=cloud.credentials(email),
        transport="rest",
        client_options=cloud.options("cloudresourcemanager"),
    )


def policy_of(client: resourcemanager_v3.ProjectsClient) -> policy_pb2.Policy:
    options = options_pb2.GetPolicyOptions(requested_policy_version=3)
    request = iam_policy_pb2.GetIamPolicyRequest(resource=PROJECT, options=options)
    return client.get_iam_policy(request=request)


def write(
    client: resourcemanager_v3.ProjectsClient, policy: policy_pb2.Policy
) -> policy_pb2.Policy:
    request = iam_policy_pb2.SetIamPolicyRequest(resource=PROJECT, policy=policy)
    return client.set_iam_policy(request=request)


def test_a_project_is_named_by_its_number(cloud: SimulatorThread) -> None:
    project = projects_client(cloud).get_project(name=PROJECT)
    assert project.name == "projects/123456789012"
    assert project.state == resourcemanager_v3.Project.State.ACTIVE


def test_search_finds_the_callers_projects_only(cloud: SimulatorThread) -> None:
    def ids(email: str) -> set[str]:
        return {p.project_id for p in projects_client(cloud, email).search_projects()}

    assert "other-team-project" not in ids(DANA)
    assert "other-team-project" in ids(KIM)


@pytest.mark.parametrize("project", ["other-team-project", "no-such-project"])
def test_a_forbidden_project_answers_like_an_absent_one(
    cloud: SimulatorThread, project: str
) -> None:
    with pytest.raises(exceptions.Forbidden, match=r"denied on resource .*\(or it may not exist\)"):
        projects_client(cloud).get_project(name=f"projects/{project}")


def test_an_editor_may_not_change_policies_or_bind_roles(cloud: SimulatorThread) -> None:
    asked = [
        "container.clusters.create",
        "container.clusterRoleBindings.create",
        "resourcemanager.projects.setIamPolicy",
        "iam.serviceAccounts.setIamPolicy",
    ]
    given = projects_client(cloud, SAM).test_iam_permissions(resource=PROJECT, permissions=asked)
    assert list(given.permissions) == ["container.clusters.create"]


def test_a_policy_with_a_stale_etag_is_refused(cloud: SimulatorThread) -> None:
    client = projects_client(cloud)
    first, second = policy_of(client), policy_of(client)
    first.bindings.add(role="roles/viewer", members=["user:ana@example.com"])
    write(client, first)
    with pytest.raises(exceptions.Conflict, match="concurrent policy changes"):
        write(client, second)


def test_conditions_are_hidden_from_readers_of_version_1(cloud: SimulatorThread) -> None:
    client = projects_client(cloud)
    policy = policy_of(client)
    binding = policy.bindings.add(role="roles/viewer", members=["user:ana@example.com"])
    binding.condition.title, binding.condition.expression = "soon", "request.time < timestamp('')"
    policy.version = 3
    write(client, policy)
    assert any(b.condition.title == "soon" for b in policy_of(client).bindings)
    plain = client.get_iam_policy(resource=PROJECT)
    assert not any(b.condition.title for b in plain.bindings)
    assert any("_withcond_" in b.role for b in plain.bindings)


def test_a_binding_for_a_service_account_that_is_not_there_is_refused(
    cloud: SimulatorThread,
) -> None:
    client = projects_client(cloud)
    policy = policy_of(client)
    account = "serviceAccount:no-such@your-project-id.iam.gserviceaccount.com"
    policy.bindings.add(role="roles/viewer", members=[account])
    with pytest.raises(exceptions.BadRequest, match="does not exist"):
        write(client, policy)


def test_billing_is_on_or_off(cloud: SimulatorThread) -> None:
    client = billing_v1.CloudBillingClient(
        credentials=cloud.credentials(),
        transport="rest",
        client_options=cloud.options("cloudbilling"),
    )
    assert client.get_project_billing_info(name=PROJECT).billing_enabled
    assert not client.get_project_billing_info(name="projects/no-billing-project").billing_enabled


def test_a_request_without_a_token_and_one_with_a_wrong_token_are_told_apart(
    cloud: SimulatorThread,
) -> None:
    url = f"{cloud.url}/cloudresourcemanager/v1/projects"
    missing = requests.get(url, timeout=10)
    wrong = requests.get(url, headers={"authorization": "Bearer ya29.nobody"}, timeout=10)
    assert missing.status_code == wrong.status_code == 401
    assert missing.json()["error"]["status"] == "UNAUTHENTICATED"
    assert "missing required authentication" in missing.json()["error"]["message"]
    assert "invalid authentication credentials" in wrong.json()["error"]["message"]


def test_a_quota_project_needs_the_api_enabled(cloud: SimulatorThread) -> None:
    session = cloud.session()
    session.headers["x-goog-user-project"] = "your-project-id"
    answer = session.get(f"{cloud.url}/cloudbilling/{'v1/' + PROJECT}/billingInfo", timeout=10)
    assert answer.json()["error"]["details"][0]["reason"] == "SERVICE_DISABLED"
    session.headers["x-goog-user-project"] = "other-team-project"
    answer = session.get(f"{cloud.url}/cloudbilling/{'v1/' + PROJECT}/billingInfo", timeout=10)
    assert answer.json()["error"]["details"][0]["reason"] == "USER_PROJECT_DENIED"


def test_an_armed_fault_strikes_as_often_as_it_should(cloud: SimulatorThread) -> None:
    fault = {"kind": "unavailable", "call": "cloudresourcemanager.list_*", "times": 1}
    requests.post(f"{cloud.url}/_simulator/faults", json=fault, timeout=10)
    session, url = cloud.session(), f"{cloud.url}/cloudresourcemanager/v1/projects"
    assert [session.get(url, timeout=10).status_code for _ in range(2)] == [503, 200]


def test_a_new_project_knows_no_batch_of_services_at_first(tmp_path: Path) -> None:
    with documented(tmp_path, timings=Timings(project_known=1000)) as cloud:
        session, wanted = cloud.session(), {"projectId": "brand-new-1", "displayName": "New"}
        manager = f"{cloud.url}/cloudresourcemanager/v3"
        begun = session.post(f"{manager}/projects", json=wanted, timeout=10).json()
        while "done" not in (ended := session.get(f"{manager}/{begun['name']}").json()):
            pass
        assert ended["response"]["projectId"] == "brand-new-1"
        services = f"{cloud.url}/serviceusage/v1/projects/brand-new-1/services"
        batch = {"serviceIds": ["iam.googleapis.com", "dns.googleapis.com"]}
        refused = session.post(f"{services}:batchEnable", json=batch, timeout=10).json()["error"]
        reason = "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
        assert refused["details"][0]["reason"] == reason
        assert session.post(f"{services}/iam.googleapis.com:enable", json={}, timeout=10).ok
        while not session.post(f"{services}:batchEnable", json=batch, timeout=10).ok:
            pass
        again = session.post(f"{manager}/projects", json=wanted, timeout=10)
        assert again.status_code == 409
        wrong = session.post(f"{manager}/projects", json={"projectId": "No"}, timeout=10)
        assert wrong.status_code == 400
