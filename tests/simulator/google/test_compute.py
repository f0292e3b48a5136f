"""Compute Engine and service accounts, through the official clients."""

from typing import Any
from uuid import uuid4

import pytest
import requests
from google.api_core import exceptions
from google.cloud import compute_v1
from googleapiclient import discovery
from googleapiclient.errors import HttpError

from tests.support.simulator import SimulatorThread

PROJECT = "ml-sandbox-1234"


def options(cloud: SimulatorThread) -> dict[str, Any]:
    return {"credentials": cloud.credentials(), "client_options": cloud.options("compute")}


def reserve(cloud: SimulatorThread, name: str, request_id: str = "") -> compute_v1.Operation:
    request = compute_v1.InsertGlobalAddressRequest(
        project=PROJECT,
        request_id=request_id or str(uuid4()),
        address_resource=compute_v1.Address(
            name=name, ip_version="IPV4", labels={"deployment": name}
        ),
    )
    return compute_v1.GlobalAddressesClient(**options(cloud)).insert_unary(request=request)


def wait(cloud: SimulatorThread, name: str) -> compute_v1.Operation:
    client = compute_v1.GlobalOperationsClient(**options(cloud))
    return client.wait(project=PROJECT, operation=name)


def test_an_address_is_reserved_when_its_operation_is_done(cloud: SimulatorThread) -> None:
    operation = wait(cloud, reserve(cloud, "kf-1-ip").name)
    assert operation.status == compute_v1.Operation.Status.DONE
    address = compute_v1.GlobalAddressesClient(**options(cloud)).get(
        project=PROJECT, address="kf-1-ip"
    )
    assert address.status == "RESERVED"
    assert address.address.startswith("34.")
    assert address.labels == {"deployment": "kf-1-ip"}


def test_the_same_request_id_is_the_same_operation(slow_cloud: SimulatorThread) -> None:
    request_id = str(uuid4())
    first = reserve(slow_cloud, "kf-1-ip", request_id)
    again = reserve(slow_cloud, "kf-1-ip", request_id)
    assert first.name == again.name
    assert first.status == compute_v1.Operation.Status.RUNNING


def test_a_taken_name_is_refused_in_computes_own_style(cloud: SimulatorThread) -> None:
    reserve(cloud, "kf-1-ip")
    with pytest.raises(exceptions.Conflict) as caught:
        reserve(cloud, "kf-1-ip")
    assert caught.value.errors[0]["reason"] == "alreadyExists"


def test_an_address_in_use_cannot_be_released(cloud: SimulatorThread) -> None:
    wait(cloud, reserve(cloud, "kf-1-ip").name)
    addresses = compute_v1.GlobalAddressesClient(**options(cloud))
    ip = addresses.get(project=PROJECT, address="kf-1-ip").address
    rules = compute_v1.GlobalForwardingRulesClient(**options(cloud))
    rule = compute_v1.ForwardingRule(name="rule-1", I_p_address=ip, port_range="80-80")
    wait(cloud, rules.insert_unary(project=PROJECT, forwarding_rule_resource=rule).name)
    client = compute_v1.GlobalAddressesClient(**options(cloud))
    with pytest.raises(exceptions.BadRequest, match="already being used by"):
        client.delete_unary(project=PROJECT, address="kf-1-ip")
    wait(cloud, rules.delete_unary(project=PROJECT, forwarding_rule="rule-1").name)
    wait(cloud, client.delete_unary(project=PROJECT, address="kf-1-ip").name)
    with pytest.raises(exceptions.NotFound):
        client.get(project=PROJECT, address="kf-1-ip")


def test_addresses_run_out_at_the_quota(cloud: SimulatorThread) -> None:
    limit = {"STATIC_ADDRESSES": 1}
    requests.post(f"{cloud.url}/_simulator/quotas/{PROJECT}", json=limit, timeout=10)
    reserve(cloud, "kf-1-ip")
    with pytest.raises(exceptions.Forbidden, match=r"Quota 'STATIC_ADDRESSES' exceeded"):
        reserve(cloud, "kf-2-ip")


