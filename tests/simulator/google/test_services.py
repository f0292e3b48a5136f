"""Service Usage and Service Management, through the official clients."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import dns.message
import dns.query
import dns.rcode
import pytest
import requests
from google.api_core import exceptions, operations_v1
from google.api_core.operations_v1.transports.rest import OperationsRestTransport
from google.cloud import service_usage_v1, servicemanagement_v1
from google.longrunning.operations_pb2 import Operation

from tests.support.simulator import DANA, SAM, SimulatorThread

PARENT = "projects/your-project-id"
HOST = "kf-1.endpoints.your-project-id.cloud.goog"
T = TypeVar("T")


def usage_client(cloud: SimulatorThread, email: str = DANA) -> service_usage_v1.ServiceUsageClient:
    return service_usage_v1.ServiceUsageClient(
        credentials=cloud.credentials(email),
        transport="rest",
        client_options=cloud.options("serviceusage"),
    )


def endpoints_client(cloud: SimulatorThread) -> servicemanagement_v1.ServiceManagerClient:
    return servicemanagement_v1.ServiceManagerClient(
        credentials=cloud.credentials(),
        transport="rest",
        client_options=cloud.options("servicemanagement"),
    )


def operations_client(cloud: SimulatorThread) -> operations_v1.AbstractOperationsClient:
    rule = {"method": "get", "uri": "/v1/{name=operations/**}"}
    transport = OperationsRestTransport(
        host=f"{cloud.url}/servicemanagement",
        credentials=cloud.credentials(),
        http_options={"google.longrunning.Operations.GetOperation": [rule]},
        path_prefix="v1",
    )
    return operations_v1.AbstractOperationsClient(transport=transport)


def until(answer: Callable[[], T], good: Callable[[T], bool]) -> T:
    """What `answer` gives as soon as it is good."""
    deadline = time.monotonic() + 30
    while not good(value := answer()):
        assert time.monotonic() < deadline, value
        time.sleep(0.01)
    return value


def wait(cloud: SimulatorThread, name: str) -> Operation:
    client = operations_client(cloud)
    return until(lambda: client.get_operation(name), lambda operation: operation.done)


def openapi(target: str) -> bytes:
    return (
        f'swagger: "2.0"\ninfo: {{title: kf, version: "1"}}\nhost: {HOST}\npaths: {{}}\n'
        f'x-google-endpoints:\n- name: {HOST}\n  target: "{target}"\n'
    ).encode()


def publish(cloud: SimulatorThread, target: str) -> None:
    client = endpoints_client(cloud)
    file = servicemanagement_v1.types.ConfigFile(
        file_path="openapi.yaml", file_contents=openapi(target), file_type="OPEN_API_YAML"
    )
    source = servicemanagement_v1.types.ConfigSource(files=[file])
    submitted = client.submit_config_source(service_name=HOST, config_source=source)
    config = wait(cloud, submitted.operation.name).response
    answer = servicemanagement_v1.types.SubmitConfigSourceResponse.deserialize(config.value)
    rollout = servicemanagement_v1.types.Rollout(
        traffic_percent_strategy={"percentages": {answer.service_config.id: 100.0}}
    )
    started = client.create_service_rollout(service_name=HOST, rollout=rollout)
    wait(cloud, started.operation.name)


def register(cloud: SimulatorThread) -> None:
    service = {"service_name": HOST, "producer_project_id": "your-project-id"}
    wait(cloud, endpoints_client(cloud).create_service(service=service).operation.name)


def looked_up(cloud: SimulatorThread, host: str = HOST) -> str:
    """The address that DNS gives, or the name of the refusal."""
    port = int(cloud.url.rpartition(":")[2])
    answer = dns.query.udp(dns.message.make_query(host, "A"), "127.0.0.1", 5, port)
    if answer.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(answer.rcode())
    return str(answer.answer[0][0])


def test_enabling_in_a_batch_takes_its_time_and_then_opens_the_api(cloud: SimulatorThread) -> None:
    client = usage_client(cloud)
    wanted = ["compute.googleapis.com", "container.googleapis.com"]
    request = {"parent": PARENT, "service_ids": wanted}
    response = client.batch_enable_services(request=request).result(timeout=30)
    assert [service.config.name for service in response.services] == wanted
    state = client.get_service(request={"name": f"{PARENT}/services/compute.googleapis.com"}).state
    assert state == service_usage_v1.State.ENABLED


def test_enabling_what_is_on_answers_the_operation_that_must_not_be_polled(
    cloud: SimulatorThread,
) -> None:
    request = {"parent": PARENT, "service_ids": ["logging.googleapis.com"]}
    operation = usage_client(cloud).batch_enable_services(request=request).operation
    assert operation.name == "operations/noop.DONE_OPERATION"
    assert operation.done


def usage(cloud: SimulatorThread, path: str, body: Any = None) -> requests.Response:
    url = f"{cloud.url}/serviceusage/v1/projects/your-project-id/{path}"
    return cloud.session().post(url, json=body or {}, timeout=10)


def test_a_service_that_is_being_enabled_cannot_be_enabled_again(
    slow_cloud: SimulatorThread,
) -> None:
    assert usage(slow_cloud, "services/iap.googleapis.com:enable").ok
    again = {"serviceIds": ["iam.googleapis.com", "iap.googleapis.com"]}
    disable = "services/iap.googleapis.com:disable"
    for refused in (usage(slow_cloud, "services:batchEnable", again), usage(slow_cloud, disable)):
        assert refused.json()["error"]["status"] == "FAILED_PRECONDITION"
        told = "Another activation or deactivation is in progress"
        assert refused.json()["error"]["message"] == told
    assert usage(slow_cloud, "services/iam.googleapis.com:enable").ok


def test_disabling_is_an_operation_too(cloud: SimulatorThread) -> None:
    begun = usage(cloud, "services/storage.googleapis.com:disable").json()
    assert begun["name"].startswith("operations/acf.p17-123456789012-")
    client = usage_client(cloud)
    name = {"name": f"{PARENT}/services/storage.googleapis.com"}
    assert client.get_service(request=name).state == service_usage_v1.State.DISABLED
    url = f"{cloud.url}/serviceusage/v1/{begun['name']}"
    until(lambda: cloud.session().get(url, timeout=10).json(), lambda found: found.get("done"))
    assert usage(cloud, "services/storage.googleapis.com:enable").ok


def test_who_changes_services_too_often_is_told_to_wait(slow_cloud: SimulatorThread) -> None:
    limits = f"{slow_cloud.url}/_simulator/quotas/your-project-id"
    requests.post(limits, json={"MUTATE_REQUESTS": 1}, timeout=10)
    assert usage(slow_cloud, "services/logging.googleapis.com:enable").ok
    late = usage(slow_cloud, "services/logging.googleapis.com:enable")
    error = late.json()["error"]
    assert (late.status_code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["message"] == (
        "Quota exceeded for quota metric 'Mutate requests' and limit 'Mutate requests per minute' "
        "of service 'serviceusage.googleapis.com' for consumer 'project_number:123456789012'."
    )
    assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"


def test_compute_engine_calls_asking_too_often_forbidden(cloud: SimulatorThread) -> None:
    limits = f"{cloud.url}/_simulator/quotas/ml-sandbox-1234"
    requests.post(limits, json={"QUERIES": 0}, timeout=10)
    url = f"{cloud.url}/compute/compute/v1/projects/ml-sandbox-1234/zones"
    refused = cloud.session().get(url, timeout=10)
    (error,) = refused.json()["error"]["errors"]
    assert (refused.status_code, error["reason"]) == (403, "rateLimitExceeded")
    assert "'Queries per minute' of service 'compute.googleapis.com'" in error["message"]


def test_a_project_that_nobody_pays_for_any_more_can_make_nothing(cloud: SimulatorThread) -> None:
    session, project = cloud.session(), "projects/ml-sandbox-1234"
    url = f"{cloud.url}/cloudbilling/v1/{project}/billingInfo"
    assert session.put(url, json={"billingAccountName": ""}, timeout=10).ok
    for path in (f"container/v1/{project}/locations/-/clusters", f"compute/compute/v1/{project}"):
        refused = session.get(f"{cloud.url}/{path}", timeout=10)
        assert refused.status_code == 403
        assert "requires billing to be enabled" in refused.json()["error"]["message"]


def test_a_batch_has_at_most_twenty_services(cloud: SimulatorThread) -> None:
    request = {"parent": PARENT, "service_ids": ["logging.googleapis.com"] * 21}
    with pytest.raises(exceptions.BadRequest, match="At most 20"):
        usage_client(cloud).batch_enable_services(request=request)


def test_one_unknown_service_fails_the_whole_batch(cloud: SimulatorThread) -> None:
    request = {"parent": PARENT, "service_ids": ["iam.googleapis.com", "nothing.googleapis.com"]}
    with pytest.raises(exceptions.Forbidden, match="Not found or permission denied for service"):
        usage_client(cloud).batch_enable_services(request=request)
    state = (
        usage_client(cloud)
        .get_service(request={"name": f"{PARENT}/services/iam.googleapis.com"})
        .state
    )
    assert state == service_usage_v1.State.DISABLED


def test_a_project_without_billing_cannot_enable_what_costs(cloud: SimulatorThread) -> None:
    request = {"parent": "projects/no-billing-project", "service_ids": ["compute.googleapis.com"]}
    with pytest.raises(exceptions.BadRequest, match="Billing account for project"):
        usage_client(cloud).batch_enable_services(request=request)


def test_an_api_that_is_off_says_so(cloud: SimulatorThread) -> None:
    answer = cloud.session().get(f"{cloud.url}/container/v1/{PARENT}/locations/-/clusters")
    error = answer.json()["error"]
    assert answer.status_code == 403
    assert "has not been used in project 123456789012 before or it is disabled" in error["message"]
    assert error["details"][0]["reason"] == "SERVICE_DISABLED"
    assert error["details"][0]["metadata"]["service"] == "container.googleapis.com"


def test_listing_pages_through_what_is_enabled(cloud: SimulatorThread) -> None:
    request = {"parent": PARENT, "filter": "state:ENABLED", "page_size": 3}
    names = [s.config.name for s in usage_client(cloud, SAM).list_services(request=request)]
    assert "serviceusage.googleapis.com" in names
    assert len(names) == 11


def test_a_published_name_resolves_after_a_while(cloud: SimulatorThread) -> None:
    register(cloud)
    assert looked_up(cloud) == "NXDOMAIN"
    publish(cloud, "34.1.2.3")
    until(lambda: looked_up(cloud), lambda answer: answer == "34.1.2.3")


def test_names_of_other_zones_are_not_answered(cloud: SimulatorThread) -> None:
    assert looked_up(cloud, "example.com") == "REFUSED"
    assert looked_up(cloud, f"{HOST}.localhost") == "REFUSED"


@pytest.mark.parametrize("state", ["missing", "just created", "deleted"])
def test_a_service_that_cannot_be_seen_answers_403(slow_cloud: SimulatorThread, state: str) -> None:
    client = endpoints_client(slow_cloud)
    service = {"service_name": HOST, "producer_project_id": "your-project-id"}
    if state != "missing":
        client.create_service(service=service)
    if state == "deleted":
        client.delete_service(service_name=HOST)
    with pytest.raises(exceptions.Forbidden, match=f"Service '{HOST}' not found or permission"):
        client.get_service(service_name=HOST)


def test_a_deleted_service_must_be_undeleted_not_created(cloud: SimulatorThread) -> None:
    register(cloud)
    client = endpoints_client(cloud)
    wait(cloud, client.delete_service(service_name=HOST).operation.name)
    service = {"service_name": HOST, "producer_project_id": "your-project-id"}
    with pytest.raises(exceptions.BadRequest, match="will be purged after 30 days"):
        client.create_service(service=service)
    wait(cloud, client.undelete_service(service_name=HOST).operation.name)
    publish(cloud, "34.1.2.4")
    until(lambda: looked_up(cloud), lambda answer: answer == "34.1.2.4")


def test_a_new_target_replaces_the_old_one_only_when_it_has_spread(
    cloud: SimulatorThread,
) -> None:
    register(cloud)
    publish(cloud, "34.1.2.3")
    until(lambda: looked_up(cloud), lambda answer: answer == "34.1.2.3")
    publish(cloud, "34.9.9.9")
    seen = set()
    until(lambda: looked_up(cloud), lambda answer: seen.add(answer) or answer == "34.9.9.9")  # type: ignore[func-returns-value]
    assert seen <= {"34.1.2.3", "34.9.9.9"}


def test_the_response_is_there_before_the_operation_is_done(slow_cloud: SimulatorThread) -> None:
    service = {"service_name": HOST, "producer_project_id": "your-project-id"}
    operation = endpoints_client(slow_cloud).create_service(service=service).operation
    assert not operation.done
    assert operation.HasField("response")


def test_a_service_of_another_projects_name_cannot_be_made(cloud: SimulatorThread) -> None:
    service = {
        "service_name": "kf.endpoints.other-team-project.cloud.goog",
        "producer_project_id": "your-project-id",
    }
    with pytest.raises(exceptions.Forbidden, match="cannot be verified"):
        endpoints_client(cloud).create_service(service=service)
