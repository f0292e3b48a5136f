"""The start page, and whether the process lives."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.web.pages import page
from app.web.sessions import Anyone

router = APIRouter()


@router.get("/")
async def welcome(request: Request, who: Anyone) -> Response:
    """What this is, for those who are not signed in; the others go to their deployments."""
    if who is not None:
        return RedirectResponse("/deployments", 303)
    return page(request, None, "welcome.html", {})


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}
