"""Answering with a page in the reader's language."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from app.web import i18n
from app.web.i18n import Translator
from app.web.portal import Portal
from app.web.sessions import LANGUAGE_COOKIE, SignedIn, anyone, cookie_name


def language_of(request: Request) -> str:
    """The reader's language: the one they chose, else the browser's."""
    portal: Portal = request.app.state.portal
    chosen = request.cookies.get(cookie_name(portal.settings, LANGUAGE_COOKIE))
    return i18n.choose(chosen, request.headers.get("accept-language", ""))


def translator_of(request: Request) -> Translator:
    """The words of the reader's language."""
    portal: Portal = request.app.state.portal
    return portal.renderer.translators[language_of(request)]


def page(
    request: Request,
    who: SignedIn | None,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    path: str = "",
) -> HTMLResponse:
    """The template as a page for `who`; `path` names the page where it is not the request's."""
    portal: Portal = request.app.state.portal
    content = portal.renderer.render(
        template,
        portal.renderer.page(
            language_of(request),
            path or request.url.path,
            who.user if who else None,
            who.csrf if who else "",
        ),
        context,
    )
    headers = {"Vary": "Cookie, Accept-Language"}
    return HTMLResponse(content, status_code=status, headers=headers)


async def page_response(
    request: Request, template: str, context: Mapping[str, Any], *, status: int
) -> HTMLResponse:
    """As `page`, where the request's own handler has not said who is there."""
    portal: Portal = request.app.state.portal
    return page(request, await anyone(request, portal), template, context, status=status)
