"""What goes wrong at the form, against a whole portal and a cloud that can go away.

Each wrong answer by itself is in tests/web/test_create.py, and a sign-in without the scope in
tests/web/test_sign_in.py.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journey.conftest import Site
from tests.web.portal import FORM, Browser, text_of

pytestmark = pytest.mark.journey
GOOD = "three unrelated purple walruses"


@pytest.fixture
def dana(site: Site) -> Iterator[Browser]:
    with Browser(site.portal.url) as browser:
        browser.sign_in()
        yield browser


def test_everything_that_is_wrong_is_said_at_once_and_mended_at_once(dana: Browser) -> None:
    wrong = {"login": "password", "username": "dana", "password": GOOD, "password_again": "no"}
    page = dana.create(**wrong, name="a" * 25, zone="moon-1-a", version="sample")
    assert page.status_code == 422
    for said in ("this has 25", "no zone “moon-1-a”", "The two passwords differ."):
        assert said in text_of(page)
    mended = wrong | {"password_again": GOOD, "name": "mended", "version": "sample"}
    assert dana.create(**mended).status_code == 303


def test_a_button_pressed_many_times_makes_one_cluster(dana: Browser, site: Site) -> None:
    form = FORM | dana.form() | {"version": "sample", "name": "pressed-often"}

    def press() -> str:
        with Browser(site.portal.url) as tab:
            tab.cookies.update(dana.cookies)
            return str(tab.post("/deployments", data=form).headers["location"])

    with ThreadPoolExecutor(4) as pool:
        places = {each.result() for each in [pool.submit(press) for _ in range(4)]}
    assert len(places) == 1
    assert dana.get("/deployments").text.count(">pressed-often</a>") == 1


def test_a_name_that_is_taken_is_refused_with_what_to_do(dana: Browser) -> None:
    assert dana.create(name="taken", version="sample").status_code == 303
    page = dana.create(name="taken", version="sample")
    assert page.status_code == 422
    assert "“taken” is in use in this project: choose another name" in text_of(page)


@pytest.mark.parametrize("project", ["no-such-project-1", "other-team-project"])
def test_a_cloud_that_goes_away_loses_nothing_and_is_asked_again(
    dana: Browser, site: Site, project: str
) -> None:
    form = FORM | dana.form() | {"version": "sample", "project": project}
    with site.cloud_away():
        page = dana.post("/deployments", data=form)
        assert page.status_code == 503
        assert "Google could not be asked about the project" in text_of(page)
        assert f'value="{project}"' in page.text
    page = dana.post("/deployments", data=form)
    assert page.status_code == 422
    assert "Google says about this project" in text_of(page)
