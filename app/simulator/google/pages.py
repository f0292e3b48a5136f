"""Rendering of the simulated Google's own pages."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import HTMLResponse

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, status: int = 200, goes_to: str = "", **values: object) -> HTMLResponse:
    """A page that loads nothing from elsewhere; its forms may lead to the origin `goes_to`."""
    content = _PAGES.get_template(name).render(**values)
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {goes_to}"
    )
    headers = {
        "content-security-policy": policy.rstrip(),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(content, status, headers)
