"""The sample pages on a loopback address, under the portal's own headers."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from app.errors import Message
from app.web.refusals import UNWORKABLE
from app.web.rendering import ROOT
from app.web.security import SecurityHeaders
from app.web.static import VersionedFiles
from tests.pages import differences, samples
from tests.pages.rows import CLIENT

_TOO_SHORT = Message("Use at least %(shortest)s characters.", shortest=10)
PAGES: dict[str, Callable[[str], str]] = {
    "welcome": samples.welcome_page,
    "list": samples.list_page,
    "list-empty": lambda language: samples.list_page(language, empty=True),
    "form": samples.form_page,
    "form-checked": samples.checked_page,
    "form-refused": lambda language: samples.form_page(
        language,
        errors={
            "name": Message("Use 3 to 24 characters; this has %(length)s.", length=2),
            "password": _TOO_SHORT,
            "nodes": Message(
                "Enter a whole number from %(lowest)s to %(highest)s.", lowest=1, highest=100
            ),
        },
        name="kf",
        login="password",
        nodes="0",
        username="dana",
    ),
    "add-endpoint": samples.add_endpoint_page,
    "add-endpoint-refused": lambda language: samples.add_endpoint_page(
        language, {"password": _TOO_SHORT}, login="password"
    ),
    "add-endpoint-unworkable": lambda language: samples.add_endpoint_page(
        language,
        {
            "form": UNWORKABLE,
            "oauth_client_secret": Message(
                "Type this again: what is secret is not sent back to the browser."
            ),
        },
        samples.checked().report,
        oauth_client_id=CLIENT,
    ),
    "delete": samples.delete_page,
    "delete-refused": lambda language: samples.delete_page(
        language, "kubeflow", name="Type “kubeflow-test-1”: that is the name of this deployment."
    ),
    "differing": differences.differing_page,
    "differing-preview": differences.preview_page,
    "differing-not": differences.same_page,
    "differing-unanswered": differences.unanswered_page,
    "yaml": samples.yaml_page,
    "yaml-unavailable": differences.no_yaml_page,
    "yaml-component": lambda language: samples.yaml_page(language, "dex"),
    "credentials": samples.credentials_page,
    "credentials-shown": lambda language: samples.credentials_page(language, shown=True),
    "permission": samples.permission_page,
    "permission-taken": lambda language: samples.permission_page(language, given=False, taken=True),
    "permission-not-revoked": lambda language: samples.permission_page(
        language, given=False, taken=True, problem="Google could not be reached (Timeout)."
    ),
    "ready-later": lambda language: samples.deployment_page("ready", language, login="later"),
    "ready-added": lambda language: samples.deployment_page("ready", language, endpoint_added=True),
    "failed-check": samples.failed_check_page,
    "deploying-long": lambda language: samples.deployment_page("deploying", language, lines=2000),
    "error": lambda language: samples.error_page(
        language,
        heading="The permission was not given",
        text="Sign in again and leave the box for Google Cloud ticked.",
        cause="access_denied",
        action_url="/sign-in",
        action_label="Sign in with Google",
    ),
} | {state: partial(samples.deployment_page, state) for state in samples.STATES}


class Site:
    """The pages as a server; what `send` is given goes to every page that listens."""

    def __init__(self) -> None:
        self.url = ""
        self.streams = 0
        self.cut = threading.Event()
        self._frames: list[str] = []
        self.resumed_from: list[str] = []

    def send(self, event: str, data: object, seq: int | None = None) -> None:
        """Queue a frame for whoever follows."""
        first = f"id: {seq}\n" if seq is not None else ""
        self._frames.append(f"{first}event: {event}\ndata: {json.dumps(data)}\n\n")

    def app(self) -> Starlette:
        """Pages, static files and one stream."""
        app = Starlette(
            routes=[
                Route("/deployments/1/events", self._events),
                Route("/report/live", self._live),
                Mount("/static", VersionedFiles(ROOT / "static", samples.RENDERER.static)),
                Route("/{language}/{page}", self._page),
            ]
        )
        app.add_middleware(SecurityHeaders, settings=samples.SETTINGS)
        return app

    async def _page(self, request: Request) -> Response:
        render = PAGES[request.path_params["page"]]
        return HTMLResponse(render(request.path_params["language"]))

    async def _live(self, request: Request) -> Response:
        """What the form is told while it is filled in."""
        language = "ko" if "/ko/" in request.headers.get("referer", "") else "en"
        return HTMLResponse(samples.live_parts(language))

    async def _events(self, request: Request) -> Response:
        self.streams += 1
        after = request.headers.get("last-event-id") or request.query_params["after"]
        self.resumed_from.append(after)
        return StreamingResponse(self._following(), media_type="text/event-stream")

    async def _following(self) -> AsyncIterator[str]:
        self.cut.clear()
        yield "retry: 50\n\n"
        while not self.cut.is_set():
            while self._frames:
                yield self._frames.pop(0)
            await asyncio.sleep(0.01)


@contextmanager
def running() -> Iterator[Site]:
    """The site, served until the block ends."""
    site = Site()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config: Any = uvicorn.Config(
            site.app(), log_level="warning", timeout_graceful_shutdown=1, lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield site
        finally:
            server.should_exit = True
            site.cut.set()
            thread.join()