def test_zones_are_up_and_offer_the_usual_machines(cloud: SimulatorThread) -> None:
    zones = list(compute_v1.ZonesClient(**options(cloud)).list(project=PROJECT))
    assert {"us-central1-a", "asia-east1-a", "asia-northeast3-a"} <= {z.name for z in zones}
    assert {zone.status for zone in zones} == {"UP"}
    machines = compute_v1.MachineTypesClient(**options(cloud))
    by_name = {m.name: m for m in machines.list(project=PROJECT, zone="asia-east1-a")}
    assert by_name["n1-standard-8"].guest_cpus == 8
    assert by_name["n1-standard-8"].memory_mb == 30720


def test_regions_and_the_project_tell_their_quotas(cloud: SimulatorThread) -> None:
    region = compute_v1.RegionsClient(**options(cloud)).get(project=PROJECT, region="asia-east1")
    assert {"CPUS", "SSD_TOTAL_GB", "IN_USE_ADDRESSES"} <= {q.metric for q in region.quotas}
    project = compute_v1.ProjectsClient(**options(cloud)).get(project=PROJECT)
    assert "STATIC_ADDRESSES" in {q.metric for q in project.quotas}


def test_a_machine_type_that_a_zone_lacks_is_not_found(cloud: SimulatorThread) -> None:
    with pytest.raises(exceptions.NotFound, match="was not found"):
        compute_v1.MachineTypesClient(**options(cloud)).get(
            project=PROJECT, zone="asia-northeast3-a", machine_type="c3-standard-8"
        )


def iam(cloud: SimulatorThread) -> Any:
    service = discovery.build(
        "iam",
        "v1",
        credentials=cloud.credentials(),
        static_discovery=True,
        client_options=cloud.options("iam"),
    )
    return service.projects().serviceAccounts()


def make_account(cloud: SimulatorThread, account_id: str) -> dict[str, Any]:
    body = {"accountId": account_id, "serviceAccount": {"displayName": "Kubeflow"}}
    made: dict[str, Any] = iam(cloud).create(name=f"projects/{PROJECT}", body=body).execute()
    return made


def test_a_service_account_is_made_listed_and_removed(cloud: SimulatorThread) -> None:
    account = make_account(cloud, "kf-1-admin")
    assert account["email"] == f"kf-1-admin@{PROJECT}.iam.gserviceaccount.com"
    listed = iam(cloud).list(name=f"projects/{PROJECT}").execute()
    assert [a["displayName"] for a in listed["accounts"]] == ["Kubeflow"]
    iam(cloud).delete(name=f"projects/-/serviceAccounts/{account['email']}").execute()
    assert iam(cloud).list(name=f"projects/{PROJECT}").execute() == {}


@pytest.mark.parametrize("account_id", ["short", "UPPER-case", "a" * 31, "ends-with-"])
def test_a_malformed_account_id_is_refused(cloud: SimulatorThread, account_id: str) -> None:
    with pytest.raises(HttpError, match="length between 6 and 30"):
        make_account(cloud, account_id)


def test_an_account_id_is_taken_once(cloud: SimulatorThread) -> None:
    make_account(cloud, "kf-1-admin")
    with pytest.raises(HttpError, match="already exists within project") as caught:
        make_account(cloud, "kf-1-admin")
    assert caught.value.status_code == 409


def test_workload_identity_needs_a_cluster_first(cloud: SimulatorThread) -> None:
    account = make_account(cloud, "kf-1-admin")
    name = f"projects/-/serviceAccounts/{account['email']}"
    policy = iam(cloud).getIamPolicy(resource=name).execute()
    member = f"serviceAccount:{PROJECT}.svc.id.goog[kubeflow/kf-admin]"
    policy["bindings"] = [{"role": "roles/iam.workloadIdentityUser", "members": [member]}]
    with pytest.raises(HttpError, match="Identity Pool does not exist"):
        iam(cloud).setIamPolicy(resource=name, body={"policy": policy}).execute()


def test_bindings_of_a_deleted_account_stay_marked(cloud: SimulatorThread) -> None:
    account = make_account(cloud, "kf-1-admin")
    session, base = cloud.session(), f"{cloud.url}/cloudresourcemanager/v1/projects/{PROJECT}"
    policy = session.post(f"{base}:getIamPolicy").json()
    member = f"serviceAccount:{account['email']}"
    policy["bindings"].append({"role": "roles/viewer", "members": [member]})
    while "does not exist" in session.post(f"{base}:setIamPolicy", json={"policy": policy}).text:
        pass
    iam(cloud).delete(name=account["name"]).execute()
    text = session.post(f"{base}:getIamPolicy").text
    assert f"deleted:{member}?uid={account['uniqueId']}" in text
