"""What a line says where a project is not as it should be, and that every one says what to do."""

import pytest

from app.domain.spec import DeploymentSpec
from app.google.facts import Facts
from app.google.readings import Project, Quota, Thing, Zone
from app.report import Asked, State
from app.report.checks import CHECKS
from app.report.lines import Line
from app.report.quotas import in_region
from tests.report.asking import USED, of_nobody
from tests.support.samples import spec
from tests.support.simulator import DANA

BLOCKING, WARNING, PASSED = State.BLOCKING, State.WARNING, State.PASSED
_NAMES = spec(project=USED).names

# A check, what Google answered to its question, and what becomes of that.
SITUATIONS = [
    ("project", ("project",), Project(USED, "1", "DELETE_REQUESTED"), BLOCKING, "DELETE_REQUESTED"),
    ("zone", ("zones",), [Zone("asia-east1-a", up=False)], BLOCKING, "is down"),
    (
        "zone",
        ("zones",),
        [Zone("asia-east1-a", up=True, deprecated="DEPRECATED")],
        WARNING,
        "giving up asia-east1-a",
    ),
    (
        "kubernetes",
        ("versions", "asia-east1-a"),
        ("1.36.1-gke.1", "1.35.2-gke.3"),
        PASSED,
        "1.35.2",
    ),
    ("kubernetes", ("versions", "asia-east1-a"), ("1.34.9-gke.1",), PASSED, "1.34.9"),
    ("kubernetes", ("versions", "asia-east1-a"), ("1.36.1-gke.1",), WARNING, "it will be 1.36.1"),
    ("network", ("network", "default"), False, BLOCKING, "no network “default”"),
    (
        "name/cluster",
        ("cluster", "asia-east1-a", _NAMES.cluster),
        Thing(_NAMES.cluster, labels={"kubeflow-deploy-portal": "another"}),
        BLOCKING,
        "another kubeflow-test-1",
    ),
    ("name/host", ("published", _NAMES.host), True, WARNING, "is published already"),
    (
        "quota/region",
        ("region_quotas", "asia-east1"),
        {"SSD_TOTAL_GB": Quota(limit=500, usage=251)},
        BLOCKING,
        "250 needed, 249 of 500 free in asia-east1",
    ),
    (
        "quota/project",
        ("project_quotas",),
        {"BACKEND_SERVICES": Quota(limit=3, usage=2)},
        BLOCKING,
        "2 needed, 1 of 3 free",
    ),
]


@pytest.mark.parametrize(("check", "question", "answer", "state", "words"), SITUATIONS)
async def test_what_google_answers_becomes_a_line_with_what_to_do(
    check: str, question: tuple[str, ...], answer: object, state: State, words: str
) -> None:
    (line,) = await _made(check, await _told(question, answer), spec(project=USED))
    assert (line.state, words in str(line.text)) == (state, True), str(line.text)
    assert state == PASSED or line.hint
    assert state != BLOCKING or line.commands or line.link or "Choose" in str(line.hint)


async def test_a_missing_network_comes_with_the_command_that_makes_it() -> None:
    (line,) = await _made("network", await _told(("network", "default"), False), spec(project=USED))
    assert line.commands == (
        f"gcloud compute networks create default --subnet-mode=auto --project={USED}",
    )


@pytest.mark.parametrize(
    ("without", "gigabytes"), [("", 250), ("katib", 240), ("katib,pipelines", 200)]
)
def test_disks_are_those_of_nodes_and_of_the_components(without: str, gigabytes: int) -> None:
    needs = {need.metric: need for need in in_region(spec(without=without), {})}
    assert needs["SSD_TOTAL_GB"].amount == gigabytes


async def _told(question: tuple[str, ...], answer: object) -> Facts:
    """Questions to nobody, of which Google has answered one a moment ago."""
    facts = of_nobody("http://127.0.0.1:1")

    async def said() -> object:
        return answer

    await facts.memory.get(question, said, 60)
    return facts


async def _made(check: str, facts: Facts, wanted: DeploymentSpec) -> list[Line]:
    (found,) = [each for each in CHECKS if each.id == check]
    return await found.make(facts, Asked(wanted, DANA))
