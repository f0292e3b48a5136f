"""The report and the price in the form, as a page without JavaScript, and as JSON."""

import re

import pytest
import requests
from sqlalchemy import select

from app.settings import Settings
from app.store.database import Database
from app.store.tables import Deployment
from tests.support.simulator import SimulatorThread
from tests.web.portal import FORM, Browser, text_of

USED = "ml-sandbox-1234"  # a project that has all APIs enabled


def test_the_form_says_what_keeps_it_from_working(dana: Browser) -> None:
    part = dana.get("/report/live", params=FORM | {"project": "no-billing-project"})
    assert "1 problem keeps it from working" in text_of(part)
    assert "Billing is off in no-billing-project." in text_of(part)
    assert "Open in Google’s console" in text_of(part)


def test_it_follows_a_form_that_is_only_begun(dana: Browser) -> None:
    part = text_of(dana.get("/report/live", params={"project": USED, "nodes": ""}))
    assert "It will work" in part
    assert "Name of the cluster" in part  # the form offers a name of its own
    assert "Quota CPUS" not in part


def test_the_lists_are_the_projects_own(dana: Browser) -> None:
    part = dana.get("/report/live", params=FORM | {"project": USED}).text
    assert re.search(r'value="asia-east1-a"\s+selected>asia-east1-a · L4, T4<', part)
    assert "n1-standard-8 (8 vCPU, 30 GB)" in part
    assert 'value="nvidia-tesla-v100"' not in part  # not in this zone
    assert f"as {USED} has them" in part


def test_a_new_projects_lists_are_googles_and_it_says_so(dana: Browser) -> None:
    part = text_of(dana.get("/report/live", params=FORM | {"project": "small-quota-project"}))
    assert "can be listed after compute.googleapis.com is enabled" in part
    assert "After container.googleapis.com is enabled: Kubernetes version" in part


def test_the_seeds_deployment_costs_what_it_is_made_of(dana: Browser) -> None:
    part = text_of(dana.get("/report/live", params=FORM))
    assert "US$573 a month US$1.05 an hour" in part
    assert "16 vCPUs US$299.26" in part
    assert "60 GB of memory US$150.42" in part
    assert "200 GB of disks US$20.00" in part
    assert "50 GB of Kubeflow’s own volumes US$5.00" in part
    assert "2 external addresses of nodes US$7.30" in part
    assert "GKE’s fee for the cluster US$73.00" in part
    assert "Load balancer US$18.25" in part


def test_a_price_needs_no_project(dana: Browser) -> None:
    part = text_of(dana.get("/report/live", params={"nodes": "2"}))
    assert "US$573 a month" in part
    assert "Once there is a project" in part


def test_the_price_list_is_read_once_and_kept(dana: Browser, settings: Settings) -> None:
    dana.get("/report/live", params=FORM)
    assert (settings.data_dir / "prices-simulated.json").stat().st_size > 1000


def test_without_javascript_a_button_asks_and_all_stays_but_secrets(dana: Browser) -> None:
    sent = FORM | dana.form() | {"version": "26.03", "name": "kept", "project": USED}
    page = dana.post("/report", data=sent | {"components_shown": "1", "component": "katib"})
    assert page.status_code == 200
    assert 'value="kept"' in page.text
    assert FORM["oauth_client_secret"] not in page.text
    assert "It will work" in text_of(page)
    assert re.search(r'value="katib"\s+checked', page.text)
    assert not re.search(r'value="spark"\s+checked', page.text)


def test_it_is_a_document_too(dana: Browser) -> None:
    query = FORM | {"project": USED, "version": "26.03"}
    found = dana.get("/report.json", params=query).json()
    assert found["state"] == "passed"
    assert found["unclear"] == []
    lines = {line["check"]: line for line in found["lines"]}
    assert lines["quota/CPUS"]["text"].startswith("16 needed, ")
    assert lines["oauth-client"]["copy"].endswith(":handleRedirect")
    assert round(found["price"]["monthly"], 2) == 573.23


def test_a_document_can_be_asked_for_with_one(dana: Browser) -> None:
    body = {"project": USED, "name": "mine", "login": "later", "version": "26.03", "nodes": 3}
    found = dana.post("/report.json", json=body | {"without": ["katib"], "spot": True}).json()
    texts = {line["check"]: line["text"] for line in found["lines"]}
    assert texts["quota/CPUS"].startswith("24 needed, ")
    assert "name/address" not in texts


def test_nobody_learns_anything_without_a_session(browser: Browser) -> None:
    assert browser.get("/report.json", params=FORM).status_code == 401
    assert browser.post("/report.json", data=FORM).status_code == 401
    assert browser.get("/report/live", params=FORM).status_code == 303
    assert browser.post("/report", data=FORM).status_code == 303


async def test_what_would_not_work_is_not_started(dana: Browser, store: Database) -> None:
    page = dana.create(project="no-billing-project")
    assert page.status_code == 422
    assert "Nothing was started" in text_of(page)
    assert "Billing is off in no-billing-project." in text_of(page)
    assert 'value="no-billing-project"' in page.text
    async with store.read() as session:
        assert not (await session.scalars(select(Deployment))).all()


def test_a_report_speaks_for_the_very_same_values_for_a_while(
    dana: Browser, simulator: SimulatorThread
) -> None:
    form = FORM | {"project": USED, "name": "spoken-for", "version": "sample"}
    dana.get("/report.json", params=form)
    faults = f"{simulator.url}/_simulator/faults"
    requests.post(faults, json={"kind": "denied", "call": "compute.*"}, timeout=10)
    requests.post(faults, json={"kind": "unavailable", "call": "container.*"}, timeout=10)
    try:
        assert dana.create(**form).status_code == 303
        other = dana.create(**(form | {"name": "unheard-of"}))
        assert other.status_code == 503
        assert "Google could not be asked" in text_of(other)
    finally:
        requests.delete(faults, timeout=10)


@pytest.mark.parametrize(("ticked", "status"), [(["pipelines", "katib"], 303), (["kserve"], 422)])
async def test_components_are_left_out_unless_another_needs_them(
    dana: Browser, store: Database, ticked: list[str], status: int
) -> None:
    form = FORM | dana.form() | {"version": "26.03", "components_shown": "1"}
    answer = dana.post("/deployments", data=form | {"component": ticked})
    assert answer.status_code == status
    if status == 422:
        assert "Knative Serving is needed by KServe." in text_of(answer)
        return
    async with store.read() as session:
        without = (await session.scalars(select(Deployment))).one().spec.without
    assert "spark" in without
    assert "katib" not in without


def test_a_preset_fills_in_the_sizes(dana: Browser) -> None:
    page = dana.get("/deployments/new?preset=gpu&nodes=3").text
    assert re.search(r'value="nvidia-tesla-t4"\s+selected', page)
    assert re.search(r'id="nodes"\s+name="nodes"\s+type="text"\s+value="3"', page)
