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

PROJECT = "ml-sandbox-1234"
HOST = f"kf-1.endpoints.{PROJECT}.cloud.goog"
_APIS = "CONTAINER COMPUTE SERVICEMANAGEMENT SERVICEUSAGE CLOUDRESOURCEMANAGER IAM CLOUDBILLING IAP"
pytestmark = pytest.mark.skipif(
    shutil.which("gcloud") is None, reason="gcloud (Google Cloud SDK) is not installed"
)


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

    def file(self, name: str, content: str) -> Path:
        """A file for a command to read."""
        path = self._home / name
        path.write_text(content)
        return path


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[SimulatorThread]:
    with running(tmp_path / "cloud", speed=1000) as simulator:
        yield simulator


@pytest.fixture
def gcloud(cloud: SimulatorThread, tmp_path: Path) -> Gcloud:
    home = tmp_path / "gcloud"
    home.mkdir()
    return Gcloud(cloud, home)


def test_gcloud_lists_and_describes_projects(gcloud: Gcloud) -> None:
    projects = gcloud("projects list")
    assert [p["projectId"] for p in projects][-1] == "your-project-id"
    assert gcloud("projects describe your-project-id")["projectNumber"] == "123456789012"


def test_gcloud_reserves_and_lists_an_address(gcloud: Gcloud) -> None:
    gcloud("compute addresses create kf-1-ip --global")
    (address,) = gcloud("compute addresses list")
    described = gcloud("compute addresses describe kf-1-ip --global")
    assert address["status"] == "RESERVED"
    assert described["address"] == address["address"]


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
    gcloud("container clusters create kf-1 --zone=us-central1-a --machine-type=n1-standard-8")
    (listed,) = gcloud("container clusters list")
    described = gcloud("container clusters describe kf-1 --zone=us-central1-a")
    assert listed["status"] == "RUNNING"
    assert described["endpoint"] == listed["endpoint"]
    assert described["nodeConfig"]["machineType"] == "n1-standard-8"
    gcloud("container clusters delete kf-1 --zone=us-central1-a")
    assert gcloud("container clusters list") == []
