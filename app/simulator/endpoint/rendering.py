"""The endpoint's HTML pages, which need no script and no style of their own."""

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

PAGES = Path(__file__).parent / "pages"
STYLE = "/_simulated/kubeflow.css"
CLOCK_SPEED: ContextVar[float] = ContextVar("clock_speed")  # of the cloud that a request is for
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def page(
    template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """One of the pages, filled in."""
    text = _ENVIRONMENT.get_template(template).render(
        style=STYLE, speed=f"{CLOCK_SPEED.get():g}", **values
    )
    return HTMLResponse(text, status, headers={**_HEADERS, **(headers or {})})


def error_page(
    status: int, title: str, explanation: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A short page in the manner of Google's front end."""
    return page("error.html", status, headers, title=title, explanation=explanation)


def style_sheet() -> Response:
    """The one style sheet."""
    text = (PAGES / "kubeflow.css").read_text()
    return Response(text, media_type="text/css", headers={"Cache-Control": "no-cache"})
