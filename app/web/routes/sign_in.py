"""To Google and back, and out again."""

import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.store import deployments, users
from app.text import N_
from app.web.portal import Portal, ThePortal
from app.web.sessions import (
    Anyone,
    SignedIn,
    Somebody,
    cookie_name,
    drop_cookie,
    local_path,
    set_cookie,
    sign_in_url,
)
from app.web.sign_in import Account, SignInFailed, asked_for_consent

router = APIRouter()
_BROWSER = "sign_in"  # the cookie that binds a sign-in to the browser that began it


@router.get("/sign-in")
async def begin(
    request: Request,
    portal: ThePortal,
    who: Anyone,
    return_to: str = "/deployments",
    consent: bool = False,
) -> Response:
    """Send the browser to Google; `consent` makes Google ask again, and give a new grant."""
    return_to = local_path(return_to)
    if portal.settings.default_credentials:
        return await _enter(request, portal, return_to)
    try:
        begun = await portal.sign_in.begin(consent=consent or await _has_no_grant(portal, who))
    except SignInFailed as error:
        error.return_to = return_to
        raise
    browser = request.cookies.get(cookie_name(portal.settings, _BROWSER)) or secrets.token_urlsafe(
        32
    )
    async with portal.database.write() as tx:
        await users.begin_sign_in(
            tx,
            state=begun.state,
            browser=browser,
            code_verifier=begun.code_verifier,
            nonce=begun.nonce,
            return_to=return_to,
        )
    response = RedirectResponse(begun.location, 303)
    lasts = int(users.SIGN_IN_LASTS.total_seconds())
    set_cookie(response, portal.settings, _BROWSER, browser, max_age=lasts)
    return response


@router.get("/auth/callback")
async def finish(request: Request, portal: ThePortal) -> Response:
    """Back from Google: begin a session, or say why there is none."""
    query = dict(request.query_params)
    async with portal.database.write() as tx:
        begun = await users.take_sign_in(tx, query.get("state", ""))
    return_to = begun.return_to if begun else "/deployments"
    browser = request.cookies.get(cookie_name(portal.settings, _BROWSER), "")
    try:
        account = await portal.sign_in.finish(query, begun, browser)
    except SignInFailed as error:
        error.return_to = return_to
        raise
    token = await _begin_session(portal, account)
    if token is None:
        return RedirectResponse(_once_more(query["state"], return_to), 303)
    response = _entered(portal, token, return_to)
    drop_cookie(response, portal.settings, _BROWSER)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, portal: ThePortal, who: Somebody) -> Response:
    """End the session, here and in the store."""
    form = await request.form()
    who.check(form.get("csrf"))
    async with portal.database.write() as tx:
        token = request.cookies[cookie_name(portal.settings, "session")]
        await users.end_session(tx, token)
    response = RedirectResponse("/", 303)
    drop_cookie(response, portal.settings, "session")
    return response


async def _enter(request: Request, portal: Portal, return_to: str) -> RedirectResponse:
    """Begin a session of this machine's own account: nobody needs to be asked."""
    account = await portal.sign_in.own(request.headers.get("host", ""))
    async with portal.database.write() as tx:
        user = await users.signed_in(tx, sub=account.sub, email=account.email, name=account.name)
        await deployments.resume_parked(tx, user.id)
        token = await users.begin_session(tx, user)
    portal.projects.forget(user.id)
    return _entered(portal, token, return_to)


def _entered(portal: Portal, token: str, return_to: str) -> RedirectResponse:
    response = RedirectResponse(return_to, 303)
    lasts = int(users.SESSION_LASTS.total_seconds())
    set_cookie(response, portal.settings, "session", token, max_age=lasts)
    return response


async def _has_no_grant(portal: Portal, who: SignedIn | None) -> bool:
    """Whether it is known that consent must be asked for: a grant comes with nothing else."""
    if who is None:
        return False
    async with portal.database.read() as session:
        return await users.grant_of(session, who.user.id) is None


async def _begin_session(portal: Portal, account: Account) -> str | None:
    """The new session's token; None if the portal has no grant of this account's yet."""
    async with portal.database.write() as tx:
        user = await users.signed_in(tx, sub=account.sub, email=account.email, name=account.name)
        if account.refresh_token:
            await users.keep_grant(tx, user.id, account.refresh_token, account.scopes)
            await deployments.resume_parked(tx, user.id)
        elif await users.grant_of(tx, user.id) is None:
            return None
        token = await users.begin_session(tx, user)
    portal.projects.forget(user.id)
    return token


def _once_more(state: str, return_to: str) -> str:
    """Google gives a grant at the first consent only: ask for consent again, but just once."""
    if asked_for_consent(state):
        raise SignInFailed(
            N_("Google gave no lasting permission."),
            N_("Remove this portal from your Google account’s third-party access, then try again."),
            return_to=return_to,
        )
    return sign_in_url(return_to, consent=True)
