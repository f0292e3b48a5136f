"""Where the links to a deployed Kubeflow's own pages lead."""

from app.domain.spec import Login
from app.kubeflow.objects import data_of
from app.web.dashboard import dashboard_pages
from tests.kubeflow.real import shipped
from tests.support.samples import spec


def test_each_installed_component_is_linked_to_where_the_dashboard_shows_it() -> None:
    found = {page.title: page.url for page in dashboard_pages(spec(), "https://kf.example/")}
    assert found["Notebooks"] == "https://kf.example/_/jupyter/"
    assert found["KServe"] == "https://kf.example/_/kserve-endpoints/"
    assert "Katib" not in {p.title for p in dashboard_pages(spec(without=("katib",)), "https://x")}


def test_without_an_address_there_are_no_links() -> None:
    assert dashboard_pages(spec(), "") == []


def test_the_release_has_every_page_in_its_menu() -> None:
    bundle = shipped(Login.IAP)
    menu = next(item for item in bundle.items if item.name == "centraldashboard-config")
    links = data_of(menu.body)["links"]
    pages = [component.page for component in bundle.contents.components if component.page]
    assert len(pages) == 6
    assert [page for page in pages if f'"link": "{page}' not in links] == []
