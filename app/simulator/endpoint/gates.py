"""What stands before the dashboard: whoever is let in comes out with an email."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.simulator.endpoint.frontend import Route
from app.simulator.endpoint.kubeflow import Kubeflow


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone who has signed in, and where to sign out again."""

    email: str
    sign_out: str


class Gate(Protocol):
    """One way of signing in."""

    async def admit(self, request: Request, route: Route, kubeflow: Kubeflow) -> Visitor | Response:
        """The visitor, or what has to be answered first."""


def local_path(text: str | None) -> str:
    """A path of this host, `/` for anything else: a sign-in must not lead elsewhere."""
    parts = urlsplit(text or "/")
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return (text or "/") if inside and not (text or "").startswith("//") else "/"


def origin_of(request: Request) -> str:
    """Scheme and authority under which the visitor came."""
    return f"{request.url.scheme}://{request.headers['host']}"
