"""gcloud, a client that nobody here wrote, sees what there is and makes what is missing."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.simulator import SimulatorThread, running
from tests.support.tools import missing
from tests.support.transcripts import exchanges, violations

PROJECT = "ml-sandbox-1234"
HOST = f"kf-1.endpoints.{PROJECT}.cloud.goog"
_APIS = "CONTAINER COMPUTE SERVICEMANAGEMENT SERVICEUSAGE CLOUDRESOURCEMANAGER IAM CLOUDBILLING IAP"


class Gcloud:
    """gcloud with a configuration of its own, pointed at a simulator."""

    def __init__(self, cloud: SimulatorThread, home: Path) -> None:
        self._home = home
        (home / "token").write_text(cloud.token())
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CLOUDSDK_CONFIG": str(home / "config"),
            "KUBECONFIG": str(home / "kubeconfig"),
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "0",
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(home / "token"),
            **{
                f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"{cloud.url}/{api.lower()}/"
                for api in _APIS.split()
            },
        }

    def __call__(self, command: str) -> Any:
        """Run a command; what it prints, as JSON."""
        done = subprocess.run(
            ["gcloud", *command.split(), "--format=json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def kubeconfig(self) -> str:
        """What it has written for kubectl."""
        return (self._home / "kubeconfig").read_text()

    def file(self, name: str, content: str) -> Path:
        """A file for a command to read."""
        path = self._home / name
        path.write_text(content)
        return path


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("transcript")) / "requests.jsonl"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, transcript: Path) -> Iterator[SimulatorThread]:
    home = Path(tmp_path_factory.mktemp("cloud"))
    with running(home, speed=1000, transcript=transcript) as simulator:
        yield simulator


@pytest.fixture
def gcloud(cloud: SimulatorThread, tmp_path: Path, transcript: Path) -> Iterator[Gcloud]:
    """gcloud; whatever it asked and was answered is held to Google's documents afterwards."""
    if shutil.which("gcloud") is None:
        missing("gcloud (Google Cloud SDK) is not installed")
    home = tmp_path / "gcloud"
    home.mkdir()
    yield Gcloud(cloud, home)
    assert violations(exchanges(transcript)) == []


def test_gcloud_lists_and_describes_projects(gcloud: Gcloud) -> None:
    projects = gcloud("projects list")
    assert [p["projectId"] for p in projects][-1] == "your-project-id"
    assert gcloud("projects describe your-project-id")["projectNumber"] == "123456789012"


def test_gcloud_reserves_lists_and_releases_an_address(gcloud: Gcloud) -> None:
    gcloud("compute addresses create kf-1-ip --global")
    (address,) = gcloud("compute addresses list --filter=name=kf-1-ip")
    described = gcloud("compute addresses describe kf-1-ip --global")
    assert address["status"] == "RESERVED"
    assert described["address"] == address["address"]
    gcloud("compute addresses delete kf-1-ip --global")
    assert gcloud("compute addresses list") == []


def test_gcloud_enables_and_lists_services(gcloud: Gcloud) -> None:
    gcloud("services enable compute.googleapis.com iap.googleapis.com --project your-project-id")
    names = [s["config"]["name"] for s in gcloud("services list --project your-project-id")]
    assert {"compute.googleapis.com", "iap.googleapis.com"} <= set(names)


def test_gcloud_makes_a_service_account_and_gives_it_a_role(gcloud: Gcloud) -> None:
    gcloud("iam service-accounts create kf-1-admin --display-name=Kubeflow")
    (account,) = gcloud("iam service-accounts list")
    member = f"--member=serviceAccount:{account['email']} --role=roles/viewer --condition=None"
    policy = gcloud(f"projects add-iam-policy-binding {PROJECT} {member}")
    roles = {binding["role"]: binding["members"] for binding in policy["bindings"]}
    assert roles["roles/viewer"] == [f"serviceAccount:{account['email']}"]


def test_gcloud_publishes_a_name(gcloud: Gcloud) -> None:
    openapi = {
        "swagger": "2.0",
        "info": {"title": "kf-1", "version": "1"},
        "host": HOST,
        "paths": {},
        "x-google-endpoints": [{"name": HOST, "target": "34.1.2.3"}],
    }
    path = gcloud.file("openapi.json", json.dumps(openapi))
    gcloud(f"endpoints services deploy {path}")
    assert [s["serviceName"] for s in gcloud("endpoints services list")] == [HOST]


def test_gcloud_makes_describes_and_deletes_a_cluster(gcloud: Gcloud) -> None:
    options = "--machine-type=n1-standard-8 --enable-dataplane-v2 --enable-dns-access --spot"
    pool = f"--workload-pool={PROJECT}.svc.id.goog --enable-autoscaling --min-nodes=1 --max-nodes=3"
    gcloud(f"container clusters create kf-1 --zone=us-central1-a {options} {pool}")
    (listed,) = gcloud("container clusters list")
    described = gcloud("container clusters describe kf-1 --zone=us-central1-a")
    (nodes,) = gcloud("container node-pools list --cluster=kf-1 --zone=us-central1-a")
    assert nodes["config"]["spot"] is True
    (created,) = gcloud("container operations list --filter=operationType=CREATE_CLUSTER")
    assert created["status"] == "DONE"
    gcloud("container clusters update kf-1 --zone=us-central1-a --update-labels=team=ml")
    labelled = gcloud("container clusters describe kf-1 --zone=us-central1-a")
    assert labelled["resourceLabels"] == {"team": "ml"}
    gcloud("container clusters get-credentials kf-1 --zone=us-central1-a --dns-endpoint")
    assert ".us-central1.gke.goog.localhost:" in gcloud.kubeconfig()
    assert "certificate-authority-data" not in gcloud.kubeconfig()
    assert listed["status"] == "RUNNING"
    assert described["endpoint"] == listed["endpoint"]
    assert described["nodeConfig"]["machineType"] == "n1-standard-8"
    gcloud("container clusters delete kf-1 --zone=us-central1-a")
    assert gcloud("container clusters list") == []


