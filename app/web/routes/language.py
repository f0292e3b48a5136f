"""The reader's choice of language."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.errors import InvalidInput, Message
from app.web.i18n import LANGUAGES
from app.web.portal import ThePortal
from app.web.sessions import LANGUAGE_COOKIE, local_path, set_cookie

router = APIRouter()


@router.post("/language")
async def choose(request: Request, portal: ThePortal) -> Response:
    """Keep the choice in a cookie, signed in or not, and go back to the page."""
    form = await request.form()
    chosen = form.get("language")
    if not isinstance(chosen, str) or chosen not in LANGUAGES:
        raise InvalidInput({"language": Message("This portal does not speak that language.")})
    response = RedirectResponse(local_path(str(form.get("return_to", "")), "/"), 303)
    set_cookie(response, portal.settings, LANGUAGE_COOKIE, chosen)
    return response
