"""Every request of a whole life, and every answer, is one that Google's documents know."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.plan import plan_for, teardown_for
from app.domain.spec import Login
from app.simulator.timings import Timings
from tests.steps.carrying_out import SPEED, Bench
from tests.support.simulator import SimulatorThread, running
from tests.support.transcripts import exchanges, methods_used, violations

_QUICK = Timings(create_cluster=120, certificate=60, ingress_address=40, pod_most=30)


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("transcript")) / "requests.jsonl"


@pytest.fixture(scope="module")
def simulator(
    tmp_path_factory: pytest.TempPathFactory, transcript: Path
) -> Iterator[SimulatorThread]:
    home = tmp_path_factory.mktemp("cloud")
    with running(home, speed=SPEED, timings=_QUICK, transcript=transcript) as thread:
        yield thread


async def test_a_deployments_whole_life_keeps_to_googles_documents(
    bench: Bench, transcript: Path
) -> None:
    deployment = await bench.deployment(Login.IAP, private_nodes=True, spot=True)
    await bench.apply(deployment, *plan_for(deployment.spec).names)
    undone = [step.undoes for step in teardown_for(deployment.spec)]
    await bench.remove(deployment, *(name for name in undone if name))
    found = exchanges(transcript)
    assert violations(found) == []
    assert {
        "compute.globalAddresses.insert",
        "container.projects.locations.clusters.create",
        "container.projects.locations.clusters.delete",
        "servicemanagement.services.rollouts.create",
    } <= methods_used(found)