def test_gcloud_sees_what_can_be_had_where(gcloud: Gcloud) -> None:
    config = gcloud("container get-server-config --zone=us-central1-a")
    assert {c["channel"] for c in config["channels"]} >= {"REGULAR", "STABLE"}
    zones = gcloud("compute zones list --filter=region:asia-east1")
    assert [zone["name"] for zone in zones] == ["asia-east1-a", "asia-east1-b", "asia-east1-c"]
    machine = gcloud("compute machine-types describe n1-standard-8 --zone=asia-east1-a")
    assert machine["guestCpus"] == 8
    gpus = gcloud("compute accelerator-types list --filter=zone:us-central1-a")
    assert "nvidia-tesla-t4" in {gpu["name"] for gpu in gpus}
    region = gcloud("compute regions describe asia-east1")
    assert {"CPUS", "SSD_TOTAL_GB"} <= {quota["metric"] for quota in region["quotas"]}
    subnets = gcloud("compute networks subnets list --network=default")
    assert len({subnet["ipCidrRange"] for subnet in subnets}) == len(subnets) > 30


def test_gcloud_makes_a_router_with_its_nat(gcloud: Gcloud) -> None:
    gcloud("compute routers create kf-1 --region=us-central1 --network=default")
    ranges = "--auto-allocate-nat-external-ips --nat-all-subnet-ip-ranges"
    gcloud(f"compute routers nats create nat --router=kf-1 --region=us-central1 {ranges}")
    (nat,) = gcloud("compute routers nats list --router=kf-1 --region=us-central1")
    assert nat["natIpAllocateOption"] == "AUTO_ONLY"
    gcloud("compute routers delete kf-1 --region=us-central1")
    assert gcloud("compute routers list") == []


def test_gcloud_makes_a_load_balancer_and_takes_it_apart(gcloud: Gcloud) -> None:
    gcloud("compute addresses create lb-ip --global")
    gcloud("compute health-checks create http lb --port=80 --global")
    gcloud("compute backend-services create lb --global --protocol=HTTP --health-checks=lb")
    gcloud("compute url-maps create lb --default-service=lb")
    gcloud("compute target-http-proxies create lb --url-map=lb")
    rule = "--global --target-http-proxy=lb --ports=80 --address=lb-ip"
    gcloud(f"compute forwarding-rules create lb {rule}")
    assert gcloud("compute addresses describe lb-ip --global")["status"] == "IN_USE"
    gcloud("compute forwarding-rules delete lb --global")
    for kind in ("target-http-proxies", "url-maps"):
        gcloud(f"compute {kind} delete lb")
    gcloud("compute backend-services delete lb --global")
    gcloud("compute health-checks delete lb")
    gcloud("compute addresses delete lb-ip --global")


def test_gcloud_reads_who_pays(gcloud: Gcloud) -> None:
    paid = gcloud(f"billing projects describe {PROJECT}")
    assert paid["billingEnabled"] is True
    (account,) = gcloud("billing accounts list")
    assert account["name"] == paid["billingAccountName"]
    number = account["name"].partition("/")[2]
    found = gcloud(f"billing projects list --billing-account={number}")
    assert PROJECT in {project["projectId"] for project in found}


def test_gcloud_changes_who_may_use_a_service_account(gcloud: Gcloud) -> None:
    gcloud("iam service-accounts create kf-2-user --display-name=Kubeflow")
    email = f"kf-2-user@{PROJECT}.iam.gserviceaccount.com"
    gcloud(f"iam service-accounts update {email} --display-name=Changed")
    assert gcloud(f"iam service-accounts describe {email}")["displayName"] == "Changed"
    binding = "--member=user:kim@example.com --role=roles/iam.serviceAccountUser"
    gcloud(f"iam service-accounts add-iam-policy-binding {email} {binding}")
    policy = gcloud(f"iam service-accounts get-iam-policy {email}")
    assert policy["bindings"][0]["members"] == ["user:kim@example.com"]
    gcloud(f"iam service-accounts delete {email}")


def test_gcloud_lets_somebody_through_iap(gcloud: Gcloud) -> None:
    gcloud("services enable iap.googleapis.com")
    binding = "--member=user:kim@example.com --role=roles/iap.httpsResourceAccessor"
    gcloud(f"iap web add-iam-policy-binding {binding} --condition=None")
    policy = gcloud("iap web get-iam-policy")
    assert policy["bindings"][0]["members"] == ["user:kim@example.com"]
