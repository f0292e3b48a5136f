import pytest

from app.simulator.controllers.kinds import CLAIM, DEPLOYMENT
from app.simulator.endpoint.rendering import STYLE
from tests.simulator.endpoint.conftest import Endpoint
from tests.simulator.endpoint.deployed import OWNER, PASSWORD, deploy, put, tell
from tests.simulator.endpoint.test_password import log_in

PAGES = {
    "jupyter": "Notebooks",
    "training": "Training",
    "katib": "Katib experiments",
    "pipeline": "Pipelines",
    "kserve-endpoints": "KServe endpoints",
    "volumes": "Volumes",
}


@pytest.fixture
async def dashboard(endpoint: Endpoint) -> Endpoint:
    answer = await log_in(endpoint, OWNER, PASSWORD)
    await endpoint.browser.get(answer.headers["location"])
    return endpoint


async def test_home_names_the_user_the_namespace_and_says_it_is_simulated(
    dashboard: Endpoint,
) -> None:
    home = await dashboard.browser.get("/")
    assert "<h1>Kubeflow Central Dashboard</h1>" in home.text
    assert OWNER in home.text
    assert '<option value="dana" selected>' in home.text
    assert "Simulated" in home.text
    assert "40 times as fast" in home.text


@pytest.mark.parametrize(("slug", "title"), PAGES.items())
async def test_each_installed_component_has_its_page(
    dashboard: Endpoint, slug: str, title: str
) -> None:
    assert f">{title}</a>" in (await dashboard.browser.get("/")).text
    for path in (f"/{slug}/", f"/_/{slug}/"):
        page = await dashboard.browser.get(path)
        assert f"<h1>{title}</h1>" in page.text
        assert "v1.2.3" in page.text


async def test_a_component_that_is_not_installed_does_not_appear(dashboard: Endpoint) -> None:
    assert "TensorBoards" not in (await dashboard.browser.get("/")).text
    assert (await dashboard.browser.get("/tensorboards")).status_code == 404


async def test_a_component_that_still_starts_says_so(dashboard: Endpoint) -> None:
    await tell(dashboard.client, DEPLOYMENT, "kubeflow", "ml-pipeline", readyReplicas=0)
    assert "Starting" in (await dashboard.browser.get("/")).text
    assert "0 of 1" in (await dashboard.browser.get("/_/pipeline/")).text


async def test_what_is_in_the_users_namespace_is_listed(dashboard: Endpoint) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "7Gi"}},
    }
    await put(dashboard.client, CLAIM, "dana", "my-data", spec=spec)
    await put(dashboard.client, CLAIM, "kubeflow", "not-mine", spec=spec)
    page = (await dashboard.browser.get("/volumes?ns=dana")).text
    assert "my-data" in page
    assert "7Gi" in page
    assert "not-mine" not in page


async def test_anothers_namespace_is_not_shown(dashboard: Endpoint) -> None:
    page = await dashboard.browser.get("/volumes?ns=kubeflow")
    assert '<option value="dana" selected>' in page.text


async def test_the_pages_forbid_scripts_and_bring_their_style(dashboard: Endpoint) -> None:
    home = await dashboard.browser.get("/")
    assert "default-src 'none'" in home.headers["content-security-policy"]
    assert "style=" not in home.text
    assert (await dashboard.browser.get(STYLE)).headers["content-type"].startswith("text/css")


async def test_without_the_dashboard_itself_there_is_nothing_to_see(empty: Endpoint) -> None:
    await deploy(empty.client, "centraldashboard")
    empty.cloud.dns["kf-1.endpoints.a-project.cloud.goog"] = "203.0.113.7"
    answer = await log_in(empty, OWNER, PASSWORD)
    home = await empty.browser.get(answer.headers["location"], follow_redirects=True)
    assert (home.status_code, home.text) == (503, "no healthy upstream")
