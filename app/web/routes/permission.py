"""What somebody allows the portal to do for them, and taking it back."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.google.identity import NotRevoked
from app.store import users
from app.web.pages import page
from app.web.portal import Portal, ThePortal
from app.web.sessions import SignedIn, Somebody

router = APIRouter()


@router.get("/permission")
async def show(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """What is kept, since when, and what taking it back would do."""
    return await _page(request, portal, who)


@router.post("/permission")
async def take_back(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """Forget the grant, and tell Google; what Google was not told is said."""
    form = await request.form()
    who.check(form.get("csrf"))
    problem = ""
    try:
        await portal.access.take_back(who.user.id)
    except NotRevoked as error:
        problem = str(error)
    portal.projects.forget(who.user.id)
    return await _page(request, portal, who, taken=True, problem=problem)


async def _page(
    request: Request, portal: Portal, who: SignedIn, *, taken: bool = False, problem: str = ""
) -> Response:
    async with portal.database.read() as session:
        grant = await users.grant_of(session, who.user.id)
    since = grant.granted_at if grant else None
    context = {"since": since, "taken": taken, "problem": problem}
    return page(request, who, "permission.html", context)
