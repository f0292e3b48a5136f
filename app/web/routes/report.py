"""Will it work? The report as part of the form, as a page for readers without JavaScript, as JSON.

It reads and changes nothing, so that it can be asked for as often as somebody types.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.web import forms
from app.web.form_pages import Live, choosable, form_page, live_parts, look
from app.web.pages import translator_of
from app.web.portal import Portal, ThePortal
from app.web.report_views import price_json, report_json
from app.web.sessions import Anyone, SignedIn, SignInFirst, Somebody

router = APIRouter()
_Sent = Mapping[str, Any]


@router.get("/report/live")
async def live(request: Request, portal: ThePortal, who: Somebody) -> HTMLResponse:
    """The parts of the form that follow what is typed; `anew` asks Google again."""
    values = _values(portal, request.query_params)
    found = await look(portal, who, values, anew="anew" in request.query_params)
    return live_parts(request, portal, who, values, found)


@router.get("/report.json")
async def document(request: Request, portal: ThePortal, who: Anyone) -> Response:
    """The report on what the query says, as JSON."""
    return await _document(request, portal, who, request.query_params)


@router.post("/report.json")
async def document_of_body(request: Request, portal: ThePortal, who: Anyone) -> Response:
    """The report on a form, or on a JSON object with the same fields."""
    return await _document(request, portal, who, await _sent(request))


@router.get("/report")
async def report(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """The form with its report, filled in from the query."""
    return await _report(request, portal, who, request.query_params)


@router.post("/report")
async def report_of_form(request: Request, portal: ThePortal, who: Anyone) -> Response:
    """The form with its report: everything stays as it was typed, but for secrets."""
    sent = await _sent(request)
    if who is None:
        if _wants_json(request):
            return _sign_in()
        raise SignInFirst(forms.link_to(_values(portal, sent)))
    return await _report(request, portal, who, sent)


async def _report(request: Request, portal: Portal, who: SignedIn, sent: _Sent) -> Response:
    if _wants_json(request):
        return await _document(request, portal, who, sent)
    values = _values(portal, sent)
    found = await look(portal, who, values, anew=True)
    key = str(sent.get("idempotency_key", ""))[:64]
    return await form_page(request, portal, who, values, found, key=key)


async def _document(
    request: Request, portal: Portal, who: SignedIn | None, sent: _Sent
) -> Response:
    if who is None:
        return _sign_in()
    found = await look(portal, who, _values(portal, sent))
    if found.report is None:
        return _without_report(request, found)
    translate = translator_of(request)
    content = report_json(found.report, translate) | {
        "unclear": sorted(found.unclear),
        "price": price_json(found.price) if found.price else None,
    }
    return JSONResponse(content)


def _without_report(request: Request, found: Live) -> JSONResponse:
    if found.problem is not None and found.spec is not None:
        return _sign_in(translator_of(request).message(found.problem))
    problem = {"unclear": sorted(found.unclear), "error": "project"}
    return JSONResponse(problem, 422)


def _sign_in(words: str = "") -> JSONResponse:
    return JSONResponse({"error": "sign-in", "text": words, "sign_in": "/sign-in"}, 401)


def _wants_json(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "application/json" in accepts and "text/html" not in accepts


async def _sent(request: Request) -> _Sent:
    """A form as it is, or a JSON object with its values as the form would have them."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return await request.form()
    try:
        body = await request.json()
    except ValueError:
        body = None
    return _as_typed(body if isinstance(body, dict) else {})


def _as_typed(body: Mapping[str, Any]) -> _Sent:
    def text(value: object) -> str:
        if isinstance(value, list):
            return ",".join(str(each) for each in value)
        return "" if value in (False, None) else "1" if value is True else str(value)

    return ImmutableMultiDict({name: text(value) for name, value in body.items()})


def _values(portal: Portal, sent: _Sent) -> dict[str, str]:
    return forms.typed(sent, choosable(portal.settings, str(sent.get("version", ""))))
