"""A proxy before the simulated cloud that sees every request and spoils some of the answers."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "content-encoding", "host"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class _Trick:
    """What happens to requests whose `METHOD /path` matches, while `times` last."""

    pattern: re.Pattern[str]
    times: int
    status: int = 0
    body: bytes = b""
    forwards: bool = False
    before: Callable[[], object] | None = None


@dataclass
class Meddler:
    """Passes requests on to `upstream`; `url` is where clients find it."""

    upstream: str
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    _tricks: list[_Trick] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, pattern: str, status: int, body: Any, times: int = 1) -> None:
        """Answer requests that match (`POST .*:setIamPolicy`) in the cloud's place."""
        content = json.dumps(body).encode()
        self._tricks.append(_Trick(re.compile(pattern), times, status, content))

    def refuse(self, pattern: str, status: int, message: str, times: int = 1, **more: Any) -> None:
        """Answer with an error in the style of all of Google's APIs but Compute."""
        error = {"code": status, "message": message, **more}
        self.answer(pattern, status, {"error": error}, times)

    def hang_up(self, pattern: str, *, forwards: bool = False, times: int = 1) -> None:
        """End the connection without an answer; `forwards`: when the cloud has done its work."""
        self._tricks.append(_Trick(re.compile(pattern), times, forwards=forwards))

    def first(self, pattern: str, do: Callable[[], object], times: int = 1) -> None:
        """Do something just before a request that matches is passed on."""
        self._tricks.append(_Trick(re.compile(pattern), times, forwards=True, before=do))

    def found(self, pattern: str) -> list[Seen]:
        """The requests so far that match."""
        return [s for s in self.seen if re.fullmatch(pattern, f"{s.method} {s.path}")]

    def trick_for(self, request: Seen) -> _Trick | None:
        """What is to happen to this request; used up by it."""
        with self._lock:
            self.seen.append(request)
            for trick in self._tricks:
                if trick.times and trick.pattern.fullmatch(f"{request.method} {request.path}"):
                    trick.times -= 1
                    return trick
        return None


def reason(word: str) -> dict[str, Any]:
    """The detail by which programs tell refusals apart, for `refuse`."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": word}
    return {"details": [info]}


@contextmanager
def meddling(upstream: str) -> Iterator[Meddler]:
    """A meddler before `upstream`, while the context lasts."""
    meddler = Meddler(upstream)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(meddler))
    server.daemon_threads = True
    meddler.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield meddler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(meddler: Meddler) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _meddle(self) -> None:
            request = self._read()
            trick = meddler.trick_for(request)
            if trick is not None and trick.status:
                self._reply(trick.status, {"content-type": "application/json"}, trick.body)
                return
            if trick is not None and trick.before is not None:
                trick.before()
            if trick is None or trick.forwards:
                answer = _forwarded(meddler.upstream + self.path, request)
            if trick is not None and trick.before is None:
                self.close_connection = True
                return
            self._reply(answer.status_code, dict(answer.headers), answer.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _meddle  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests say what they expect."""

        def _read(self) -> Seen:
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            return Seen(self.command, url.path, parse_qs(url.query), headers, body)

        def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _forwarded(url: str, request: Seen) -> requests.Response:
    headers = {k: v for k, v in request.headers.items() if k not in _HOP_BY_HOP}
    return requests.request(
        request.method, url, headers=headers, data=request.body, timeout=30, allow_redirects=False
    )
