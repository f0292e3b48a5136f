"""What the templates say, without a browser."""

import re

import pytest

from tests.pages import samples
from tests.pages.site import PAGES
from tools import messages

SENTENCE = (
    "your kubeflow service url should be ready within 11 minutes (by {clock} UTC): "
    "https://kubeflow-test-1.endpoints.your-project-id.cloud.goog"
)


def words(html: str) -> str:
    """A page's text, its tags gone."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", [name for name in PAGES if name != "deploying-long"])
def test_every_page_keeps_to_the_content_policy(name: str, language: str) -> None:
    html = PAGES[name](language)
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)


def test_the_old_sentence_stands_in_the_head_and_ends_the_log() -> None:
    html = samples.deployment_page("deploying")
    records = [words(found) for found in re.findall(r'<p class="record">.*?</p>', html, re.S)]
    clock = re.search(r"by (\S+) UTC", records[0])
    assert clock
    assert records == [SENTENCE.format(clock=clock[1])] * 2


def test_no_address_is_a_link_before_it_answers() -> None:
    for state in ("queued", "deploying", "failed"):
        assert 'href="https://kubeflow-test-1.endpoints' not in samples.deployment_page(state)
    assert 'href="https://kubeflow-test-1.endpoints' in samples.deployment_page("ready")


def test_waiting_steps_have_no_clock() -> None:
    html = samples.deployment_page("queued")
    assert 'data-format="elapsed"' not in html


def test_a_finished_deployment_shows_no_running_bar() -> None:
    for state in ("ready", "failed"):
        html = samples.deployment_page(state)
        assert "now-line" not in html
        assert 'role="progressbar"' not in html


def test_what_users_type_and_the_cloud_says_is_escaped() -> None:
    html = samples.form_page(
        errors={"name": "<b>no</b>"}, name='"><script>alert(1)</script>', project="<i>"
    )
    assert "<script>alert" not in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html


def test_a_refused_form_says_the_same_words_on_top_and_at_the_field() -> None:
    html = samples.form_page(errors={"zone": "There is no such zone."}, zone="mars-1")
    assert html.count("There is no such zone.") == 2
    assert "<title>Error: New deployment · Kubeflow Deploy</title>" in html
    assert 'aria-describedby="zone-error"' in html


def test_secrets_never_come_back() -> None:
    html = samples.form_page(errors={"name": "no"}, password="hunter2", oauth_client_secret="s3")
    assert "hunter2" not in html
    assert "s3" not in re.findall(r'value="([^"]*)"', html)


def test_an_error_inside_the_size_opens_it() -> None:
    refused = samples.form_page(errors={"nodes": "no"}, nodes="0")
    assert re.search(r'<details class="size"\s+open>', refused)
    assert "n1-standard-8, 2 nodes, 100 GB each" in words(samples.form_page())


def test_no_text_lacks_korean() -> None:
    catalog = messages.updated(
        messages.LOCALES / "ko" / "LC_MESSAGES" / "messages.po", messages.collect()
    )
    assert messages.untranslated(catalog) == []


def test_korean_keeps_every_placeholder() -> None:
    catalog = messages.updated(
        messages.LOCALES / "ko" / "LC_MESSAGES" / "messages.po", messages.collect()
    )
    for message in catalog:
        if isinstance(message.id, str) and message.string:
            pattern = r"%\(\w+\)s|\{\w+\}"
            assert set(re.findall(pattern, message.id)) == set(
                re.findall(pattern, str(message.string))
            ), message.id
