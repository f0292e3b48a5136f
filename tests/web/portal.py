"""A running portal, and a browser without a screen to use it with."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
import uvicorn

from app.main import create_app
from app.settings import Settings
from app.web.portal import Portal
from app.web.sign_in import CLOUD_PLATFORM
from tests.support.simulator import DANA

FORM = {
    "project": "your-project-id",
    "name": "kubeflow-test-1",
    "login": "iap",
    "oauth_client_id": "1234-abcd.apps.googleusercontent.com",
    "oauth_client_secret": "GOCSPX-of-the-client",
    "username": "",
    "password": "",
    "password_again": "",
    "zone": "asia-east1-a",
    "machine_type": "n1-standard-8",
    "nodes": "2",
    "disk_gb": "100",
}


class Server(uvicorn.Server):
    """A uvicorn server in a thread of its own; signals are the tests' own."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        super().__init__(uvicorn.Config(self.app, port=settings.port, log_config=None))
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)

    @property
    def portal(self) -> Portal:
        """What the routes share."""
        portal: Portal = self.app.state.portal
        return portal

    def __enter__(self) -> Self:
        self._thread.start()
        while not self.started:
            if not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.should_exit = True
        self.portal.feeds.closing.set()
        self._thread.join()


class Browser(httpx.Client):
    """Keeps cookies, follows links when told to, and finds the fields of forms."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        super().__init__(base_url=base_url, headers={"accept-language": language}, timeout=30)

    def sign_in(
        self, email: str = DANA, *, tick: bool = True, decision: str = "continue", to: str = "/"
    ) -> httpx.Response:
        """Through Google's pages, twice if need be; returns what the portal answers in the end."""
        answer = self.get("/sign-in", params={"return_to": to})
        while True:
            url = str(answer.headers["location"])
            if urlsplit(url).netloc not in ("", self.base_url.netloc.decode()):
                answer = self._at_google(url, email, tick, decision)
                continue
            answer = self.get(url)
            if not answer.headers.get("location", "").startswith("/sign-in"):
                return answer
            answer = self.get(answer.headers["location"])

    def _at_google(self, url: str, email: str, tick: bool, decision: str) -> httpx.Response:
        answer = self.get(url)
        if answer.is_redirect:
            return _absolute(answer, url)
        if url.endswith("/consent"):
            scopes = [CLOUD_PLATFORM] if tick else []
            return _absolute(self.post(url, data={"decision": decision, "scope": scopes}), url)
        return _absolute(self.post(url, data={"email": email}), url)

    def form(self, path: str = "/deployments/new") -> dict[str, str]:
        """The hidden fields of the create form."""
        return hidden_fields(self.get(path).text)

    def create(self, **changes: str) -> httpx.Response:
        """Fill in the form, press the button."""
        return self.post("/deployments", data=FORM | self.form() | {"version": "26.03"} | changes)


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that creates."""
    form = page.partition('action="/deployments"')[2]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found[:2]}


def text_of(page: httpx.Response) -> str:
    """A page's words, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def _absolute(answer: httpx.Response, url: str) -> httpx.Response:
    answer.headers["location"] = urljoin(url, answer.headers["location"])
    return answer


@contextmanager
def running(settings: Settings) -> Iterator[tuple[Server, str]]:
    """A portal that serves at the settings' address."""
    with Server(settings) as server:
        yield server, settings.public_url
