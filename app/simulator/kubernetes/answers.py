"""Sending answers."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml

from app.simulator.kubernetes.errors import ApiError, UnknownPath
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.requests import JSON, YAML, Form, Send


@dataclass(slots=True)
class Answer:
    """A complete answer."""

    body: bytes
    code: int = 200
    media_type: str = JSON
    warnings: list[str] = field(default_factory=list)
    closes: bool = False

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"content-length", str(len(self.body)).encode()),
            (b"cache-control", b"no-cache, private"),
            *((b"warning", _warning(text)) for text in self.warnings),
        ]
        if self.closes:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": self.code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(value: Any, code: int = 200, form: Form | None = None) -> Answer:
    """A value as JSON, or as YAML where that was asked for."""
    if form and form.media_type == YAML:
        return Answer(yaml.safe_dump(value, sort_keys=True).encode(), code, YAML)
    return Answer(orjson.dumps(value), code)


def text_answer(text: str, code: int = 200) -> Answer:
    """Plain text."""
    return Answer(text.encode(), code, "text/plain; charset=utf-8")


def error_answer(error: ApiError, *, closes: bool = False) -> Answer:
    """An error's `Status`; with `closes` the connection ends with it."""
    if isinstance(error, UnknownPath):
        answer = text_answer(str(error), error.code)
    else:
        answer = json_answer(error.status, error.code)
    answer.closes = closes
    return answer


def success_status(details: Object) -> Object:
    """The `Status` of a deletion."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


def _warning(text: str) -> bytes:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'.encode()
