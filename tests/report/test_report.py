"""Will it work? Each check, against a simulated cloud that says why not."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.report import Asked, State, report
from tests.report.asking import NEW, USED, ask, facts, line, of_nobody
from tests.support.portals import free_port
from tests.support.samples import spec
from tests.support.simulator import DANA, SimulatorThread

SAM = "sam@example.com"
BLOCKING, WARNING, PASSED = State.BLOCKING, State.WARNING, State.PASSED


class Faults:
    """Makes the simulated cloud misbehave."""

    def __init__(self, simulator: SimulatorThread) -> None:
        self._url = f"{simulator.url}/_simulator/faults"

    def arm(self, **fault: object) -> None:
        requests.post(self._url, json=fault, timeout=10).raise_for_status()

    def clear(self) -> None:
        requests.delete(self._url, timeout=10).raise_for_status()


@pytest.fixture
def faults(simulator: SimulatorThread) -> Iterator[Faults]:
    """Faults to arm; none is left afterwards."""
    found = Faults(simulator)
    yield found
    found.clear()


async def test_where_all_is_well_every_line_says_so(simulator: SimulatorThread) -> None:
    found = await ask(simulator)
    assert found.state == PASSED
    checks = {line.check.partition("/")[0] for line in found.lines}
    assert checks >= {"project", "billing", "permissions", "services", "zone", "machine-type"}
    assert checks >= {"kubernetes", "network", "quota", "name", "oauth-client"}


async def test_every_quota_of_the_deployment_is_compared(simulator: SimulatorThread) -> None:
    found = await ask(simulator, gpu_type="nvidia-tesla-t4")
    metrics = {line.check.partition("/")[2] for line in found.lines if "quota/" in line.check}
    assert metrics >= {
        "CPUS",
        "CPUS_ALL_REGIONS",
        "IN_USE_ADDRESSES",
        "STATIC_ADDRESSES",
        "SSD_TOTAL_GB",
        "INSTANCES",
        "NVIDIA_T4_GPUS",
        "GPUS_ALL_REGIONS",
        "BACKEND_SERVICES",
        "SSL_CERTIFICATES",
    }


async def test_in_a_new_project_it_says_what_can_only_be_checked_later(
    simulator: SimulatorThread,
) -> None:
    found = await ask(simulator, NEW)
    assert found.state == WARNING
    assert {line.waits_for for line in found.warnings} == {
        "compute.googleapis.com",
        "container.googleapis.com",
        "iam.googleapis.com",
    }
    assert "has not been used in project" in line(found, "zone").said


async def test_a_project_that_cannot_be_seen_is_the_only_line(simulator: SimulatorThread) -> None:
    found = await ask(simulator, "other-team-project")
    assert [each.check for each in found.lines] == ["project"]
    assert found.state == BLOCKING
    assert "resourcemanager.projects.get" in found.lines[0].said


async def test_billing_that_is_off_blocks_and_leads_to_where_it_is_put_on(
    simulator: SimulatorThread,
) -> None:
    found = line(await ask(simulator, "no-billing-project"), "billing")
    assert found.state == BLOCKING
    assert found.link.endswith("/billing?project=no-billing-project")


async def test_an_editor_is_told_the_missing_permissions_and_who_gives_them_how(
    simulator: SimulatorThread,
) -> None:
    found = await ask(simulator, NEW, SAM)
    missing = {each.check.partition("/")[2]: each for each in found.blocking}
    assert missing.keys() == {
        "roles/resourcemanager.projectIamAdmin",
        "roles/container.admin",
        "roles/iam.serviceAccountAdmin",
        "roles/iap.admin",
    }
    role = missing["roles/container.admin"]
    assert "container.clusterRoles.escalate" in str(role.text)
    assert role.commands == (
        "gcloud projects add-iam-policy-binding your-project-id "
        '--member="user:sam@example.com" --role="roles/container.admin" --condition=None',
    )


async def test_what_only_deleting_needs_does_not_block(
    simulator: SimulatorThread, faults: Faults
) -> None:
    faults.arm(name="permission-missing", arg="compute.disks.delete")
    found = await ask(simulator)
    assert line(found, "permissions/roles/compute.storageAdmin").state == WARNING
    assert not found.blocking


async def test_a_quota_that_is_too_small_blocks_with_its_numbers(
    simulator: SimulatorThread, faults: Faults
) -> None:
    faults.arm(name="quota-exceeded", arg="IN_USE_ADDRESSES")
    found = line(await ask(simulator), "quota/IN_USE_ADDRESSES")
    assert found.state == BLOCKING
    assert "2 needed" in str(found.text)
    assert "iam-admin/quotas" in found.link


async def test_a_quota_without_room_to_grow_is_a_warning(simulator: SimulatorThread) -> None:
    found = await ask(simulator, machine_type="n1-standard-96", nodes=51)  # 4896 of 5000
    assert line(found, "quota/CPUS").state == WARNING


async def test_private_nodes_need_one_address_for_all(simulator: SimulatorThread) -> None:
    found = line(await ask(simulator, private_nodes=True), "quota/IN_USE_ADDRESSES")
    assert "1 needed" in str(found.text)


async def test_a_zone_without_the_gpu_names_those_that_have_it(simulator: SimulatorThread) -> None:
    found = await ask(simulator, zone="asia-east1-b", gpu_type="nvidia-tesla-t4")
    assert line(found, "gpu").state == BLOCKING
    assert "asia-east1-a" in str(line(found, "gpu").hint)


async def test_machines_that_a_zone_lacks_block(simulator: SimulatorThread) -> None:
    found = await ask(simulator, machine_type="c3-standard-8")
    assert line(found, "machine-type").state == BLOCKING


async def test_a_zone_that_is_not_there_blocks(simulator: SimulatorThread) -> None:
    found = await ask(simulator, zone="asia-east1-z")
    assert line(found, "zone").state == BLOCKING


async def test_a_name_that_others_use_blocks_and_ones_own_does_not(
    simulator: SimulatorThread,
) -> None:
    session = simulator.session(DANA)
    where = f"{simulator.url}/compute/compute/v1/projects/{USED}/global/addresses"
    ours = {"name": "taken-ip", "description": "kubeflow-deploy-portal: D1"}
    session.post(where, json=ours, timeout=10).raise_for_status()
    assert line(await ask(simulator, name="taken"), "name/address").state == BLOCKING
    again = await ask(simulator, name="taken", ours="D1")
    assert line(again, "name/address").state == PASSED


async def test_accounts_that_are_there_already_are_named(simulator: SimulatorThread) -> None:
    where = f"{simulator.url}/iam/v1/projects/{USED}/serviceAccounts"
    body = {"accountId": "clash-vm", "serviceAccount": {}}
    simulator.session(DANA).post(where, json=body, timeout=10).raise_for_status()
    found = line(await ask(simulator, name="clash"), "name/accounts")
    assert found.state == BLOCKING
    assert "clash-vm@" in str(found.text)


async def test_traces_of_deleted_accounts_are_told(simulator: SimulatorThread) -> None:
    session = simulator.session(DANA)
    policy = f"{simulator.url}/cloudresourcemanager/v3/projects/{USED}"
    known = session.post(f"{policy}:getIamPolicy", json={}, timeout=10).json()
    stale = f"deleted:serviceAccount:stale-vm@{USED}.iam.gserviceaccount.com?uid=1"
    known["bindings"].append({"role": "roles/viewer", "members": [stale]})
    session.post(f"{policy}:setIamPolicy", json={"policy": known}, timeout=10).raise_for_status()
    found = line(await ask(simulator, name="stale"), "name/traces")
    assert found.state == WARNING
    assert stale in str(found.text)


async def test_the_redirect_uri_of_ones_own_client_is_there_to_be_copied(
    simulator: SimulatorThread,
) -> None:
    found = line(await ask(simulator), "oauth-client")
    assert found.copy == (
        "https://iap.googleapis.com/v1/oauth/clientIds/1234-abcd.apps.googleusercontent.com"
        ":handleRedirect"
    )


async def test_googles_client_needs_a_project_of_an_organisation(
    simulator: SimulatorThread,
) -> None:
    found = await ask(simulator, iap_client="google", oauth_client_id="")
    assert line(found, "oauth-client").state == PASSED
    alone = await ask(simulator, "small-quota-project", iap_client="google", oauth_client_id="")
    assert line(alone, "oauth-client").state == BLOCKING


async def test_what_may_not_be_looked_at_is_told_in_googles_words(
    simulator: SimulatorThread, faults: Faults
) -> None:
    faults.arm(name="permission-missing", arg="compute.zones.list")
    found = line(await ask(simulator), "zone")
    assert found.state == WARNING
    assert "compute.zones.list" in found.said


async def test_one_refusal_for_the_moment_is_told_to_nobody(
    simulator: SimulatorThread, faults: Faults
) -> None:
    faults.arm(kind="unavailable", call="compute.list_zones", times=1)
    assert line(await ask(simulator), "zone").state == PASSED


async def test_a_check_that_google_does_not_answer_blocks_and_says_so(
    simulator: SimulatorThread, faults: Faults
) -> None:
    faults.arm(kind="unavailable", call="compute.list_zones")
    found = line(await ask(simulator), "zone")
    assert (found.state, found.unanswered) == (BLOCKING, True)
    assert "unavailable" in found.said


async def test_a_cloud_that_cannot_be_reached_passes_nothing() -> None:
    found = await report(of_nobody(f"http://127.0.0.1:{free_port()}"), Asked(spec(), DANA))
    assert {line.check for line in found.lines if not line.unanswered} == {"oauth-client"}


async def test_fields_that_are_not_filled_in_leave_their_checks_out(
    simulator: SimulatorThread,
) -> None:
    found = await ask(simulator, unclear=frozenset({"name", "oauth_client_id"}))
    checks = {line.check for line in found.lines}
    assert not any(check.startswith("name/") for check in checks)
    assert "oauth-client" not in checks
    assert "quota/CPUS" in checks


async def test_what_was_asked_a_moment_ago_is_not_asked_again(
    simulator: SimulatorThread, faults: Faults
) -> None:
    known = facts(simulator)
    before = await known.zones()
    faults.arm(kind="unavailable", call="*")
    assert await known.zones() == before


def test_the_process_that_serves_pages_needs_no_client_that_is_slow_to_import(
    simulator: SimulatorThread,
) -> None:
    """google-cloud-* take seconds, during which no page would be served."""
    program = f"""
import asyncio, sys
import app.main
from google.oauth2.credentials import Credentials
from app.report import Asked, report
from app.google.facts import Facts
from app.google.prices import list_prices
from tests.report import asking
from tests.support.samples import spec
transport = asking._transport({simulator.url!r}, Credentials(token={simulator.token()!r}))
async def main():
    found = await report(Facts(transport, "ml-sandbox-1234"), Asked(spec(), "dana@example.com"))
    assert not found.unanswered, found.unanswered
    assert await list_prices(transport)
asyncio.run(main())
slow = [n for n in sys.modules if n.startswith("google.cloud.") and "compute" not in n]
print(slow)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"
