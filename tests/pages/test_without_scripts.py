"""Pages as a browser without scripts has them: every form can be sent, every button does something.

What only a script can do is marked `needs-js`, which the style sheet hides until one runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from tests.pages.site import PAGES

_VOID = {"input", "link", "meta", "br", "img", "wbr", "rect", "line", "path", "circle", "hr"}
_LIVE = {"deploying-long"}  # the same page as another, only longer


@dataclass
class Form:
    """A form with what is in it; `sends` counts the buttons that send it, wherever they stand."""

    attributes: Mapping[str, str]
    names: set[str] = field(default_factory=set)
    sends: int = 0


class Reader(HTMLParser):
    """Collects a page's forms, and its buttons that do nothing by themselves."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.idle: list[dict[str, str]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._elsewhere: list[str] = []
        self.feed(html)
        for name in self._elsewhere:
            next(f for f in self.forms if f.attributes.get("id") == name).sends += 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(known))
        elif tag == "button":
            self._button(known)
        elif tag in ("input", "select") and any(name == "form" for name, _ in self._open):
            self.forms[-1].names.add(known.get("name", ""))
        if tag not in _VOID:
            self._open.append((tag, known))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def _button(self, known: dict[str, str]) -> None:
        if known.get("type") == "submit":
            if "form" in known:
                self._elsewhere.append(known["form"])
            else:
                self.forms[-1].sends += 1
            return
        around = [known, *(attributes for _, attributes in self._open)]
        if not any("needs-js" in each.get("class", "") or "hidden" in each for each in around):
            self.idle.append(known)


@pytest.fixture(scope="module", params=sorted(set(PAGES) - _LIVE))
def reader(request: pytest.FixtureRequest) -> Reader:
    return Reader(PAGES[request.param]("en"))


def test_every_form_says_where_it_goes_and_carries_the_sessions_token(reader: Reader) -> None:
    for form in reader.forms:
        assert form.attributes["action"].startswith("/")
        assert form.attributes["method"] == "get" or "csrf" in form.names, form


def test_every_form_that_is_shown_has_a_button_that_sends_it(reader: Reader) -> None:
    unsent = [f for f in reader.forms if not f.sends and "hidden" not in f.attributes]
    assert unsent == []


def test_no_button_waits_for_a_script_unless_it_is_hidden_without_one(reader: Reader) -> None:
    assert reader.idle == []
