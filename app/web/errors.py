"""Errors made into pages: what happened, the cause in its own words, and what to do."""

import secrets
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.errors import Conflict, InvalidInput, NotAllowed, NotFound, SignInAgain, UserError
from app.text import N_
from app.web.pages import page_response, translator_of
from app.web.security import headers_of
from app.web.sessions import SignInFirst, path_of, sign_in_url
from app.web.sign_in import SignInFailed

log = structlog.get_logger()
_STATUS: dict[type[UserError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
}
_HEADINGS = {
    403: N_("This is not allowed"),
    404: N_("There is nothing here"),
    405: N_("This is not how this address is used"),
    409: N_("This clashes with something that is there"),
    422: N_("This cannot be used"),
}


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What the error page says, translated; `cause` is somebody else's own words."""

    heading: str
    text: str
    cause: str = ""
    action_url: str = ""
    action_label: str = ""


def install(app: FastAPI) -> None:
    """Answer every error with its page."""
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(SignInAgain, _sign_in_again)
    app.add_exception_handler(SignInFailed, _sign_in_failed)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)


async def _sign_in_first(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInFirst)
    return RedirectResponse(error.location, 303)


async def _sign_in_again(request: Request, _error: Exception) -> Response:
    """The grant is gone: signing in makes another, and comes back here."""
    return RedirectResponse(sign_in_url(path_of(request)), 303)


async def _sign_in_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInFailed)
    log.warning("sign-in failed", title=error.title, cause=error.cause)
    translate = translator_of(request)
    view = ErrorView(
        heading=translate.gettext(error.title),
        text=translate.gettext(error.hint),
        cause=error.cause,
        action_url=sign_in_url(error.return_to, consent=error.consent),
        action_label=translate.gettext("Sign in with Google"),
    )
    return await _page(request, view, error.status)


async def _user_error(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    translate = translator_of(request)
    heading = translate.gettext(_HEADINGS.get(status, HTTPStatus(status).phrase))
    return await _page(request, ErrorView(heading, translate.gettext(str(error))), status)


async def _http_error(request: Request, error: Exception) -> Response:
    """A path or method that the portal does not have."""
    assert isinstance(error, HTTPException)
    translate = translator_of(request)
    heading = translate.gettext(_HEADINGS.get(error.status_code, error.detail))
    text = translate.gettext("Check the address, or go on from one of these pages.")
    response = await _page(request, ErrorView(heading, text), error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _unforeseen(request: Request, error: Exception) -> Response:
    """A mistake of the portal's own: logged with a number that the reader can pass on."""
    number = secrets.token_hex(4)
    log.error("unforeseen error", number=number, path=request.url.path, exc_info=error)
    translate = translator_of(request)
    text = translate.gettext(
        "The portal has made a mistake. It is written down under number %(number)s: "
        "tell whoever runs the portal. What is being deployed goes on.",
        number=number,
    )
    view = ErrorView(translate.gettext("Something went wrong here"), text)
    response = await _page(request, view, 500)
    response.headers.update(headers_of(request.app.state.settings))  # made outside the middleware
    return response


async def _page(request: Request, view: ErrorView, status: int) -> Response:
    return await page_response(request, "error.html", {"error": view}, status=status)
